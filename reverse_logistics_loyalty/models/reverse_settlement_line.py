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

    # Orders that are cancelled lose the lines by which cards paid.
    card_payments = fields.Json(
        copy=False,
        guarded=True,
        help="How cards paid, as of the proposal, by the invoice line: the card, the "
        "price and the points of all that it paid there. No points where the order was "
        "cancelled since, by which the card got them.",
    )

    is_forgotten = fields.Boolean(
        copy=False,
        guarded=True,
        help="The order was cancelled since: it may earn anew when confirmed again.",
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
    def _prepare_amounts(self, credit, gross, currency):
        vals = super()._prepare_amounts(credit, gross, currency)
        return {**vals, "card_payments": self._find_card_payments(credit.parts)}

    @api.model
    def _find_card_payments(self, credit_amounts):
        """Find how cards paid of these amounts, see ``card_payments``."""
        keys = [key for key in credit_amounts or () if key.isdigit()]
        # sudo: whoever settles need not read orders and invoices
        origins = self.env["account.move.line"].sudo().browse(map(int, keys))
        found = {}
        for origin in origins.filtered("price_total"):
            paid = origin._get_reverse_card()
            if card := paid.coupon_id:
                found[str(origin.id)] = {
                    "line": paid.id,
                    "card": card.id,
                    # An invoice may let the card pay less than it gave points for.
                    "price": min(origin.price_total, paid.price_total),
                    "points": paid.points_cost,
                }
        return found

    def _get_card_payments(self):
        return self.card_payments or self._find_card_payments(self.credit_amounts)

    @api.model
    def _find_payments(self, credit_amounts):
        # In ledgers there are only amounts, of lines there is what was kept.
        own = self._get_card_payments() if self else None
        payments = self._find_card_payments(credit_amounts) if own is None else own
        return super()._find_payments(credit_amounts) | {
            key: credit_amounts[key] for key in payments if key in credit_amounts or ()
        }

    def _get_paid_back(self):
        return super()._get_paid_back() | (self.card_amounts or {})

    def _lower_card_payments(self):
        """Give cards no more than their order still says that they paid.

        Who changes that after the proposal has Odoo give the card the difference.
        """
        # sudo: whoever releases a credit need not read orders
        orders = self.env["sale.order.line"].sudo()
        for line in self.filtered("card_payments"):
            kept = {}
            for key, paid in line.card_payments.items():
                now = orders.browse(paid.get("line")).exists()
                left = now.points_cost if now.coupon_id.id == paid["card"] else 0.0
                known = "line" in paid
                points = min(paid["points"], left) if known else paid["points"]
                kept[key] = {**paid, "points": points}
            if kept != line.card_payments:
                line._guarded_write({"card_payments": kept})

    def _get_card_points(self):
        """Give what cards get back for these credits, in points: ``{card: points}``."""
        points = defaultdict(float)
        for line in self:
            payments = line._get_card_payments()
            for key, amounts in line._get_paid_back().items():
                paid = payments.get(key)
                # sudo: whoever settles need not read cards
                cards = self.env["loyalty.card"].sudo()
                card = cards.browse(paid and paid["card"]).exists()
                if card:
                    part = engine.total(amounts) / paid["price"]
                    points[card] += card.currency_id.round(paid["points"] * part)
        return {card: amount for card, amount in points.items() if amount}

    def _forget_cards(self, order):
        """Count as given what cards have got, and gave back, by cancelling an order.

        Neither these credits nor their reversals move points any more.
        """
        moved = self.filtered(lambda line: line.points_taken or line._get_card_points())
        self._guarded_write({"is_forgotten": True})
        for line in moved:
            payments = line._get_card_payments()
            kept = {key: {**paid, "points": 0.0} for key, paid in payments.items()}
            line._guarded_write({"card_payments": kept, "points_taken": False})
        for rma in moved.rma_id:
            rma._message_log(
                body=self.env._(
                    "%(order)s was cancelled, by which cards that paid for it got "
                    "their points back, and lost what it had earned. Credits of this "
                    "return, and their reversal, give and take none any more.",
                    order=order.name,
                )
            )

    def _get_earned(self):
        """Give the part of the money that earned points which these lines credit.

        :return: ``{(order, program): part}``, 0 to 1
        """
        # sudo: whoever settles need not read orders and invoices
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
        # sudo: what the invoice calls the card
        invoiced = self.env["account.move.line"].sudo()
        for key, amounts in self._get_paid_back().items():
            text += " " + self.env._(
                "Of this, %(amount)s goes back to %(card)s, which paid for it.",
                amount=self.currency_id.format(-engine.total(amounts)),
                card=invoiced.browse(int(key)).name,
            )
        return text
