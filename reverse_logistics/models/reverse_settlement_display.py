from odoo import models


class ReverseSettlement(models.Model):
    """Smart button: from a settlement to its return."""

    _inherit = "reverse.settlement"

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
