from odoo import models


class ReverseSettlement(models.Model):
    _inherit = "reverse.settlement"

    def _get_parts_to_renew(self):
        """The inspected goods that are to be settled anew."""
        return self.line_ids.inspection_id._get_latest()
