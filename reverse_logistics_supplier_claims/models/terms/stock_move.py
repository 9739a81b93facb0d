from odoo import models

from ..claimed import get_goods


class StockMove(models.Model):
    """What comes in from a supplier."""

    _inherit = "stock.move"

    def _get_bought_goods(self):
        """Say of goods what agreements are found by."""
        self.ensure_one()
        return get_goods(
            self.company_id,
            self.product_id,
            partner=self.purchase_line_id.partner_id.commercial_partner_id.id,
            kind="supplier",
            day=self.company_id._to_reverse_day(self._get_reverse_moved_at()),
        )
