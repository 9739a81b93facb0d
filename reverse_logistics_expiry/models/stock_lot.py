from odoo import fields, models


class StockLot(models.Model):
    """Tell which returned lots can no longer be used, or no longer be sold."""

    _inherit = "stock.lot"

    def _is_reverse_expired(self):
        """Tell whether the goods can no longer be eaten, used or worn."""
        return bool(
            self.expiration_date and self.expiration_date <= fields.Datetime.now()
        )

    def _is_reverse_past_removal(self):
        """Tell whether the goods can no longer be sold, though perhaps be used."""
        return self._is_reverse_expired() or bool(
            self.removal_date and self.removal_date <= fields.Datetime.now()
        )
