from odoo import models


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _get_credit_decider(self):
        """Say who decides on the credit: policy leaves to persons what is outside of
        it, what its rule says so of, and what a person took back before.
        """
        credit = super()._get_credit_decider()
        line = self.line_id
        if credit == "none":
            return credit
        if line.credit_release == "person" or line._has_taken_back():
            return "person"
        if self.not_inspected and self.policy_id:
            return "policy" if line.decision == "authorize" else "person"
        return credit
