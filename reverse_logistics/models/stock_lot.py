from odoo import models


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "reverse.origin.mixin"]

    def _reverse_origin_path(self):
        return "lot_id"
