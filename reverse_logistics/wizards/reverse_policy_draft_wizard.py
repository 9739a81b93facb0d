from odoo import api, fields, models


class ReversePolicyDraftWizard(models.TransientModel):
    """Dialog that asks whether to go on with a policy's draft or start another one."""

    _name = "reverse.policy.draft.wizard"
    _description = "Draft of a Policy"

    policy_id = fields.Many2one("reverse.policy", required=True)
    source_id = fields.Many2one(
        "reverse.policy.version", "Copy of", help="What another draft starts from."
    )
    draft_id = fields.Many2one("reverse.policy.version", required=True)
    whose = fields.Text(compute="_compute_whose")

    @api.depends("draft_id")
    def _compute_whose(self):
        for wizard in self:
            wizard.whose = wizard.draft_id._describe_draft()

    def action_open_draft(self):
        """Go on with the existing draft."""
        return self.draft_id._open_form()

    def action_start_another(self):
        """Leave the existing draft alone, and start another one."""
        if self.source_id:
            return self.source_id.copy()._open_form()
        return self.policy_id._create_draft()._open_form()
