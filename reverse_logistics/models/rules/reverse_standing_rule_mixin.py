from odoo import api, fields, models, tools

from ...engine import matching


class ReverseStandingRuleMixin(models.AbstractModel):
    """A rule that is in force as soon as it is saved, without a version of policy."""

    _name = "reverse.standing.rule.mixin"
    _inherit = ["reverse.rule.mixin", "reverse.cached.mixin"]
    _description = "Return Rule in Force When Saved"

    conflict_note = fields.Text(compute="_compute_conflict_note")

    @api.depends_context("lang")
    def _compute_conflict_note(self):
        """Describe the conflicts of each rule with the other rules in force."""
        rivals = self.search([("active", "=", True)])
        found = (self._origin & rivals)._find_conflicts(rivals)
        for rule in self:
            own = rule._origin
            rule.conflict_note = self._explain_conflicts(
                [one for one in found if own and own in (one[1], one[2])]
            )

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------
    @api.model
    def _match(self, facts, scope=""):
        """Find the rule that applies to each record, and say why.

        :param facts: ``{record with a company_id: engine.matching.Facts}``
        :param str scope: see ``_get_rule_scope``
        :return: ``{record: (rule or empty, sentence)}``
        """
        result = {}
        for record, known in facts.items():
            # sudo: the company of a record that the caller has in hand
            rules = self._compile_rules(record.sudo().company_id.id).get(scope)
            found = rules and rules.match(known)
            rule = self.browse(found and found.rule.id)
            result[record] = (rule, self._explain_match(found))
        return result

    @api.model
    @tools.ormcache("company_id")
    def _compile_rules(self, company_id):
        """Compile the rules of a company, with shared ones and those of its parents.

        :return: ``{scope: engine.matching.Ruleset}``, scopes without rules left out
        """
        # sudo: rules apply to everybody, also where the user cannot read them
        company = self.env["res.company"].sudo().browse(company_id)
        # The result is cached for everybody, so the context of this client must not
        # decide whether archived rules are in it.
        rules = self.sudo().with_context(active_test=True)
        rules = rules.search([("company_id", "in", [False, *company.parent_ids.ids])])
        compiled = {}
        for rule in rules:
            compiled.setdefault(rule._get_rule_scope(), []).append(rule._for_engine())
        return {
            scope: matching.compile_rules(group) for scope, group in compiled.items()
        }

    @api.model
    def _explain_match(self, found):
        """Say in a sentence why a rule applies, or that none does."""
        if not found:
            return self.env._("No rule fits.")
        # sudo: rules apply to everybody, also where the user cannot read them
        name = self.sudo().browse(found.rule.id).name
        if not found.over:
            return self.env._("“%(rule)s” is the only rule that fits.", rule=name)
        # sudo: names only, as above
        names = {"rule": name, "other": self.sudo().browse(found.over.id).name}
        if found.decided_by == "sequence":
            return self.env._(
                "“%(rule)s” and “%(other)s” are equally specific; the first one comes "
                "earlier in the sequence.",
                **names,
            )
        if found.decided_by == "id":
            return self.env._(
                "“%(rule)s” and “%(other)s” are equally specific; the first one is "
                "older.",
                **names,
            )
        return self.env._(
            "“%(rule)s” is more specific than “%(other)s” about: %(dimension)s.",
            dimension=self._get_dimension_labels()[found.decided_by],
            **names,
        )
