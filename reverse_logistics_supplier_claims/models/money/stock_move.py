from odoo import fields, models


class StockMove(models.Model):
    """Goods that a supplier sends in place of those that we claimed."""

    _inherit = "stock.move"

    reverse_replaced_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Replaces Claimed Goods",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    def _get_reverse_parts_sum(self):
        """Give ``{move: quantity}`` in the product's unit, see there."""
        return {
            move: sum(quantity for _lot, quantity in move._get_reverse_parts())
            for move in self
        }

    def _get_value_from_account_move(self, quantity, at_date=None):
        """What comes for goods that were sent back is worth what these were.

        Nobody bills it, so bill and order of the purchase say nothing of it.
        """
        back = self.reverse_replaced_line_id or self.reverse_back_line_id
        if back and self.origin_returned_move_id.is_out:
            return self._get_value_from_returns(quantity, at_date)
        return super()._get_value_from_account_move(quantity, at_date)
