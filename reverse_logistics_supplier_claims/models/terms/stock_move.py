from odoo import models

from ...engine import agreements
from ..claimed import get_companies


class StockMove(models.Model):
    """What comes in from a supplier."""

    _inherit = "stock.move"

    def _get_bought_goods(self):
        """Say of goods what agreements are found by."""
        self.ensure_one()
        path = (self.product_id.categ_id.parent_path or "").split("/")[:-1]
        return agreements.Goods(
            partner=self.purchase_line_id.partner_id.commercial_partner_id.id,
            kind="supplier",
            companies=get_companies(self.company_id),
            day=self.company_id._to_reverse_day(self.date),
            product=self.product_id.id,
            categories=tuple(map(int, reversed(path))),
        )
