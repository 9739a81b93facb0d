from odoo import models


class ReverseInspection(models.Model):
    """Know parts for which no deposit is given back."""

    _inherit = "reverse.inspection"

    def _is_worthless_deposit(self):
        """Tell whether nothing is given back for it: no entitlement is used up."""
        kind = self.line_id.deposit_type_id
        return bool(kind) and not kind._get_percent(self.condition_id)
