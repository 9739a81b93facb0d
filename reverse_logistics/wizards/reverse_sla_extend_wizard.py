from odoo import fields, models


class ReverseSlaExtendWizard(models.TransientModel):
    """Dialog in which a user says until when returns may wait, and why."""

    _name = "reverse.sla.extend.wizard"
    _description = "Extend the Deadline of a Return"

    exception_ids = fields.Many2many("reverse.exception", required=True, readonly=True)
    deadline = fields.Datetime("Wait Until", required=True)
    reason = fields.Text("Why", required=True)

    def action_extend(self):
        self.ensure_one()
        self.exception_ids.action_extend(self.deadline, self.reason)
        return {"type": "ir.actions.act_window_close"}
