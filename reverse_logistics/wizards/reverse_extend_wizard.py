from datetime import timedelta

from odoo import api, fields, models


class ReverseExtendWizard(models.TransientModel):
    """Dialog in which a user chooses until when authorizations stay valid."""

    _name = "reverse.extend.wizard"
    _description = "Extend Authorizations"

    rma_ids = fields.Many2many(
        "reverse.rma",
        string="Returns",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    until = fields.Date(
        "Valid Until",
        compute="_compute_until",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The last day on which the customer may send the goods.",
    )

    @api.depends("rma_ids")
    def _compute_until(self):
        """Propose a full period of the policy, or 30 days where it has none."""
        for wizard in self:
            company = wizard.rma_ids[:1].company_id or self.env.company
            policy = self.env["reverse.policy.version"]._get_for(company)[company]
            days = timedelta(days=policy.validity_days or 30)
            wizard.until = company._get_reverse_today() + days

    def action_extend(self):
        """Extend all of the returns or none; expired ones wait for goods again."""
        self.ensure_one()
        self.rma_ids.action_extend(self.until)
        return {"type": "ir.actions.act_window_close"}
