from collections import defaultdict

from odoo import models

from odoo.addons.reverse_logistics.engine import settlement as engine


class ReverseSettlementLine(models.Model):
    """Gift cards and eWallets paid a part of what is credited: it goes back to them."""

    _inherit = "reverse.settlement.line"

    def _get_cards(self):
        """Find what cards paid of the goods that these lines credit.

        :return: list of order lines by which cards paid, each with what is credited of
            that, below zero, by component, and as a part of all that the card paid
        """
        # sudo: the customer's own order and invoice
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
        """Sum what cards get back of these credits, in their points."""
        points = defaultdict(float)
        for paid, _amounts, part in self._get_cards():
            card = paid.coupon_id
            points[card] += card.currency_id.round(paid.points_cost * part)
        return {card: amount for card, amount in points.items() if amount}

    def _get_deductible(self):
        # What was paid by card was paid for the goods and their taxes.
        paid = [
            engine.scale(amounts, -1) for _line, amounts, _part in self._get_cards()
        ]
        return engine.add(super()._get_deductible(), *paid)

    def _is_overdrawn(self):
        # A card pays the tax as well: it may have paid more than the price.
        if self._get_cards():
            return self.currency_id.compare_amounts(self.amount_total, 0) < 0
        return super()._is_overdrawn()

    def _book_card_points(self, sign):
        """Give cards back what they paid of these credits, or take it off again."""
        values = []
        for credit, lines in self.grouped("settlement_id").items():
            for card, points in lines._get_card_points().items():
                card.points += sign * points
                values.append(
                    {
                        "card_id": card.id,
                        "order_model": "reverse.rma",
                        "order_id": credit.rma_id.id,
                        "description": self.env._(
                            "Return %(rma)s", rma=credit.rma_id.name
                        ),
                        "issued": points if sign > 0 else 0.0,
                        "used": points if sign < 0 else 0.0,
                    }
                )
        # sudo: whoever releases a credit need not be of sales
        self.env["loyalty.history"].sudo().create(values)

    def _on_credit_gone(self):
        self._book_card_points(-1)
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
