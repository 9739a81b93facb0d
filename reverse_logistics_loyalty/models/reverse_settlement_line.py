from collections import defaultdict

from odoo import models

from odoo.addons.reverse_logistics.engine import settlement as engine


class ReverseSettlementLine(models.Model):
    """Give gift cards and eWallets back what they paid of the credited goods."""

    _inherit = "reverse.settlement.line"

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
        # sudo: whoever releases a credit need not have a role in sales
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
