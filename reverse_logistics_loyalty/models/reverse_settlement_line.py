from collections import defaultdict

from odoo import fields, models

from odoo.addons.reverse_logistics.engine import settlement as engine
from odoo.addons.reverse_logistics.models.settlement.reverse_settlement_line import (
    WITHHELD,
)

from .sale_order import PAYING


class ReverseSettlementLine(models.Model):
    """Give cards back what they paid of the credited goods, and take what they earned.

    A gift card or eWallet gets points back for what it paid. What the order earned goes
    with the money: points of loyalty programs, coupons for the next order, and gift
    cards that were sold with it; a card never falls below zero.
    """

    _inherit = "reverse.settlement.line"

    points_taken = fields.Json(
        copy=False,
        guarded=True,
        help="What this credit took off loyalty cards: points by the id of the card.",
    )

    def _get_cards(self):
        """Find what cards paid of the goods that these lines credit.

        :return: list of ``(order line by which a card paid, amounts, part)``: what is
            credited of that payment by component, below zero, and its part of all that
            the card paid
        """
        # sudo: whoever settles need not read orders and invoices
        invoiced = self.env["account.move.line"].sudo()
        found = []
        for line in self:
            for key, amounts in (line.credit_amounts or {}).items():
                origin = invoiced.browse(int(key)) if key.isdigit() else invoiced
                paid = origin._get_reverse_card()
                if paid.coupon_id and origin.price_total:
                    part = engine.total(amounts) / origin.price_total
                    found.append((paid, amounts, part))
        return found

    def _get_card_points(self):
        """Give what cards get back for these credits, in points: ``{card: points}``."""
        points = defaultdict(float)
        for paid, _amounts, part in self._get_cards():
            card = paid.coupon_id
            points[card] += card.currency_id.round(paid.points_cost * part)
        return {card: amount for card, amount in points.items() if amount}

    def _get_earned(self):
        """Give the part of the money that earned points which these lines credit.

        :return: ``{(order, program): part}``, 0 to 1
        """
        # sudo: as in _get_cards
        amounts, total = defaultdict(float), {}
        for line in self.sudo().filtered("credit_amounts"):
            sold = line.origin_line_id.sale_line_ids
            order = sold.order_id[:1]
            by_cards = sum(engine.total(own) for _paid, own, _part in line._get_cards())
            for program, (terms, _entries) in order._get_reverse_earned().items():
                earning = order._get_reverse_earning(terms)
                total[order, program] = sum(earning.mapped("price_total"))
                if terms["kind"] not in PAYING:
                    amounts[order, program] += line._get_credited_total() - by_cards
                elif sold & earning:
                    amounts[order, program] += line._get_credited_total()
        return {
            key: round(min(amount / total[key], 1.0), 6)
            for key, amount in amounts.items()
            if total[key]
        }

    def _get_credited_total(self):
        """Give what of the invoice goes back, taxes included, before deductions."""
        return sum(
            engine.total(own)
            for key, own in self.credit_amounts.items()
            if key != WITHHELD
        )

    def _get_deductible(self):
        # What a card paid was for goods and taxes too, so deductions can use it up.
        paid = [
            engine.scale(amounts, -1) for _line, amounts, _part in self._get_cards()
        ]
        return engine.add(super()._get_deductible(), *paid)

    def _is_overdrawn(self):
        # A card pays taxes as well, and so can have paid more than the net price.
        if self._get_cards():
            return self.currency_id.compare_amounts(self.amount_total, 0) < 0
        return super()._is_overdrawn()

    def _book_card_points(self, sign):
        """Book points on cards for what they paid of these credits.

        :param int sign: 1 to give them, -1 to take them back
        """
        values = []
        for lines in self.grouped("settlement_id").values():
            for card, points in lines._get_card_points().items():
                card.points += sign * points
                values.append(lines[:1]._prepare_card_history(card, sign * points))
        # sudo: whoever releases a credit need not have a role in sales
        self.env["loyalty.history"].sudo().create(values)

    def _take_earned_points(self):
        """Take off cards what the orders earned with the credited money.

        All credits of an order together take what it earned, however many. What
        a card has not got any more, since it was spent, stays spent.
        """
        values = []
        for line, points in self._get_points_to_take().items():
            taken = {}
            for cards, due in points:
                for card in cards.sorted("points", reverse=True):
                    part = round(min(due, card.points), 2)
                    if part > 0:
                        due -= part
                        card.points -= part
                        taken[str(card.id)] = taken.get(str(card.id), 0.0) + part
                        values.append(line._prepare_card_history(card, -part))
            if taken:
                line._guarded_write({"points_taken": taken})
        # sudo: whoever releases a credit need not have a role in sales
        self.env["loyalty.history"].sudo().create(values)

    def _get_points_to_take(self, kinds=None):
        """Give what cards lose with these credits.

        :param kinds: of programs that are asked about; all by default
        :return: ``{line: [(cards, points of them together)]}``
        """
        found, credited = defaultdict(list), {}
        for line in self:
            for (order, program), part in line._get_earned().items():
                terms, entries = order._get_reverse_earned()[program]
                if kinds and terms["kind"] not in kinds:
                    continue
                before = credited.get((order, program))
                if before is None:
                    before = order._get_reverse_credited(program, but=self)
                after = credited[order, program] = min(round(before + part, 6), 1.0)
                points = order._get_reverse_points(terms, entries, after)
                points -= order._get_reverse_points(terms, entries, before)
                found[line].append((entries.coupon_id, round(points, 2)))
        return found

    def _find_spent_cards(self):
        """Give gift cards and eWallets that were sold with these goods, and have fewer
        points left than go with the money.
        """
        points = self._get_points_to_take(PAYING).values()
        due = defaultdict(float)
        for cards, own in (each for all_ in points for each in all_):
            due[cards] += own
        short = (
            cards
            for cards, own in due.items()
            if round(sum(cards.mapped("points")) - own, 2) < 0
        )
        return self.env["loyalty.card"].union(*short)

    def _return_earned_points(self):
        """Give loyalty cards back what credits had taken that are undone."""
        values = []
        for line in self.filtered("points_taken"):
            for card_id, points in line.points_taken.items():
                # sudo: as in _take_earned_points
                card = self.env["loyalty.card"].sudo().browse(int(card_id)).exists()
                if card:
                    card.points += points
                    values.append(line._prepare_card_history(card, points))
            line._guarded_write({"points_taken": False})
        # sudo: as in _take_earned_points
        self.env["loyalty.history"].sudo().create(values)

    def _prepare_card_history(self, card, points):
        """Values of what a card shows of a credit.

        :param float points: what it gets, below zero what it gives
        """
        rma = self.rma_id
        return {
            "card_id": card.id,
            "order_model": rma._name,
            "order_id": rma.id,
            "description": self.env._("Return %(rma)s", rma=rma.name),
            "issued": max(points, 0.0),
            "used": max(-points, 0.0),
        }

    def _on_credit_gone(self):
        self._book_card_points(-1)
        self._return_earned_points()
        return super()._on_credit_gone()

    def _explain(self):
        text = super()._explain()
        for paid, amounts, _part in self._get_cards():
            text += " " + self.env._(
                "Of this, %(card)s paid %(amount)s: that goes back to the card.",
                amount=self.currency_id.format(-engine.total(amounts)),
                card=paid.name,
            )
        return text
