from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import conflicts
from .reverse_rule_mixin import RULE_FIELDS

#: So many sentences are read, and more are not.
SHOWN = 10


class ReversePolicyVersion(models.Model):
    """Rules of a version that get into each other's way.

    They are reported whenever a draft is saved. Where somebody has put them in order,
    that decides, and the report is all; where two rules say different things about the
    same goods and stand at the same place of the sequence, only their age would decide:
    such a version cannot be activated.
    """

    _inherit = "reverse.policy.version"

    conflict_note = fields.Text(compute="_compute_conflict_note")

    @api.model
    def _get_conflict_triggers(self):
        own = ("name", "active", "sequence", "date_from", "date_to")
        return ["state"] + [
            f"{rules}.{name}"
            for rules in self._get_rule_fields().values()
            for name in (
                *own,
                "value_from",
                "value_to",
                *RULE_FIELDS.values(),
                *self.env[self._fields[rules].comodel_name]._term_fields,
            )
        ]

    @api.depends(lambda self: self._get_conflict_triggers())
    @api.depends_context("lang")
    def _compute_conflict_note(self):
        for version in self:
            # What is not saved has no place among the rules yet.
            saved = version._origin
            found = saved._find_conflicts() if saved.state == "draft" else []
            sentences = [self._explain_conflict(*one) for one in found[:SHOWN]]
            if len(found) > SHOWN:
                more = len(found) - SHOWN
                sentences.append(self.env._("… and %(count)s more.", count=more))
            sentences += saved._get_condition_hints()
            version.conflict_note = "\n".join(sentences)

    def _get_condition_hints(self):
        """Name the rules of a draft that ask for what is hardly ever known in time."""
        return [
            self.env._(
                "“%(rule)s” asks for a condition. When it decides, that is known of "
                "goods handed over at the counter only: it fits no other return.",
                rule=rule.name,
            )
            for version in self.filtered(lambda version: version.state == "draft")
            for rules in version._get_live_rules().values()
            if rules._decides_at_request
            for rule in rules
            if rule.condition_ids
        ]

    def _find_conflicts(self):
        """Give what is wrong with the rules of this version.

        :return: list of ``(engine.conflicts.Conflict, first rule, second or empty)``
        """
        self.ensure_one()
        found = []
        for rules in self._get_live_rules().values():
            terms = {rule.id: rule._get_document()["terms"] for rule in rules}
            groups = {}
            for rule in rules:
                for scope in rule._get_rule_scopes():
                    groups.setdefault(scope, []).append(rule._for_engine())
            found += [
                (one, rules.browse(one.first_id), rules.browse(one.second_id or ()))
                for one in conflicts.find_conflicts_among(groups.values(), terms)
            ]
        return found

    @api.model
    def _explain_conflict(self, conflict, first, second):
        names = {"first": first.name, "second": second.name}
        if conflict.kind == "empty":
            return self.env._("Nothing can ever fit “%(first)s”.", **names)
        if conflict.kind == "duplicate":
            return self.env._(
                "“%(first)s” and “%(second)s” say the same about the same goods.",
                **names,
            )
        if conflict.kind == "shadowed":
            return self.env._(
                "“%(second)s” never applies: “%(first)s” fits all of its goods and "
                "comes first.",
                **names,
            )
        return self.env._(
            "“%(first)s” and “%(second)s” say different things about the same goods; "
            "“%(first)s” applies, because it comes first.",
            **names,
        )

    def _check_activate(self):
        res = super()._check_activate()
        undecided = [
            (first, second)
            for conflict, first, second in self._find_conflicts()
            if conflict.kind in ("shadowed", "contradictory")
            and first.sequence == second.sequence
        ]
        if undecided:
            raise UserError(
                "\n".join(
                    self.env._(
                        "“%(first)s” and “%(second)s” say different things about the "
                        "same goods, and nobody has said which comes first: move one "
                        "of them.",
                        first=first.name,
                        second=second.name,
                    )
                    for first, second in undecided
                )
            )
        return res


class ReversePolicyRuleMixin(models.AbstractModel):
    _inherit = "reverse.policy.rule.mixin"

    #: Whether rules of this kind decide before anybody has inspected the goods.
    _decides_at_request = True

    def _get_rule_scopes(self):
        """Give the groups of rules among which this one competes."""
        self.ensure_one()
        return [self._get_rule_scope()]
