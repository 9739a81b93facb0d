from odoo import models


class ReverseException(models.Model):
    """Goods that are with their supplier are not sent back to the customer."""

    _inherit = "reverse.exception"

    def action_send_back(self):
        self.rma_id._check_not_with_supplier()
        return super().action_send_back()
