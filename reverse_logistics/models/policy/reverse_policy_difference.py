from odoo import models
from odoo.tools import format_date, formatLang

from ...engine import difference
from ..rules.reverse_rule_mixin import RULE_FIELDS

_OWN = {"valid_from": "date_from", "valid_to": "date_to"}


class ReversePolicyVersion(models.Model):
    """What distinguishes two versions, in words."""

    _inherit = "reverse.policy.version"

    def action_compare(self):
        """Show what this version changes against another one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare"),
            "res_model": "reverse.policy.compare",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_version_id": self.id,
                "default_other_id": self._get_compared().id,
            },
        }

    def _get_compared(self):
        """Give the version that somebody looking at this one wants it compared with:
        the one it was copied from, else the one in force, else the one before it.
        """
        self.ensure_one()
        in_force = self.policy_id.active_version_id - self
        before = self.policy_id.version_ids.filtered(lambda v: v.number < self.number)
        return self.origin_id or in_force or before[:1]

    def _get_difference(self, other):
        """Give what this version says otherwise than another one.

        :param reverse.policy.version other: may be of another policy
        :return: list of ``{"kind", "rule", "what", "before", "after", "change"}``:
            texts, and ``added``, ``removed`` or ``changed``
        """
        self.ensure_one()
        found = difference.compare(
            self._complete(other._read_document()),
            self._complete(self._read_document()),
        )
        names = self._get_names_in(found)
        return [
            *(self._describe_setting(change, names) for change in found.settings),
            *(
                row
                for change in found.rules
                for row in self._describe_rule(change, names)
            ),
        ]

    def _complete(self, document):
        """Give a document with what terms that came later say of its rules."""
        for kind, rows in document["rules"].items():
            rules = self._get_rule_model(kind)
            for row in rows:
                terms = rules._complete_terms(row["terms"])
                # in the order of the form
                row["terms"] = {name: terms[name] for name in rules._term_fields}
        return document

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------
    def _describe_setting(self, change, names):
        field = self._fields[change.name]
        return {
            "kind": self.env._("Settings"),
            "rule": False,
            "what": field._description_string(self.env),
            "before": self._describe(field, change.before, names),
            "after": self._describe(field, change.after, names),
            "change": "changed",
        }

    def _describe_rule(self, change, names):
        """Give the rows of one rule that was added, removed or changed."""
        rules = self._get_rule_model(change.kind)
        line = self._fields[self._get_rule_fields()[change.kind]]
        row = change.after or change.before
        base = {
            "kind": line._description_string(self.env),
            "rule": names[rules._name].get(row["id"]) or row["name"],
        }
        if change.changes:
            for one in change.changes:
                field = self._get_changed_field(rules, one)
                yield {
                    **base,
                    "what": field._description_string(self.env),
                    "before": self._describe(field, one.before, names),
                    "after": self._describe(field, one.after, names),
                    "change": "changed",
                }
            return
        # sudo: what a rule of a version says that the reader has in hand
        says = rules.sudo().browse(row["id"]).exists()._get_sentence()
        yield {
            **base,
            "what": self.env._("New rule") if change.after else self.env._("Left out"),
            "before": says if change.before else "",
            "after": says if change.after else "",
            "change": "added" if change.after else "removed",
        }

    def _get_changed_field(self, rules, change):
        name = change.name
        if change.part == "condition":
            name = RULE_FIELDS[name]
        return rules._fields[_OWN.get(name, name)]

    def _describe(self, field, value, names):
        """Say a plain value as the form would show it."""
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.relational:
            ids = [value] if isinstance(value, int) else value or []
            known = names[field.comodel_name]
            return ", ".join(known[id_] for id_ in ids) or self.env._("Any")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        if field.type == "monetary":
            currency = self._get_currency()
            return formatLang(self.env, value or 0.0, currency_obj=currency)
        if field.type in ("integer", "float"):
            return f"{value or 0:.12g}"
        return value or ""

    # ------------------------------------------------------------------
    # Names
    # ------------------------------------------------------------------
    def _get_names_in(self, found):
        """Look up at once how all records of a difference are called.

        :return: ``{model: {id: name}}``
        """
        wanted = {
            model: set()
            for model in self._get_named_models()
            | {self._get_rule_model(kind)._name for kind in self._get_rule_fields()}
        }
        for rule in found.rules:
            rules = self._get_rule_model(rule.kind)
            wanted[rules._name].add((rule.after or rule.before)["id"])
            for change in rule.changes:
                field = self._get_changed_field(rules, change)
                if field.relational:
                    for value in (change.before, change.after):
                        ids = [value] if isinstance(value, int) else value
                        wanted[field.comodel_name].update(ids or ())
        names = {}
        for model, ids in wanted.items():
            # sudo: names that the rules show anyway
            records = self.env[model].sudo().browse(sorted(ids - {False})).exists()
            names[model] = {record.id: record.display_name for record in records}
        return names


class ReversePolicyRuleMixin(models.AbstractModel):
    _inherit = "reverse.policy.rule.mixin"

    def _get_sentence(self):
        """Say in one line what the rule is about and what it says."""
        return " · ".join(
            filter(None, (self.conditions_summary, self.says)) if self else ()
        )
