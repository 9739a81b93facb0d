from odoo import models


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _is_creditable(self):
        # Nothing is given back for it: the entitlement stays for a better one.
        kind = self.line_id.deposit_type_id
        worthless = kind and not kind._get_percent(self.condition_id)
        return super()._is_creditable() and not worthless
