from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rules.reverse_rule_mixin import RULE_FIELDS


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
            note = self.env["reverse.rule.mixin"]._explain_conflicts(found)
            hints = saved._get_condition_hints()
            version.conflict_note = "\n".join(filter(None, [note, *hints]))

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
        return [
            one
            for rules in self._get_live_rules().values()
            for one in rules._find_conflicts()
        ]

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

    def _get_said(self):
        return {rule.id: rule._get_document()["terms"] for rule in self}
