"""Stories of a distributor, told to the end: goods, value, ledger and order."""

from odoo import Command
from odoo.tests import tagged

from ..scenario_common import ScenarioCommon


@tagged("post_install", "-at_install")
class TestValves(ScenarioCommon):
    """25 valves bought on three orders, at three prices, on four invoices."""

    def _sell_valves(self, cost_method):
        """Give the product, its order lines and invoices.

        ====== ======== ============================= ========
        order  quantity price                         invoices
        ====== ======== ============================= ========
        first  6 + 4    20.00                         120, 80
        second 10       22.50 less 5 %                213.75
        third  5        19.00 with 20 % tax included  79.17
        ====== ======== ============================= ========
        """
        valve = self._goods(cost_method, standard_price=9.0)
        self._buy(valve, 20, 8.0)
        self._buy(valve, 20, 10.0)
        taxed = {"tax_ids": [Command.set(self.tax.ids)]}
        first = self._new_order((valve, 10, {"price_unit": 20.0, **taxed}))
        invoices = self.env["account.move"]
        for quantity in (6, 4):
            self._deliver(first, quantity)
            invoices |= self._invoice(first)
        lines = first.order_line
        included = {"tax_ids": [Command.set(self.included.ids)]}
        for quantity, values in (
            (10, {"price_unit": 22.5, "discount": 5.0, **taxed}),
            (5, {"price_unit": 19.0, **included}),
        ):
            order = self._new_order((valve, quantity, values))
            self._deliver(order)
            invoices |= self._invoice(order)
            lines |= order.order_line
        return valve, lines, invoices

    # Value of the valves at which the four deliveries left.
    COSTS = {
        "average": [54.0, 36.0, 90.0, 45.0],
        "fifo": [48.0, 32.0, 80.0, 50.0],
        "standard": [54.0, 36.0, 90.0, 45.0],
    }

    def _assert_sold(self, valve, lines, costs):
        left = sum(costs)
        self.assertBooks(
            {valve: {"shelf": 15, "value": 360 - left}},
            dict(zip(lines, [(10, 10, 0), (10, 10, 0), (5, 5, 0)], strict=True)),
            {
                "stock": -left,
                "cost": left,
                "income": -492.92,
                "tax": -98.58,
                "receivable": 591.50,
            },
        )

    def test_all_of_them_come_back(self):
        for method, costs in self.COSTS.items():
            with self.subTest(method):
                self._open_books()
                valve, lines, invoices = self._sell_valves(method)
                self._assert_sold(valve, lines, costs)
                rma = self._requested(valve, 25)
                self.assertEqual(rma.line_ids.mapped("quantity"), [5, 10, 4, 6])
                self._receive(rma)
                self.assertBooks(
                    {valve: {"shelf": 15, "inspection": 25, "value": 360}},
                    dict(zip(lines, [(0, 10, 0), (0, 10, 0), (0, 5, 0)], strict=True)),
                )
                self._inspect(rma.inspection_ids)
                self.assertMoveValues(rma, costs[::-1])
                notes = rma.credit_note_ids
                self.assertEqual(
                    {n.reversed_entry_id: n.amount_untaxed for n in notes},
                    dict(zip(invoices, [120, 80, 213.75, 79.17], strict=True)),
                )
                self.assertEqual(set(invoices.mapped("payment_state")), {"reversed"})
                self.assertBooks(
                    {valve: {"shelf": 40, "value": 360}},
                    dict.fromkeys(lines, (0, 0, 0)),
                    {},
                )
                self.assertFinished(rma, *((line, 0) for line in lines))

    # By allocation: units of each delivery, credits of the 18 (net, tax), of the rest,
    # and cost of the 18 by method.
    SOME = {
        "newest": {
            "taken": [5, 10, 3],
            "credits": {(79.17, 15.83), (213.75, 42.75), (60.0, 12.0)},
            "lines": [(7, 7, 0), (0, 0, 0), (0, 0, 0)],
            "rest": {(60.0, 12.0), (80.0, 16.0)},
        },
        "oldest": {
            "taken": [6, 4, 8],
            "credits": {(120.0, 24.0), (80.0, 16.0), (171.0, 34.2)},
            "lines": [(0, 0, 0), (2, 2, 0), (5, 5, 0)],
            "rest": {(42.75, 8.55), (79.17, 15.83)},
        },
        "lowest_price": {
            "taken": [5, 4, 6, 3],
            "credits": {(79.17, 15.83), (80.0, 16.0), (120.0, 24.0), (64.13, 12.83)},
            "lines": [(0, 0, 0), (7, 7, 0), (0, 0, 0)],
            "rest": {(149.62, 29.92)},
        },
    }

    def test_some_of_them_by_each_order_of_taking(self):
        for rule, expected in self.SOME.items():
            with self.subTest(rule):
                self._open_books()
                self._set_policy(allocation=rule)
                valve, lines, _invoices = self._sell_valves("average")
                rma = self._return(valve, 18)
                self.assertEqual(rma.line_ids.mapped("quantity"), expected["taken"])
                self.assertEqual(self._credits(rma), expected["credits"])
                net, tax = (
                    sum(part) for part in zip(*expected["credits"], strict=True)
                )
                self.assertBooks(
                    {valve: {"shelf": 33, "value": 297}},
                    dict(zip(lines, expected["lines"], strict=True)),
                    {
                        "stock": -63,
                        "cost": 63,
                        "income": net - 492.92,
                        "tax": tax - 98.58,
                        "receivable": 591.50 - net - tax,
                    },
                )
                self.assertReconciled(valve, 360)
                left = [n for n, _invoiced, _open in expected["lines"]]
                self.assertFinished(rma, *zip(lines, left, strict=True))
                rest = self._return(valve, 7)
                self.assertEqual(self._credits(rest), expected["rest"])
                self.assertBooks(
                    {valve: {"shelf": 40, "value": 360}},
                    dict.fromkeys(lines, (0, 0, 0)),
                    {},
                )
                self.assertFinished(rma | rest, *((line, 0) for line in lines))

    def _credits(self, rma):
        notes = rma.credit_note_ids
        self.assertEqual(len(notes), len(notes.reversed_entry_id))
        return {
            (round(note.amount_untaxed, 2), round(note.amount_tax, 2)) for note in notes
        }
