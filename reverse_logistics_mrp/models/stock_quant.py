from odoo import api, models


class StockQuant(models.Model):
    """Goods in returns are what was received, though they are a kit by now."""

    _inherit = "stock.quant"

    @api.constrains("product_id")
    def _check_kits(self):
        """Keep them from being refused there: Odoo has no stock of kits."""
        others = self.filtered(lambda quant: not quant.location_id._is_reverse())
        return super(StockQuant, others)._check_kits()
