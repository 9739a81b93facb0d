from odoo import fields, models


class ReverseRejectWizard(models.TransientModel):
    """Dialog in which a user says why they reject returns."""

    _name = "reverse.reject.wizard"
    _description = "Reject a Return"

    rma_ids = fields.Many2many(
        "reverse.rma",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    message = fields.Text("Reason", required=True, help="The customer reads it.")

    def action_reject(self):
        return self.rma_ids.action_reject(self.message)
