from odoo import fields, models


class ReversePolicyVersion(models.Model):
    """The legal rules of a version, and which of its rules are about agreements."""

    _inherit = "reverse.policy.version"

    legal_rule_ids = fields.One2many(
        "reverse.legal.rule", "version_id", "Law", copy=True
    )

    def _get_agreements_by_rule(self):
        """Give the rules that are about agreements: ``{rule id: agreement ids}``."""
        return {
            rule.id: rule.allowed["agreement"]
            for rule in self._get_rules("policy").ruleset.rules
            if "agreement" in rule.allowed
        }
