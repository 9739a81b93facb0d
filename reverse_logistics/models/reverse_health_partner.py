from odoo import api, models
from odoo.fields import Domain

from .reverse_health import Check

_FIELDS = ("company_id", "country_id", "street", "city", "category_id")


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
            "supplier_address": Check(
                "supplier",
                self.env._("No address"),
                self.env._("Goods that go back to the supplier cannot be sent."),
            ),
        }

    @api.model
    def _check_country(self, known, findings):
        demands = known.restricting("country")
        if not demands:
            return
        for partner in self._get_customers():
            values = {
                "partner": set(partner.ids),
                "partner_tag": set(partner.category_id.ids),
            }
            own = [demand for demand in demands if demand.concerns(values)]
            lacks = not partner.country_id
            findings.look(
                "country", self._key(partner), self._scope(partner), own, lacks
            )

    @api.model
    def _get_customers(self):
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
