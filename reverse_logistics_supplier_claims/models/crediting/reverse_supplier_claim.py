from odoo import models


class ReverseSupplierClaim(models.Model):
    """The supplier's answer lets credits go on that waited for it."""

    _inherit = "reverse.supplier.claim"

    def _go_on_crediting(self):
        """Credit customers whose credits only waited for this answer."""
        # sudo: policy decided before; the answer only sets it off
        lines = self.sudo().line_ids.inspection_id.settlement_line_ids
        lines.settlement_id._go_on_answered()
