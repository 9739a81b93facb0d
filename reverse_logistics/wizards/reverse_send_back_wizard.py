from odoo import fields, models


class ReverseSendBackWizard(models.TransientModel):
    """Dialog in which an approver or releaser says what to change in settlements."""

    _name = "reverse.send.back.wizard"
    _description = "Send Settlements Back"

    settlement_ids = fields.Many2many(
        "reverse.settlement",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Text(
        required=True, help="Whoever submitted it reads what is to be changed."
    )

    def action_send_back(self):
        return self.settlement_ids.action_send_back(self.reason)
