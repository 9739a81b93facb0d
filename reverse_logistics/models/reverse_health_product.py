from odoo import api, models

from .reverse_health import Check
from .reverse_rule_facts import _path

DANGEROUS = frozenset({"HAZARDOUS"})
DELICATE = frozenset({"HAZARDOUS", "TEMPERATURE", "REGULATED"})
VENDOR_RETURNABLE = frozenset({"VENDOR_RETURNABLE"})
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
            "un_number": Check(
                "product",
                self.env._("Dangerous, without a UN number"),
                self.env._(
                    "Without it nobody may send the goods back or carry them, and no "
                    "hazard declaration can be checked."
                ),
            ),
            "handling": Check(
                "product",
                self.env._("No handling on return"),
                self.env._(
                    "The goods are hazardous, temperature-controlled or regulated: "
                    "customers and receivers are not told what to heed."
                ),
            ),
            "serial": Check(
                "product",
                self.env._("Not tracked by lot or serial number"),
                self.env._(
                    "A rule refuses returns without a serial number, and the product "
                    "has none: it cannot be returned at all."
                ),
            ),
            "life": Check(
                "product",
                self.env._("Minimum life, but not tracked"),
                self.env._(
                    "How long goods can still be used is known of lots only: the "
                    "minimum remaining life is never checked."
                ),
            ),
            "supplier": Check(
                "product",
                self.env._("Goes back to a supplier, and has none"),
                self.env._("Nobody knows whom to send the goods back to."),
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
            goods.product_variant_ids.fetch(["additional_product_tag_ids"])
            known.cache["goods"] = goods
        return known.cache["goods"]

    @api.model
    def _get_product_values(self, known):
        """Give what rules can ask of goods: ``{template: {dimension: ids}}``."""
        if "product_values" not in known.cache:
            derived = self.env["reverse.rma.line"]._get_derived_traits()
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

    @api.model
    def _look_at_traits(self, known, findings, code, traits, lacks):
        """Look at the goods that have any of these traits, whatever rules say.

        :param traits: codes
        :param lacks: function that says whether a template lacks it
        """
        for template in self._get_goods(known):
            if not traits.isdisjoint(template.reverse_trait_ids.mapped("code")):
                findings.look(
                    code,
                    self._key(template),
                    self._scope(template),
                    None,
                    lacks(template),
                )

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
    def _check_un_number(self, known, findings):
        self._look_at_traits(
            known,
            findings,
            "un_number",
            DANGEROUS,
            lambda template: not template.reverse_un_number,
        )

    @api.model
    def _check_handling(self, known, findings):
        self._look_at_traits(
            known,
            findings,
            "handling",
            DELICATE,
            lambda template: not template.reverse_handling,
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
    def _check_life(self, known, findings):
        for template in self._get_goods(known).filtered("reverse_min_life_days"):
            lacks = template.tracking == "none"
            findings.look(
                "life", self._key(template), self._scope(template), None, lacks
            )

    @api.model
    def _check_supplier(self, known, findings):
        suppliers = self._get_suppliers(known)
        self._look_at_traits(
            known,
            findings,
            "supplier",
            VENDOR_RETURNABLE,
            lambda template: template not in suppliers,
        )

    @api.model
    def _get_suppliers(self, known):
        """Give the suppliers of goods that they take back: ``{template: partners}``."""
        if "suppliers" not in known.cache:
            goods = self._get_goods(known).filtered(
                lambda t: (
                    not VENDOR_RETURNABLE.isdisjoint(t.reverse_trait_ids.mapped("code"))
                )
            )
            infos = self.env["product.supplierinfo"].search_fetch(
                [("product_tmpl_id", "in", goods.ids)],
                ["product_tmpl_id", "partner_id"],
            )
            known.cache["suppliers"] = {
                template: own.partner_id
                for template, own in infos.grouped("product_tmpl_id").items()
            }
        return known.cache["suppliers"]
