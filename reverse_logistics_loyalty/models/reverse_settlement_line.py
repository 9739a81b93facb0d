from collections import defaultdict

from odoo import api, fields, models

from odoo.addons.reverse_logistics.engine import settlement as engine
from odoo.addons.reverse_logistics.models.settlement.reverse_settlement_line import (
    WITHHELD,
)

from .sale_order import PAYING


class ReverseSettlementLine(models.Model):
    """Give cards back what they paid of the credited goods, and take what they earned.

    A gift card or eWallet gets points back for what it paid. What is withheld is a part
    of all that was paid: it comes off the money first, then off what the card gets.

    What the order earned goes with the money: points of loyalty programs, coupons for
    the next order, and gift cards that were sold with it; a card never falls below
    zero.
    """

    _inherit = "reverse.settlement.line"

    points_taken = fields.Json(
        copy=False,
        guarded=True,
        help="What this credit took off loyalty cards: points by the id of the card.",
    )

    card_amounts = fields.Json(
        compute="_compute_card_amounts",
        store=True,
        help="What goes back to cards, below zero: by the invoice line by which they "
        "paid, and by component.",
    )

    @api.depends(
        "credit_amounts",
        "tax_ids",
        "deduction",
        "fee",
        "fee_billed",
        "fee_rule_id",
    )
    def _compute_card_amounts(self):
        for line in self:
            paid = line._find_payments(line.credit_amounts)
            if paid:
                given = engine.total(engine.add(*line._get_given_parts()))
                paid = engine.take(paid, given, line.currency_id.rounding)
            line.card_amounts = paid

    @api.depends("card_amounts")
    def _compute_credit_amounts(self):
        return super()._compute_credit_amounts()

    @api.model
    def _find_payments(self, credit_amounts):
        keys = [key for key in credit_amounts or () if key.isdigit()]
        # sudo: whoever settles need not read orders and invoices
        origins = self.env["account.move.line"].sudo().browse(map(int, keys))
        by_card = origins.filtered(
            lambda line: line.price_total and line._get_reverse_card().coupon_id
        )
        return {str(line.id): credit_amounts[str(line.id)] for line in by_card}

    def _get_paid_back(self):
        return self.card_amounts or {}

    def _get_cards(self):
        """Find what goes back to cards that paid for the goods of these lines.

        :return: list of ``(order line by which a card paid, amounts, part)``: what goes
            back of that payment by component, below zero, and its part of all that the
            card paid
        """
        # sudo: whoever settles need not read orders and invoices
        invoiced = self.env["account.move.line"].sudo()
        found = []
        for line in self:
            for key, amounts in line._get_paid_back().items():
                origin = invoiced.browse(int(key))
                part = engine.total(amounts) / origin.price_total
                found.append((origin._get_reverse_card(), amounts, part))
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
            for program, (terms, _entries) in order._get_reverse_earned().items():
                earning = order._get_reverse_earning(terms)
                total[order, program] = sum(earning.mapped("price_total"))
                if terms["kind"] not in PAYING or sold & earning:
                    amounts[order, program] += line._get_credited_total()
        return {
            key: round(min(amount / total[key], 1.0), 6)
            for key, amount in amounts.items()
            if total[key]
        }

    # ------------------------------------------------------------------
    # Goods that came back before they were invoiced: cards pay less of the order
    # ------------------------------------------------------------------
    cards_ahead = fields.Json(
        copy=False,
        guarded=True,
        help="What cards got back that they paid of goods which were never invoiced: "
        "price and points by the order line by which they paid.",
    )

    def _find_cards_ahead(self):
        """Find what cards paid of those of these goods that no invoice charges.

        :return: list of ``(order line by which a card pays, price, points)``
        """
        found = []
        for line in self._filter_unbilled():
            # sudo: whoever settles need not read orders
            sold = line.sudo().rma_line_id.sale_line_id
            for paid in sold.order_id.order_line._get_reverse_cards():
                goods = paid._get_reverse_discounted()
                if not paid._is_reverse_card_open() or sold not in goods:
                    continue
                pending = line.settlement_id.line_ids
                weights = goods._get_reverse_card_weights(pending)
                price = sold._get_reverse_card_price()
                whole = sum(weights.values())
                if not whole or not price:
                    continue
                part = min(price * line._get_order_quantity() / whole, 1.0)
                currency, card = paid.currency_id, paid.coupon_id
                found.append(
                    (
                        paid,
                        currency.round(-paid.price_unit * part),
                        card.currency_id.round(paid.points_cost * part),
                    )
                )
        return found

    def _get_cards_ahead(self):
        """Give what went back of goods that were never invoiced, or is to go back.

        :return: as ``_find_cards_ahead``; order lines that are gone are empty
        """
        self.ensure_one()
        if self.cards_ahead:
            # sudo: as in _find_cards_ahead
            orders = self.env["sale.order.line"].sudo()
            return [
                (orders.browse(int(id_)).exists(), price, points)
                for id_, (price, points) in self.cards_ahead.items()
            ]
        if self.state in ("cancelled", "reversed", "released"):
            return []
        return self._find_cards_ahead()

    def _get_ahead(self):
        """Give what cards get back of goods that were never invoiced, with tax."""
        return sum(price for _paid, price, _points in self._get_cards_ahead())

    def _get_given(self):
        net, total = super()._get_given()
        ahead = self._get_ahead()
        return net + ahead, total + ahead

    def _lower_cards_ahead(self):
        """Let cards pay less of orders whose goods came back before their invoice.

        The card gets the points at once, as Odoo gives back what an order costs no
        more; what is invoiced later is not paid twice.
        """
        # All shares are of what cards pay now.
        shares = [(line, line._find_cards_ahead()) for line in self]
        values = []
        for line, found in shares:
            given = {}
            for paid, price, points in found:
                paid._pay_reverse_less(price, points)
                given[str(paid.id)] = [price, points]
                values.append(line._prepare_card_history(paid.coupon_id, points))
            if given:
                line._guarded_write({"cards_ahead": given})
        # sudo: whoever releases a credit need not have a role in sales
        self.env["loyalty.history"].sudo().create(values)

    def _raise_cards_ahead(self):
        """Let cards pay again for goods whose settlement is undone.

        Where the rest was invoiced meanwhile, the customer pays for them with money.
        """
        values = []
        for line in self.filtered("cards_ahead"):
            for paid, price, points in line._get_cards_ahead():
                if paid and paid._is_reverse_card_open():
                    paid._pay_reverse_less(-price, -points)
                    values.append(line._prepare_card_history(paid.coupon_id, -points))
            line._guarded_write({"cards_ahead": False})
        # sudo: as above
        self.env["loyalty.history"].sudo().create(values)

    def _get_credited_total(self):
        """Give what of the invoice goes back, taxes included, before deductions.

        However it was paid.
        """
        payments = self._find_payments(self.credit_amounts)
        return sum(
            engine.total(own)
            for key, own in self.credit_amounts.items()
            if key != WITHHELD and key not in payments
        )

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

    def _get_offer_term(self):
        term = super()._get_offer_term()
        cards = self.currency_id.round(term["total"] - self.amount_total)
        return {**term, "cards": cards} if cards else term

    def _explain(self):
        text = super()._explain()
        for paid, amounts, _part in self._get_cards():
            text += " " + self.env._(
                "Of this, %(amount)s goes back to %(card)s, which paid for it.",
                amount=self.currency_id.format(-engine.total(amounts)),
                card=paid.name,
            )
        if ahead := self._get_ahead():
            text += " " + self.env._(
                "%(amount)s that cards paid before the invoice goes back to them.",
                amount=self.currency_id.format(ahead),
            )
        return text
