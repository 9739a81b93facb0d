from odoo import api, models
from odoo.fields import Domain

from .reverse_health import Check

_FIELDS = ("company_id", "country_id", "zip", "street", "city", "category_id")


class ReverseHealth(models.AbstractModel):
    """Customers, and suppliers that take goods back."""

    _inherit = "reverse.health"

    @api.model
    def _get_checks(self):
        return super()._get_checks() | {
            "country": Check(
                "customer",
                self.env._("No country"),
                self.env._(
                    "Rules for a country, and the law of one, pass the customer over."
                ),
            ),
            "postal_code": Check(
                "customer",
                self.env._("No postal code"),
                self.env._(
                    "A rule asks for a region, and regions are told by postal codes: "
                    "it passes the customer over."
                ),
            ),
            "supplier_address": Check(
                "supplier",
                self.env._("No address"),
                self.env._("Goods that go back to the supplier cannot be sent."),
            ),
        }

    @api.model
    def _check_country(self, known, findings):
        self._look_at_customers(
            known,
            findings,
            "country",
            known.restricting("country"),
            lambda partner: not partner.country_id,
        )

    @api.model
    def _check_postal_code(self, known, findings):
        by_code = self.env["reverse.region"].search([("zip_prefixes", "!=", False)])
        demands = [
            demand
            for demand in known.restricting("region")
            if not demand.allowed["region"].isdisjoint(by_code.ids)
        ]
        self._look_at_customers(
            known, findings, "postal_code", demands, lambda partner: not partner.zip
        )

    @api.model
    def _look_at_customers(self, known, findings, code, demands, lacks):
        """Look at the customers that some rules may be about.

        :param lacks: function that says whether a customer lacks what they need
        """
        if not demands:
            return
        for partner in self._get_customers(known):
            values = {
                "partner": set(partner.ids),
                "partner_tag": set(partner.category_id.ids),
            }
            own = [demand for demand in demands if demand.concerns(values)]
            findings.look(
                code, self._key(partner), self._scope(partner), own, lacks(partner)
            )

    @api.model
    def _get_customers(self, known):
        """Give the customers, read once for all checks."""
        if "customers" not in known.cache:
            known.cache["customers"] = self._read_customers()
        return known.cache["customers"]

    @api.model
    def _read_customers(self):
        partners = self.env["res.partner"]
        bought = Domain("customer_rank", ">", 0)
        bought |= Domain("sale_order_ids.state", "=", "sale")
        customers = partners.search(bought).commercial_partner_id
        customers.fetch(_FIELDS)
        return customers

    @api.model
    def _check_supplier_address(self, known, findings):
        suppliers = self.env["res.partner"].union(*self._get_suppliers(known).values())
        suppliers.fetch(_FIELDS)
        for partner in suppliers:
            lacks = not (partner.street and partner.city and partner.country_id)
            findings.look(
                "supplier_address",
                self._key(partner),
                self._scope(partner),
                None,
                lacks,
            )
