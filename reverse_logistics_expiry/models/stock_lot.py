from odoo import fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _is_reverse_expired(self):
        """No longer to be eaten, used or worn: that day is over."""
        return bool(
            self.expiration_date and self.expiration_date <= fields.Datetime.now()
        )

    def _is_reverse_past_removal(self):
        """No longer to be sold, though perhaps still good for something else."""
        return self._is_reverse_expired() or bool(
            self.removal_date and self.removal_date <= fields.Datetime.now()
        )
