from odoo import api, fields, models


class ReverseRejectWizard(models.TransientModel):
    """Dialog in which a user says why they reject returns."""

    _name = "reverse.reject.wizard"
    _description = "Reject a Return"

    rma_ids = fields.Many2many(
        "reverse.rma",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    is_by_recipient = fields.Boolean(compute="_compute_is_by_recipient")
    message = fields.Text("Reason", required=True, help="The customer reads it.")

    @api.depends("rma_ids")
    def _compute_is_by_recipient(self):
        for wizard in self:
            wizard.is_by_recipient = any(wizard.rma_ids.mapped("is_by_recipient"))

    def action_reject(self):
        return self.rma_ids.action_reject(self.message)
