from odoo import models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    def _ensure_reverse_facility(self):
        """Make the place of regrading, too: the settings name its account."""
        facility = super()._ensure_reverse_facility()
        self.company_id._ensure_reverse_regrade()
        return facility
