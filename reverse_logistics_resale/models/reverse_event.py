from odoo import models


class ReverseEvent(models.Model):
    """Titles of the events about liquidation."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "LiquidationConfirmed": self.env._("Sold in a liquidation lot"),
            "LiquidationCancelled": self.env._("Liquidation lot cancelled"),
        }
