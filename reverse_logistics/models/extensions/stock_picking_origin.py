from odoo import models


class StockPicking(models.Model):
    """From a delivery to the returns of its goods."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "reverse.origin.mixin"]

    def _reverse_origin_path(self):
        return "move_id.picking_id"
