from odoo import api, fields, models, tools


class ReversePolicyVersion(models.Model):
    """Fees are part of a version: what it promised holds when goods are settled."""

    _inherit = "reverse.policy.version"

    fee_rule_ids = fields.One2many("reverse.fee.rule", "version_id", "Fees", copy=True)

    @api.model
    def _get_rule_fields(self):
        return {**super()._get_rule_fields(), "fee": "fee_rule_ids"}

    @api.model
    @tools.ormcache("policy_id", "number")
    def _find_number(self, policy_id, number):
        """Give the id of an edition of a policy, False when it was not kept."""
        # sudo: policy applies to everybody, also where the user cannot read it
        versions = self.sudo()
        found = versions.search(
            [("policy_id", "=", policy_id), ("number", "=", number)]
        )
        return found.id

    @api.model
    def _get_deciding(self, lines):
        """Give the version that decided each line; the one in force where none did.

        :rtype: dict[reverse.rma.line, reverse.policy.version]
        """
        undecided = lines.filtered(lambda line: not line.policy_id)
        current = self._get_for(undecided.company_id)
        return {
            line: current[line.company_id]
            if line in undecided
            # sudo: by which policy the line was decided
            else self.browse(
                self._find_number(line.sudo().policy_id.id, line.policy_version) or ()
            )
            for line in lines
        }
