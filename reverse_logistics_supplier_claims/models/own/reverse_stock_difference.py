from odoo import api, models

from odoo.addons.reverse_logistics.models.stock.reverse_stock import Held


class ReverseStockDifference(models.TransientModel):
    """Own goods that are claimed wait in returns without an inspection."""

    _inherit = "reverse.stock.difference"

    @api.model
    def _read_documents(self, places, product=None):
        documented = super()._read_documents(places, product)
        lines = self.env["reverse.supplier.claim.line"]
        for (own, lot, place), quantity in lines._read_here(places).items():
            if not product or own == product:
                goods = Held(place, own, lot, self.env["res.partner"])
                documented[goods] = documented.get(goods, 0.0) + quantity
        return documented
