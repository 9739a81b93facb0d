from odoo import fields, models


class ReverseRefuseWizard(models.TransientModel):
    """Dialog in which a user says why they refuse approvals."""

    _name = "reverse.refuse.wizard"
    _description = "Refuse Approvals"

    approval_ids = fields.Many2many(
        "reverse.approval",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Text(
        required=True,
        help="Kept with the approval. When a return is refused, the customer reads it.",
    )

    def action_refuse(self):
        return self.approval_ids.action_reject(self.reason)
