from odoo import models


class ReversePolicyVersion(models.Model):
    """Which proofs a version of policy asks for."""

    _inherit = "reverse.policy.version"

    def _get_asked_proofs(self):
        """Give the codes of the proofs that any of its rules asks for."""
        convert = self.env["reverse.policy.rule"]._to_engine
        terms = self._get_rules("policy").terms.values()
        return frozenset().union(*(convert(each).proofs for each in terms))
