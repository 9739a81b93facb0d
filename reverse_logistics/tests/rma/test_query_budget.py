"""What the steps of a return may cost in queries, flush and events included.

The bounds leave some room for other addons; `setup/bench` compares with Odoo itself.
"""

from odoo.tests import tagged

from ..common import ReturnsCommon

# For 20 lines, and for each further line of a request.
LIMITS = {"request": 340, "receive": 500, "complete": 690}
PER_LINE = 12


@tagged("post_install", "-at_install")
class TestQueryBudget(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As people work: with chatter and tracking.
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.products = cls.env["product.product"].concat(
            *(cls._create_product(f"Part {number}") for number in range(20))
        )
        cls.products.categ_id = cls.perpetual
        for product in cls.products:
            cls._stock(product, 100)

    @classmethod
    def _sell_all(cls, *products):
        """Order, deliver and invoice two of each; give the order."""
        order = cls._new_order(*((product, 2) for product in products))
        cls._deliver(order)
        cls._invoice(order)
        return order

    def _enter(self, orders):
        quantities = {line: line.product_uom_qty for line in orders.order_line}
        return self._as("service", orders)._create_rmas(quantities)

    def _count(self, method, *args):
        """Queries of a call that starts with nothing in the cache."""
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        method(*args)
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def _walk(self, rmas):
        """Take drafts to the posted credit note; give the queries of each step."""
        inspector = self._as("inspector", rmas)
        return {
            "request": self._count(self._as("service", rmas).action_request),
            "receive": self._count(self._as("receiver", rmas).action_receive),
            "complete": self._count(lambda: self._inspect(inspector.inspection_ids)),
        }

    def _assert_settled(self, rmas):
        self.assertEqual(set(rmas.mapped("stage")), {"settled"})
        self.assertEqual(set(rmas.credit_note_ids.mapped("state")), {"posted"})

    def test_twenty_lines_stay_within_their_budget(self):
        self._walk(self._enter(self._sell_all(self.product)))  # fill Odoo's own caches
        rma = self._enter(self._sell_all(*self.products))
        costs = self._walk(rma)
        self._assert_settled(rma)
        self.assertEqual(len(rma.credit_note_ids.invoice_line_ids), 20)
        for step, limit in LIMITS.items():
            self.assertLessEqual(costs[step], limit, step)

    def test_request_asks_once_for_all_lines(self):
        self._walk(self._enter(self._sell_all(self.product)))
        few = self._enter(self._sell_all(*self.products[:5]))
        many = self._enter(self._sell_all(*self.products))
        few_costs, many_costs = self._walk(few), self._walk(many)
        self._assert_settled(few | many)
        per_line = (many_costs["request"] - few_costs["request"]) / 15
        self.assertLessEqual(per_line, PER_LINE)

    def test_earlier_returns_cost_nothing(self):
        self._walk(self._enter(self._sell_all(self.product)))
        first = self._enter(self._sell_all(self.product))
        before = self._walk(first)
        for _number in range(3):
            self._walk(self._enter(self._sell_all(self.product)))
        last = self._enter(self._sell_all(self.product))
        after = self._walk(last)
        self._assert_settled(first | last)
        # A query per earlier return would add three; one more or less is a cold cache.
        for step, cost in before.items():
            self.assertLess(after[step], cost + 3, step)

    def test_returns_together_share_their_queries(self):
        self._walk(self._enter(self._sell_all(self.product)))
        alone = self._enter(self._sell_all(self.product))
        orders = self.env["sale.order"].concat(
            *(self._sell_all(self.product) for _number in range(5))
        )
        one = sum(self._walk(alone).values())
        together = self._enter(orders)
        five = sum(self._walk(together).values())
        self._assert_settled(alone | together)
        self.assertEqual(len(together), 5)
        self.assertLess(five, one * 2.5)
