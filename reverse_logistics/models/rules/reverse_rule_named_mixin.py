"""Keep records from being deleted while they are a condition of a rule.

The database would refuse it as well, but cannot say which rule stands in the way.
"""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.reverse_guarded_mixin import unless_uninstalling


class ReverseRuleNamedMixin(models.AbstractModel):
    """A record that rules can name as a condition."""

    _name = "reverse.rule.named.mixin"
    _description = "Condition of Return Rules"

    @unless_uninstalling
    def _unlink_except_named_by_rule(self):
        named = self._get_rule_values()
        rule, record = named._find_naming_rule() if named else (None, None)
        if rule:
            raise UserError(
                self.env._(
                    "%(record)s is a condition of the rule “%(rule)s” (%(kind)s). "
                    "Without it the rule would apply to more than it says, so it "
                    "cannot be deleted. Archive it instead, or change the rule first.",
                    record=record.display_name,
                    rule=rule._get_full_name(),
                    kind=self.env["ir.model"]._get(rule._name).name,
                )
            )

    def _get_rule_values(self):
        """Give the records that rules name in place of these."""
        return self

    def _is_named(self):
        """Whether any rule, archived or not, names any of these."""
        return bool(self._find_naming_rule()[0])

    def _find_naming_rule(self):
        """Find a rule, archived or not, that names any of these, and what it names."""
        # sudo: a rule holds on to what it names, whoever deletes it
        for rules in self.env["reverse.rule.mixin"].sudo()._get_rule_models():
            names = [
                name
                for name in rules._get_naming_fields()
                if rules._fields[name].comodel_name == self._name
            ]
            rule = rules.with_context(active_test=False).search(
                Domain.OR(Domain(name, "in", self.ids) for name in names), limit=1
            )
            if rule:
                return rule, next(
                    rule[name] & self for name in names if rule[name] & self
                )
        return None, None
