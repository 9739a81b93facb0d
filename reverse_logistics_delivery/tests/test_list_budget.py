from odoo import Command
from odoo.tests import tagged

from odoo.addons.reverse_logistics.tests.list_budget_common import (
    RECORDS,
    ListBudgetCase,
)


@tagged("post_install", "-at_install")
class TestLabelBudget(ListBudgetCase):
    """The list of labels costs little more than Odoo's list of sales orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        line = cls._sell(RECORDS)
        returns = cls.env["reverse.rma"].with_user(cls.users["service"])
        rmas = returns.create(
            [
                {
                    "partner_id": cls.customer.id,
                    "line_ids": [Command.create({"sale_line_id": line.id})],
                }
                for _number in range(RECORDS // 2)
            ]
        )
        rmas.action_request()
        cls.env["reverse.label"]._guarded_create(
            [{"rma_id": rma.id, "picking_id": rma.picking_ids.id} for rma in rmas]
        )
        cls.action = cls.env.ref("reverse_logistics_delivery.reverse_label_action")

    def test_queries_and_time_of_labels(self):
        for role in ("service", "administrator"):
            self.assertEqual(self._assert_queries(self.action, role), RECORDS // 2)
        self._analyze()
        self.assertGreater(self._assert_time(self.action), 0.0)

    def test_costs_do_not_grow_with_the_list(self):
        few, some = self._count(self.action, "administrator", limit=10)
        many, all_of_them = self._count(self.action, "administrator")
        self.assertEqual((some, all_of_them), (10, RECORDS // 2))
        self.assertLessEqual(many, few + 6)
