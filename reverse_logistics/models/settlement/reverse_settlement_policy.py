from odoo import models

from ...engine import transitions


class ReverseSettlement(models.Model):
    """What policy credits by itself, as the version said that decided the return."""

    _inherit = "reverse.settlement"

    def _release_by_policy(self):
        for version, settlements in self._group_by_version().items():
            if not version:
                continue
            actor = {
                "policy_id": version.policy_id.id,
                "policy_version": version.number,
            }
            settlements._transition(transitions.SETTLEMENT, "submit", actor)
            settlements -= settlements._ask_approvals()
            settlements._transition(transitions.SETTLEMENT, "approve")
            settlements._log_step("CreditApproved")
            settlements._work("_release")

    def _group_by_version(self):
        """Group by the version that decided the lines; of several, by the last one."""
        # sudo: policy applies to everybody, also where the user cannot read it
        settlements = self.sudo()
        versions = settlements.env["reverse.policy.version"]
        lines_of = {own: own.line_ids.rma_line_id for own in settlements}
        deciding = versions._get_deciding(settlements.line_ids.rma_line_id)
        return self.grouped(
            lambda settlement: max(
                (deciding[line] for line in lines_of[settlement]),
                key=lambda version: version.number,
                default=versions,
            )
        )
