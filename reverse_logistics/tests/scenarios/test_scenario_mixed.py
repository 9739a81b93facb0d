"""Fees of goods invoiced by the month, and several kinds of return in one."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..deposits_common import DepositsCommon
from ..desk_common import DeskCommon
from ..scenario_common import NOTHING, ScenarioCommon
from ..sources_common import SourcesCommon


@tagged("post_install", "-at_install")
class TestMonthlyInvoice(ScenarioCommon):
    """Two deliveries of a month; returns with a fee before and after its invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee_tax = cls._booked_tax(19)
        cls.goods_tax = cls._booked_tax(7)
        cls.company.reverse_fee_product_id = cls.env["product.product"].create(
            {
                "name": "Handling",
                "type": "service",
                "invoice_policy": "order",
                "property_account_income_id": cls.accounts["fees"].id,
                "taxes_id": cls.fee_tax.ids,
            }
        )

    def _with_fee(self, source, quantity, fee):
        """Return a part of a delivery or order line, for a fee."""
        rma = self._draft(source, quantity)
        rma.line_ids.fee = fee
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        return rma.sudo()

    def _deliver_twice(self, cost_method, policy):
        product = self._goods(cost_method, "Filter", invoice_policy=policy)
        self._buy(product, 10, 20.0)
        self._buy(product, 30, 40.0)
        taxes = {"tax_ids": [Command.set(self.goods_tax.ids)]}
        order = self._new_order((product, 20, {"price_unit": 50.0, **taxes}))
        moves = self._deliver(order, 10), self._deliver(order)
        return product, order, moves

    # By cost method: value of the first and the second delivery.
    COSTS = {"average": (350, 350), "fifo": (200, 400), "standard": (400, 400)}

    def test_returned_before_and_after_the_invoice(self):
        for cost_method, policy in (
            ("average", "delivery"),
            ("average", "order"),
            ("fifo", "delivery"),
            ("fifo", "order"),
            ("standard", "order"),
        ):
            with self.subTest(cost_method=cost_method, policy=policy):
                line = self._month(cost_method, policy)
                self.assertEqual((line.qty_invoiced, line.qty_to_invoice), (13, 0))

    def _month(self, cost_method, policy):
        product, order, (first, second) = self._deliver_twice(cost_method, policy)
        self._open_books()
        line = order.order_line
        costs = self.COSTS[cost_method]
        self.assertAlmostEqual(first.value, costs[0])
        self.assertAlmostEqual(second.value, costs[1])
        left = product.total_value
        # 4 of the first delivery come back; nothing is invoiced yet
        before = self._with_fee(first, 4, 30)
        self.assertEqual(before.line_ids.move_id, first)
        self.assertMoveValues(before, [costs[0] * 0.4])
        self.assertFalse(before.credit_note_ids)
        charged = order.order_line - line
        self.assertBooks(
            {product: {"shelf": 24, "value": left + costs[0] * 0.4}},
            {line: (16, 0, 16), charged: (0, 0, 1)},
            {},
        )
        self.assertEqual((before.state, before.stage), ("done", "settled"))
        invoice = self._invoice(order)
        self.assertEqual(
            (round(invoice.amount_untaxed, 2), round(invoice.amount_tax, 2)),
            (830.0, 61.70),  # 16 × 50 + 30; 7 % of 800, 19 % of 30
        )
        cost = self._cogs(invoice)
        self.assertAlmostEqual(cost, costs[0] * 0.6 + costs[1])
        books = {
            "stock": -cost,
            "cost": cost,
            "income": -800,
            "fees": -30,
            "tax": -61.70,
            "receivable": 891.70,
        }
        self.assertBooks({}, {line: (16, 16, 0), charged: (0, 1, 0)}, books)
        self.assertReconciled(product, left + sum(costs))
        self._return_after(product, line, charged, second, books)
        self.assertReconciled(product, left + sum(costs))
        self.assertFinished(before | line.reverse_line_ids.rma_id, (line, 13))
        return line

    def _return_after(self, product, line, charged, second, books):
        """3 of the second delivery: 150 less 12, taxes 7 % of 150 and 19 % of 12."""
        cost = books["cost"]
        after = self._with_fee(second, 3, 12)
        self.assertCredits(after.credit_note_ids, (138.0, 8.22))
        self.assertMoveValues(after, [second.value * 0.3])
        credited = -self._cogs(after.credit_note_ids)
        self.assertAlmostEqual(credited, second.value * 0.3)
        left = product.total_value
        self.assertBooks(
            {product: {"shelf": 27, "value": left}},
            {line: (13, 13, 0), charged: (0, 1, 0)},
            {
                "stock": credited - cost,
                "cost": cost - credited,
                "income": -650,
                "fees": -42,
                "tax": -53.48,
                "receivable": 745.48,
            },
        )


@tagged("post_install", "-at_install")
class TestOldAndNew(ScenarioCommon, SourcesCommon):
    """Goods of a sale from before Odoo and of a delivery, in one return."""

    def test_credited_each_as_it_was_sold(self):
        taxes = {"tax_ids": [Command.set(self.tax.ids)]}
        product = self._goods("average", "Toaster")
        self._buy(product, 10, 40.0)
        self._open_books()
        old = self._historic(4, product_id=product.id, discount=10.0, **taxes)
        sold = self._sell(3, product=product, **taxes)
        rma = self._draft_of(old, 2)
        rma.line_ids = [Command.create({"sale_line_id": sold.id, "quantity": 1})]
        rma.action_request()
        self.assertEqual(
            rma.line_ids.mapped("decision_code"), ["in_window", "in_window"]
        )
        self._receive(rma)
        # 7 left of 10 at 40, two come in at 30 and one at 40
        self.assertBooks(
            {product: {"shelf": 7, "inspection": 3, "value": 380}}, {sold: (2, 3, 0)}
        )
        self.assertMoveValues(rma, [60.0, 40.0])
        self._inspect(rma.inspection_ids)
        by_invoice = {
            note.reversed_entry_id: (note.amount_untaxed, note.amount_tax)
            for note in rma.credit_note_ids
        }
        self.assertEqual(
            by_invoice,
            {
                self.env["account.move"]: (90.0, 18.0),
                sold.order_id.invoice_ids - rma.credit_note_ids: (100.0, 20.0),
            },
        )
        note = rma.credit_note_ids.filtered(lambda n: not n.reversed_entry_id)
        self.assertIn("OLD-1", note.ref)
        self.assertBooks(
            {product: {"shelf": 10, "value": 380}},
            {sold: (2, 2, 0)},
            {
                "stock": -20,  # 120 sold, 40 and 60 back
                "cost": 20,
                "income": -110,
                "tax": -22,
                "receivable": 132,
            },
        )
        self.assertReconciled(product, 400)
        self.assertEqual(old.qty_returnable, 2)
        self.assertFinished(rma, (sold, 2))
        with self.assertRaisesRegex(
            UserError, "OLD-1 sold 4 units of Toaster; with this return 5 units"
        ):
            self._requested_of(old, 3)


@tagged("post_install", "-at_install")
class TestCounterSerial(ScenarioCommon, DeskCommon):
    """A serial number handed over at the counter: one button to the credit note."""

    def test_scanned_and_credited(self):
        for cost_method in ("average", "fifo", "standard"):
            with self.subTest(cost_method):
                drill = self._goods(cost_method, "Drill", tracking="serial")
                lots = self._create_lots(
                    drill, f"D-{cost_method}-1", f"D-{cost_method}-2"
                )
                for lot in lots:
                    self._buy(drill, 1, 40.0, lot)
                self._open_books()
                rma = self._hand_over(drill, lots)
                self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))

    def _hand_over(self, drill, lots):
        order = self._new_order(
            (drill, 2, {"price_unit": 80.0, "tax_ids": [Command.set(self.tax.ids)]})
        )
        self._validate(order.picking_ids)
        self._invoice(order)
        sold = order.order_line
        form = self._wizard(self.clerk, lots[1].name, mode="counter")
        form.condition_id = self.conditions["A"]
        wizard = form.save()
        wizard.action_counter()
        rma = wizard.rma_id.sudo()
        self.assertEqual(rma.line_ids.lot_id, lots[1])
        self.assertCredits(rma.credit_note_ids, (80.0, 16.0))
        self.assertMoveValues(rma, [40.0])
        self.assertBooks(
            {drill: {"shelf": 1, "value": 40}},
            {sold: (1, 1, 0)},
            {"stock": -40, "cost": 40, "income": -80, "tax": -16, "receivable": 96},
        )
        self.assertReconciled(drill, 80)
        self.assertFinished(
            rma,
            (sold, 1),
            (sold, 0, {"lot_id": lots[1].id}),
            (sold, 1, {"lot_id": lots[0].id}),
        )
        return rma


@tagged("post_install", "-at_install")
class TestDepositBeside(ScenarioCommon, DepositsCommon):
    """Alternators sold with a core charge: goods and old parts in one return."""

    def test_goods_and_cores_in_one_return(self):
        product = self._goods("average", "Alternator")
        self._buy(product, 10, 40.0)
        self._open_books()
        taxes = {"tax_ids": [Command.set(self.tax.ids)]}
        order = self._new_order(
            (product, 3, {"price_unit": 100.0, **taxes}),
            (self.charge, 3, {"price_unit": 50.0, **taxes}),
        )
        self._deliver(order)
        invoice = self._invoice(order)
        sold, charged = order.order_line
        rma = self._draft_core(2)
        rma.line_ids = [Command.create({"sale_line_id": sold.id, "quantity": 1})]
        rma.action_request()
        parts = self._receive(rma)
        self.assertBooks(
            {
                product: {"shelf": 7, "inspection": 1, "value": 320},
                self.core: {"inspection": 2, "value": 16},
            },
            {sold: (2, 3, 0)},
        )
        self._inspect(parts)
        notes = rma.credit_note_ids
        self.assertEqual(notes.reversed_entry_id, invoice)
        self.assertAlmostEqual(sum(notes.mapped("amount_untaxed")), 200)
        self.assertAlmostEqual(sum(notes.mapped("amount_tax")), 40)
        self.assertBooks(
            {
                product: {"shelf": 8, "value": 320},
                self.core: {"shelf": 2, "value": 16},
            },
            {sold: (2, 2, 0)},
            {
                # the cores are worth 16, which the ledger learns at its closing
                "stock": -80,
                "cost": 80,
                "income": -250,
                "tax": -50,
                "receivable": 300,
            },
        )
        self.assertReconciled(product, 400)
        self.assertEqual(self._left(), [1])
        self.assertEqual((charged.qty_invoiced, charged.qty_to_invoice), (3, 0))
        self.assertFinished(rma, (sold, 2))
        with self.assertRaisesRegex(UserError, "entitled to 1 unit of Alternator"):
            self._requested_core(2)
        with self.assertRaisesRegex(UserError, NOTHING):
            order._create_invoices(final=True)
