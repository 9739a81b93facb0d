from odoo import models


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _is_worthless_deposit(self):
        """Nothing is given back for it: the entitlement stays for a better one."""
        kind = self.line_id.deposit_type_id
        return bool(kind) and not kind._get_percent(self.condition_id)
