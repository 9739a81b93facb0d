"""Master data that fees, routes and warranties need."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..routing_common import RoutingCase
from .test_health import HealthCase


@tagged("post_install", "-at_install")
class TestHealthFees(HealthCase):
    def _set_fee(self, **values):
        draft = self._get_version().copy()
        draft.fee_rule_ids = [
            Command.create({"name": "Restocking", "percent": 10, **values})
        ]
        draft.with_user(self.users["administrator"]).action_activate()
        return draft.fee_rule_ids

    def _own(self, rule, code):
        """The issue of the rule that is our company's."""
        self._check()
        return self._open(rule, code).filtered(lambda i: i.company_id == self.company)

    def test_fee_without_product(self):
        rule = self._set_fee()
        self.assertFalse(self._own(rule, "fee_product"))
        with patch.object(
            type(self.company),
            "_find_reverse_fee_product",
            return_value=self.env["product.product"],
        ):
            issue = self._own(rule, "fee_product")
        self.assertIn("Rules: Restocking (", issue.why)
        self._check()
        self.assertEqual(issue.state, "closed")

    def test_fee_without_account(self):
        income = self.company.income_account_id
        rule = self._set_fee()
        self.assertFalse(self._own(rule, "fee_account"))
        self.company.income_account_id = False
        self.assertTrue(self._own(rule, "fee_account"))
        self.company.income_account_id = income
        self.assertFalse(self._own(rule, "fee_account"))

    def test_fee_without_tax(self):
        self.company.account_sale_tax_id = False
        product = self._create_product(
            "Fee", type="service", is_storable=False, invoice_policy="order"
        )
        rule = self._set_fee(product_id=product.id)
        self.assertFalse(self._own(rule, "fee_tax"), "a company without taxes")
        tax = self._create_tax(20)
        self.company.account_sale_tax_id = tax
        self.assertTrue(self._own(rule, "fee_tax"))
        product.taxes_id = tax
        self.assertFalse(self._own(rule, "fee_tax"))

    def test_warranty_that_a_rule_leaves_to_the_product(self):
        defects = self.env["reverse.reason"].search([("liability", "=", "supplier")])
        self._set_policy(
            [
                {"name": "Everything"},
                {
                    "name": "Defects",
                    "reason_ids": [Command.set(defects.ids)],
                    "product_ids": [Command.set(self.product.ids)],
                },
            ]
        )
        template = self.product.product_tmpl_id
        self.assertMissing(
            template,
            "warranty",
            lambda: template.write({"reverse_warranty_months": 24}),
            "Rules: Defects (",
        )
        self.assertFalse(self._open(self.serial_product.product_tmpl_id, "warranty"))


@tagged("post_install", "-at_install")
class TestHealthFacilities(RoutingCase, HealthCase):
    def test_address(self):
        self._set_routes({"target_id": self.centre.id})
        self.assertMissing(
            self.centre,
            "facility_address",
            lambda: self.centre.write({"partner_id": self.maker.id}),
            "where to send",
        )
        self.assertFalse(self._open(self.depot))

    def test_what_a_route_asks_of_room_and_freight(self):
        self.company.resource_calendar_id = False
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set((self.supplier | self.keeps).ids)],
                "needs_room": True,
                "cheapest": True,
            }
        )
        self._check()
        self.assertEqual(
            set(self._open(self.centre).mapped("code")) - {"facility_address"},
            {"facility_hours", "facility_capacity", "facility_freight"},
        )
        self.assertFalse(self._open(self.supplier))
        self.assertFalse(self._open(self.keeps))
        self._open_daily(self.centre, 480)
        self._check()
        self.assertEqual(
            set(self._open(self.centre).mapped("code")) - {"facility_address"},
            {"facility_freight"},
        )

    def test_where_goods_go_instead(self):
        self.depot.fallback_id = self.supplier
        self.centre.fallback_id = self.depot
        self.maker.street = False
        self._set_routes({"target_id": self.centre.id})
        self._check()
        self.assertTrue(self._open(self.depot, "facility_address"))
        self.assertTrue(self._open(self.supplier, "facility_address"))
        self.assertFalse(self._open(self.keeps))

    def test_weight_that_freight_goes_by(self):
        template = self.product.product_tmpl_id
        rate = self.env["reverse.freight.rate"].create(
            {"facility_id": self.centre.id, "base_amount": 4}
        )
        self._set_routes({"target_id": self.centre.id, "cheapest": True})
        self._check()
        self.assertFalse(self._open(template, "weight"))
        rate.weight_amount = 2
        self.assertMissing(
            template, "weight", lambda: template.write({"weight": 1}), "by weight"
        )

    def test_where_a_route_leads_stays(self):
        rule = self._set_routes({"target_id": self.supplier.id})
        with self.assertRaisesRegex(
            UserError, "Maker of Kettles is a condition of the rule “Route 1"
        ):
            self.supplier.unlink()
        self.supplier.active = False
        self.assertMissing(
            rule,
            "archived",
            lambda: self.supplier.write({"active": True}),
            "cannot be chosen any more",
        )

    def test_routes_that_ask_for_nothing(self):
        self._set_routes({"target_id": self.depot.id, "needs_room": False})
        self._check()
        self.assertEqual(
            set(self._open(self.depot).mapped("code")) - {"facility_address"}, set()
        )
