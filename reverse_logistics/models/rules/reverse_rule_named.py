"""What rules can name as a condition cannot be deleted while one does.

The database refuses it, too, but cannot say which rule stands in the way.
"""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.reverse_guarded_mixin import unless_uninstalling


class ReverseRuleNamedMixin(models.AbstractModel):
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
        """Give the records that rules name instead of these."""
        return self

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


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "reverse.rule.named.mixin"]


class ResPartnerCategory(models.Model):
    _name = "res.partner.category"
    _inherit = ["res.partner.category", "reverse.rule.named.mixin"]


class ResCountry(models.Model):
    _name = "res.country"
    _inherit = ["res.country", "reverse.rule.named.mixin"]


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "reverse.rule.named.mixin"]


class ProductTemplate(models.Model):
    """The database deletes the variants with it."""

    _name = "product.template"
    _inherit = ["product.template", "reverse.rule.named.mixin"]

    def _get_rule_values(self):
        return self.with_context(active_test=False).product_variant_ids


class ProductTag(models.Model):
    _name = "product.tag"
    _inherit = ["product.tag", "reverse.rule.named.mixin"]


class ProductCategory(models.Model):
    """The database deletes the categories below with it."""

    _name = "product.category"
    _inherit = ["product.category", "reverse.rule.named.mixin"]

    def _get_rule_values(self):
        return self.search([("id", "child_of", self.ids)])


class ReverseCondition(models.Model):
    _name = "reverse.condition"
    _inherit = ["reverse.condition", "reverse.rule.named.mixin"]


class ReverseReason(models.Model):
    _name = "reverse.reason"
    _inherit = ["reverse.reason", "reverse.rule.named.mixin"]


class ReverseChannel(models.Model):
    _name = "reverse.channel"
    _inherit = ["reverse.channel", "reverse.rule.named.mixin"]


class ReverseFacility(models.Model):
    _name = "reverse.facility"
    _inherit = ["reverse.facility", "reverse.rule.named.mixin"]


class ReverseRegion(models.Model):
    _name = "reverse.region"
    _inherit = ["reverse.region", "reverse.rule.named.mixin"]


class ReverseTrait(models.Model):
    _name = "reverse.trait"
    _inherit = ["reverse.trait", "reverse.rule.named.mixin"]


class ReverseAgreement(models.Model):
    _name = "reverse.agreement"
    _inherit = ["reverse.agreement", "reverse.rule.named.mixin"]
