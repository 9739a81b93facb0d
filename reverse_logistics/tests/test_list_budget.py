"""Every list of ours opens in at most one and a half times the queries of Odoo's own
list of sales orders, over the same number of records."""

from odoo import Command
from odoo.tests import tagged

from .views_common import ViewsCase

RECORDS = 80
FACTOR = 1.5
#: actions whose lists grow with the work
LISTS = (
    "reverse_rma_action",
    "reverse_rma_line_action",
    "reverse_receipt_action",
    "reverse_inspection_action",
    "reverse_settlement_action",
    "reverse_exception_action",
    "reverse_event_action",
    "reverse_policy_action",
    "reverse_reason_action",
    "reverse_condition_action",
    "reverse_disposition_action",
    "reverse_channel_action",
    "reverse_facility_action",
)


@tagged("post_install", "-at_install")
class TestListBudget(ViewsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(RECORDS)]
        )
        cls.orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": cls.product.id})],
                }
                for partner in cls.partners
            ]
        )
        line = cls._sell(RECORDS)
        unknown = cls._create_product("Never Sold")
        returns = cls.env["reverse.rma"].with_user(cls.users["service"])
        cls.rmas = returns.create(
            [
                {
                    "partner_id": cls.customer.id,
                    "line_ids": [Command.create({"sale_line_id": line.id})],
                }
                for _number in range(RECORDS // 2)
            ]
            + [
                {
                    "partner_id": partner.id,
                    "line_ids": [Command.create({"product_id": unknown.id})],
                }
                for partner in cls.partners[: RECORDS // 2]
            ]
        )

    @classmethod
    def _work_on(cls):
        """Documents of every kind: requests nobody finds a delivery for, too."""
        cls.rmas.action_request()
        due = cls.rmas.filtered(lambda rma: rma.state == "authorized")
        half = due[: len(due) // 2]
        half.with_user(cls.users["receiver"]).action_receive()
        parts = half.inspection_ids.with_user(cls.users["inspector"])
        parts.condition_id = cls.conditions["E"]
        parts[: len(parts) // 2].action_complete()
        cls.env.cr.flush()

    def _count(self, action, role, limit=RECORDS):
        """Queries and records of what the client reads to show the list of an action.

        Everything is cold but the arch, which the client keeps.
        """
        arch, model = self._arch(action, "list", role)
        specification = self._specification(model, arch)
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        before = self.env.cr.sql_log_count
        context = self._action_context(action)
        found = model.with_context(**context).web_search_read(
            [], specification, limit=limit
        )
        return self.env.cr.sql_log_count - before, len(found["records"])

    def _assert_budget(self, name, role="administrator"):
        action = self.env.ref(f"reverse_logistics.{name}")
        cost, number = self._count(action, role)
        sales = self.env.ref("sale.action_orders")
        theirs, orders = self._count(sales, role, limit=number or RECORDS)
        self.assertGreaterEqual(orders, number or 1)
        self.assertLessEqual(
            cost,
            theirs * FACTOR,
            f"{name}: {cost} queries for {number} records, sales orders take {theirs}",
        )
        return number

    def test_lists_of_drafts(self):
        for role in ("service", "receiver", "auditor"):
            action = self.env.ref("reverse_logistics.reverse_rma_action")
            cost, number = self._count(action, role)
            self.assertEqual(number, RECORDS)
            sales = self.env.ref("sale.action_orders")
            theirs, _orders = self._count(sales, "administrator")
            self.assertLessEqual(cost, theirs * FACTOR, role)

    def test_lists_of_documents(self):
        self._work_on()
        for name in LISTS:
            with self.subTest(list=name):
                self.assertGreater(self._assert_budget(name), 0, name)

    def test_costs_do_not_grow_with_the_list(self):
        self._work_on()
        for name in LISTS[:7]:
            action = self.env.ref(f"reverse_logistics.{name}")
            few, some = self._count(action, "administrator", limit=5)
            many, all_of_them = self._count(action, "administrator")
            with self.subTest(list=name, few=few, many=many):
                self.assertGreater(all_of_them, some)
                self.assertLessEqual(many, few + 6, name)
