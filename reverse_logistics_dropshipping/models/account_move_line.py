from odoo import models


class AccountMoveLine(models.Model):
    """Value drop-shipped goods that come to us instead of their supplier."""

    _inherit = "account.move.line"

    def _get_reverse_dropship_receipt(self):
        """Give the receipt of the drop-shipped goods that this line credits, if any."""
        # sudo: whoever posts the credit note need not read returns
        part = self.sudo().reverse_settlement_line_id.inspection_id
        receipt = part.receipt_move_id
        dropped = receipt.origin_returned_move_id.is_dropship
        return receipt if dropped and receipt.is_in else receipt.browse()

    def _eligible_for_stock_account(self):
        """Treat drop-shipped goods that came to us as stock.

        The supplier's bill made them an expense at once, which they are not as stock.
        """
        return super()._eligible_for_stock_account() or bool(
            self.product_id.is_storable
            and not self.reverse_no_goods
            and self._get_reverse_dropship_receipt()
        )

    def _get_cogs_value(self):
        receipt = self._get_reverse_dropship_receipt()
        quantity = receipt and receipt._get_valued_qty()
        if quantity:
            return receipt.value / quantity
        return super()._get_cogs_value()
