from odoo import models


class StockMove(models.Model):
    """Whose the returned goods are."""

    _inherit = "stock.move"

    def _prepare_move_line_vals(self, quantity=None, reserved_quant=None):
        """Odoo keeps the owner of a move to itself when nothing is reserved for it.

        Goods that are not ours would be worth something to us.
        """
        vals = super()._prepare_move_line_vals(quantity, reserved_quant)
        if self.reverse_rma_line_id and self.restrict_partner_id:
            vals["owner_id"] = self.restrict_partner_id.id
        return vals
