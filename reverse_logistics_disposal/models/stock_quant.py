from odoo import models

from .stock_move import BOOKING


class StockQuant(models.Model):
    """What a count does not find was not destroyed, whatever the law protects."""

    _inherit = "stock.quant"

    def _apply_inventory(self, date=None):
        counting = self.with_context(reverse_booking=BOOKING)
        return super(StockQuant, counting)._apply_inventory(date)
