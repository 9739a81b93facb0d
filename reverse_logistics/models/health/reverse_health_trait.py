from odoo import api, models

from .reverse_health import Check

DANGEROUS = frozenset({"HAZARDOUS"})
DELICATE = frozenset({"HAZARDOUS", "TEMPERATURE", "REGULATED"})
VENDOR_RETURNABLE = frozenset({"VENDOR_RETURNABLE"})


class ReverseHealth(models.AbstractModel):
    """What goods need because of what they are, whatever rules say."""

    _inherit = "reverse.health"

    @api.model
    def _get_checks(self):
        return super()._get_checks() | {
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
