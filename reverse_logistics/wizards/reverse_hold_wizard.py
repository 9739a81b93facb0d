from odoo import fields, models


class ReverseHoldWizard(models.TransientModel):
    """Dialog in which a user says why returns are put under legal hold."""

    _name = "reverse.hold.wizard"
    _description = "Put Returns under Legal Hold"

    rma_ids = fields.Many2many(
        "reverse.rma",
        string="Returns",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(required=True, help="Who asked for the hold, and why.")

    def action_hold(self):
        return self.rma_ids.action_hold(self.reason)
