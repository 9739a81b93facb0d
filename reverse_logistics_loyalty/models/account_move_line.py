from odoo import models

from odoo.addons.reverse_logistics.engine import settlement


class AccountMoveLine(models.Model):
    """Recognize invoice lines by which gift cards and eWallets paid."""

    _inherit = "account.move.line"

    def _get_reverse_card(self):
        """Give the order line by which a gift card or eWallet paid, if this is one."""
        return self.sale_line_ids._get_reverse_cards()[:1]

    def _get_reverse_share_label(self):
        card = self._get_reverse_card()
        return card.name if card else super()._get_reverse_share_label()

    def _get_reverse_limited(self):
        result = super()._get_reverse_limited()
        # A card pays taxes as well, and so can pay more than the net amount.
        # sudo: the limit of a credit does not depend on who posts it
        lines = self.sudo()
        by_card = lines.sale_line_ids.order_id.order_line._get_reverse_cards().order_id
        for line in lines.filtered(lambda r: r.sale_line_ids.order_id & by_card):
            result[line] = line.price_total
            settled = line.reverse_settlement_line_id
            if settled:
                kinds = ("earlier", "deduction", "discount")
                beside = settled._get_beside_amounts(*kinds)
                result[line] += settlement.total(beside)
            for paid in settled._find_payments(settled.credit_amounts).values():
                # What is withheld beyond the money comes off what the card gets.
                result[line] = max(result[line] + settlement.total(paid), 0.0)
        return result
