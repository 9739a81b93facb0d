from odoo import fields, models


class ReverseExceptionWizard(models.TransientModel):
    """Dialog in which an approver says why returns are authorized outside of policy."""

    _name = "reverse.exception.wizard"
    _description = "Authorize outside Policy"

    rma_ids = fields.Many2many(
        "reverse.rma",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    why_outside = fields.Text(compute="_compute_why_outside")
    reason = fields.Text(required=True)

    def _compute_why_outside(self):
        for wizard in self:
            outside = wizard.rma_ids.line_ids._get_commercial_exceptions()
            wizard.why_outside = "\n".join(
                f"{line.product_id.display_name}: {line.explanation}"
                for line in outside
            )

    def action_authorize(self):
        return self.rma_ids.action_authorize_exception(self.reason)
