from odoo import api, models

from ..rules.reverse_rule_facts import _path
from .reverse_health import Check

#: Who answers for goods that are not as they should be.
LIABLE = ("supplier", "company")
_FIELDS = (
    "company_id",
    "categ_id",
    "tracking",
    "reverse_un_number",
    "reverse_handling",
    "reverse_warranty_months",
    "reverse_min_life_days",
    "reverse_trait_ids",
    "product_tag_ids",
    "product_variant_ids",
)


class ReverseHealth(models.AbstractModel):
    """Goods that are sold, and what is to be known of them when they come back."""

    _inherit = "reverse.health"

    @api.model
    def _get_checks(self):
        return super()._get_checks() | {
            "category": Check(
                "product",
                self.env._("No category"),
                self.env._("Rules that go by the category pass the product over."),
            ),
            "serial": Check(
                "product",
                self.env._("Not tracked by lot or serial number"),
                self.env._(
                    "A rule refuses returns without a serial number. The product has "
                    "none, so that nobody is asked for it."
                ),
            ),
            "weight": Check(
                "product",
                self.env._("No weight"),
                self.env._(
                    "A route prefers the cheapest freight, which goes by weight."
                ),
            ),
            "warranty": Check(
                "product",
                self.env._("No warranty"),
                self.env._(
                    "A rule about defects leaves the warranty to the product, which "
                    "has none: only the return window counts."
                ),
            ),
        }

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    @api.model
    def _get_goods(self, known):
        """Give the goods that are sold, read once for all checks."""
        if "goods" not in known.cache:
            goods = self.env["product.template"].search(
                [("type", "=", "consu"), ("sale_ok", "=", True)]
            )
            # What is archived still counts on the goods that have it.
            goods = goods.with_context(active_test=False)
            goods.fetch(_FIELDS)
            goods.product_variant_ids.fetch(["additional_product_tag_ids", "weight"])
            known.cache["goods"] = goods
        return known.cache["goods"]

    @api.model
    def _get_product_values(self, known):
        """Give what rules can ask of goods: ``{template: {dimension: ids}}``."""
        if "product_values" not in known.cache:
            derived = self.env["reverse.trait"]._get_derived()
            known.cache["product_values"] = {
                template: self._get_values_of(template, derived)
                for template in self._get_goods(known)
            }
        return known.cache["product_values"]

    @api.model
    def _get_values_of(self, template, derived):
        variants = template.product_variant_ids
        tags = template.product_tag_ids | variants.additional_product_tag_ids
        traits = set(template.reverse_trait_ids.ids)
        if template.tracking in derived:
            traits.update(derived[template.tracking].ids)
        return {
            "product": set(variants.ids),
            "product_tag": set(tags.ids),
            "trait": traits,
            "category": set(_path(template.categ_id)),
        }

    @api.model
    def _get_concerned(self, known, demands, without=()):
        """Give goods with the demands that are about them, if any are.

        :param without: dimensions that are not asked
        """
        if not demands:
            return
        for template, values in self._get_product_values(known).items():
            asked = {name: ids for name, ids in values.items() if name not in without}
            concerning = [demand for demand in demands if demand.concerns(asked)]
            if concerning:
                yield template, concerning

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------
    @api.model
    def _check_category(self, known, findings):
        demands = known.restricting("category")
        for template, own in self._get_concerned(known, demands, {"category"}):
            lacks = not template.categ_id
            findings.look(
                "category", self._key(template), self._scope(template), own, lacks
            )

    @api.model
    def _check_serial(self, known, findings):
        rules = known.rules["reverse.policy.rule"].filtered("proof_serial")
        for template, own in self._get_concerned(known, known.of(rules)):
            lacks = template.tracking == "none"
            findings.look(
                "serial", self._key(template), self._scope(template), own, lacks
            )

    @api.model
    def _check_weight(self, known, findings):
        weighed = self.env["reverse.freight.rate"].search_count(
            [("weight_amount", ">", 0)], limit=1
        )
        rules = known.rules["reverse.route.rule"].filtered("cheapest")
        for template, own in self._get_concerned(
            known, known.of(rules if weighed else ())
        ):
            # Of several variants each has a weight of its own.
            lacks = not all(template.product_variant_ids.mapped("weight"))
            findings.look(
                "weight", self._key(template), self._scope(template), own, lacks
            )

    @api.model
    def _check_warranty(self, known, findings):
        rules = known.rules["reverse.policy.rule"].filtered(
            lambda rule: (
                not rule.warranty_months
                and rule.reason_ids
                and all(r.liability in LIABLE for r in rule.reason_ids)
            )
        )
        for template, own in self._get_concerned(known, known.of(rules)):
            lacks = not template.reverse_warranty_months
            findings.look(
                "warranty", self._key(template), self._scope(template), own, lacks
            )
