from odoo import api, models

from odoo.addons.reverse_logistics.models.extensions.stock_move import MOVING


class StockQuant(models.Model):
    """Goods in returns are what was received, though they are a kit by now."""

    _inherit = "stock.quant"

    @api.constrains("product_id")
    def _check_kits(self):
        """Keep them from being refused there, and where they are put from there: Odoo
        has no stock of kits.

        Kits that transfers move whole are those of returns.
        """
        if self.env.context.get("reverse_moving") is MOVING:
            return None
        others = self.filtered(lambda quant: not quant.location_id._is_reverse())
        return super(StockQuant, others)._check_kits()
