from odoo import api, models

from ...engine import conflicts

#: So many sentences are read, and more are not.
SHOWN = 10


class ReverseRuleMixin(models.AbstractModel):
    """Rules that get into each other's way, and how that is said."""

    _inherit = "reverse.rule.mixin"

    #: What a rule says, beside its conditions.
    _said_fields = ()

    def _get_rule_scopes(self):
        """Give the groups of rules among which this one competes."""
        self.ensure_one()
        return [self._get_rule_scope()]

    def _get_said(self):
        """Give what these rules say: ``{rule id: plain data}``."""
        rows = self.read(list(self._said_fields), load=None)
        return {row.pop("id"): row for row in rows}

    def _find_conflicts(self):
        """Give what is wrong among these rules.

        :return: list of ``(engine.conflicts.Conflict, first rule, second or empty)``
        """
        groups = {}
        for rule in self:
            for scope in rule._get_rule_scopes():
                groups.setdefault(scope, []).append(rule._for_engine())
        return [
            (one, self.browse(one.first_id), self.browse(one.second_id or ()))
            for one in conflicts.find_conflicts_among(groups.values(), self._get_said())
        ]

    @api.model
    def _explain_conflicts(self, found):
        """Say what is wrong, a sentence each; what only may happen, in one."""
        certain = [one for one in found if one[0].kind != "possible"]
        sentences = [self._explain_conflict(*one) for one in certain[:SHOWN]]
        if len(certain) > SHOWN:
            more = len(certain) - SHOWN
            sentences.append(self.env._("… and %(count)s more.", count=more))
        possible = [one for one in found if one[0].kind == "possible"]
        if possible:
            names = [rule.name for _kind, *both in possible for rule in both]
            sentences.append(
                self.env._(
                    "Goods may have the tags or traits of several of these rules; "
                    "the one that comes first applies then: %(rules)s.",
                    rules=", ".join(f"“{name}”" for name in dict.fromkeys(names)),
                )
            )
        return "\n".join(sentences)

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
