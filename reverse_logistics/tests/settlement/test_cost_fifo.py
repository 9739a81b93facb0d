"""Cost of goods by first in, first out: what came back has not left."""

from odoo.tests import tagged

from ..scenario_common import ScenarioCommon


@tagged("post_install", "-at_install")
class TestFifoCost(ScenarioCommon):
    def _deliver_dear_and_cheap(self):
        """10 left at 20 each, 10 at 40 each; 10 are in stock at 50 each."""
        product = self._goods("fifo", "Filter")
        for quantity, cost in ((10, 20.0), (10, 40.0), (10, 50.0)):
            self._buy(product, quantity, cost)
        self._open_books()
        order = self._new_order((product, 20, {"price_unit": 100.0}))
        first = self._deliver(order, 10)
        second = self._deliver(order)
        return product, order, first, second

    def _assert_cost(self, product, invoice, cost):
        self.assertAlmostEqual(self._cogs(invoice), cost)
        self.assertReconciled(product, 1100)

    def test_without_returns_the_mean_of_what_left(self):
        product, order, _first, _second = self._deliver_dear_and_cheap()
        self._assert_cost(product, self._invoice(order), 600)

    def test_cheap_ones_come_back_before_the_invoice(self):
        product, order, first, _second = self._deliver_dear_and_cheap()
        rma = self._return(first, 4)
        self.assertFalse(rma.credit_note_ids)
        self._assert_cost(product, self._invoice(order), 6 * 20 + 400)

    def test_by_the_return_button_as_well(self):
        product, order, first, _second = self._deliver_dear_and_cheap()
        picking = self._return_button(first.picking_id, 4)
        self._validate(picking)
        self.assertEqual(picking.move_ids.value, 80)
        self._assert_cost(product, self._invoice(order), 6 * 20 + 400)

    def test_in_dozens(self):
        product = self._goods("fifo", "Bolt")
        self._buy(product, 12, 2.0)
        self._buy(product, 24, 5.0)
        self._open_books()
        order = self._new_order(
            (product, 2, {"price_unit": 100.0, "product_uom_id": self.dozen.id})
        )
        first = self._deliver(order, 12)
        self._deliver(order)
        self._return(first, 6)
        invoice = self._invoice(order)
        self.assertAlmostEqual(self._cogs(invoice), 6 * 2 + 12 * 5)
        self.assertReconciled(product, 144)

    def test_invoiced_in_two_parts_and_replaced(self):
        """The replacement was dearer: the next invoice bears the difference."""
        product, order, first, _second = self._deliver_dear_and_cheap()
        line = order.order_line
        self._assert_cost(product, self._invoice(order), 600)
        rma = self._return(first, 4, rma={"settlement_type": "replacement"})
        self._validate(rma.settlement_ids.replacement_move_ids.picking_id)
        self.assertLine(line, 20, 20, 0)
        line.product_uom_qty = 21
        self._deliver(order)
        later = self._invoice(order)
        # 20 left at first, 4 of them came back; what left since is what stock lacks
        out = sum(m.value for m in line.move_ids if m.is_out)
        self.assertAlmostEqual(self._cogs(later), out - 80 - 600)
        self.assertReconciled(product, 1100)

    def test_credited_then_sold_on(self):
        """Credit at what came back; the next invoice bears what left for it."""
        product, order, first, _second = self._deliver_dear_and_cheap()
        line = order.order_line
        self._invoice(order)
        rma = self._return(first, 4)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -4 * 20)
        self.assertReconciled(product, 1100)
        line.product_uom_qty = 25
        self._deliver(order)
        self._invoice(order)
        self.assertReconciled(product, 1100)
        self.assertEqual(line.qty_to_invoice, 0)

    def test_credit_reverses_the_cost_of_the_goods_that_came_back(self):
        """Three left at 10, 20 and 60, invoiced at 30 each; the second is back."""
        product = self._goods("fifo", "Lens")
        for cost in (10.0, 20.0, 60.0):
            self._buy(product, 1, cost)
        self._open_books()
        order = self._new_order((product, 3, {"price_unit": 100.0}))
        deliveries = [self._deliver(order, 1) for _ in range(3)]
        self.assertAlmostEqual(self._cogs(self._invoice(order)), 90)
        self._buy(product, 1, 100.0)
        rma = self._return(deliveries[1], 1)
        credit_note = rma.credit_note_ids
        self.assertAmounts(credit_note, 100)
        self.assertAlmostEqual(self._cogs(credit_note), -20)
        # in stock, too, beside the one that came in since
        receipt = rma.line_ids.move_ids.filtered(lambda m: m.is_in)
        self.assertAlmostEqual(receipt.value, 20)
        self.assertAlmostEqual(product.total_value, 120)

    def test_all_that_came_back_is_reversed_whichever_invoice_is_credited(self):
        product, order, _first, _second = self._deliver_dear_and_cheap()
        self._invoice(order)
        order.order_line.product_uom_qty = 25
        self._deliver(order)
        self._invoice(order)
        credit_notes = self._return(order.order_line, 8).credit_note_ids
        # The newest deliveries come back first: 5 at 50, then 3 at 40.
        self.assertAlmostEqual(self._cogs(credit_notes), -(5 * 50 + 3 * 40))
        self.assertReconciled(product, 1100)
