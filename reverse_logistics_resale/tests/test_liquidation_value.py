"""What selling returned goods in a lot does to stock and books, however valued."""

from odoo.tests import tagged

from odoo.addons.reverse_logistics.tests.valuation_common import (
    VALUES,
    ValuationCommon,
)


@tagged("post_install", "-at_install")
class TestLiquidationValue(ValuationCommon):
    """Two pieces of each of eight products are sold together."""

    def _books(self):
        return self._balance(self.stock_account), self._balance(self.expense_account)

    def _in_books(self, stock, expense):
        """What was booked on stock and on cost of goods since."""
        now = self._books()
        return round(now[0] - stock, 2), round(now[1] - expense, 2)

    def test_values_and_entries(self):
        rma = self._back(2)
        parts = rma.inspection_ids
        before, books = self._worth(), self._books()
        closing = self._close(self.stock_account)
        # what waits for a buyer is worth what it was, also when it is inspected anew
        self._inspect(parts, "D", "LIQUIDATE")
        self._call(self._as("inspector", parts), "action_correct")
        again = rma.inspection_ids - parts
        self.assertEqual(self._lost(before), self._pieces(0))
        self.assertEqual(self._in_books(*books), (0, 0))
        self._inspect(again, "D", "LIQUIDATE")
        lot = self._as("service", self.env["reverse.liquidation"]).create(
            {"partner_id": self.stranger.id, "price": 200.0}
        )
        self._call(lot, "action_take_waiting")
        costs = {line.product_id: line.cost for line in lot.line_ids}
        expected = self._pieces(2)
        self.assertEqual(
            costs, {self.products[key]: cost for key, cost in expected.items()}
        )
        self._call(lot, "action_confirm")
        order = lot.order_id.with_env(self.env)
        self._validate(order.picking_ids)
        self.assertEqual(self._lost(before), expected)
        self.assertEqual(self._in_books(*books), (0, 0))
        # the invoice books the cost of what is in the books at once, closing the rest
        invoice = self._invoice(order)
        at_once = 2 * sum(VALUES.values())
        self.assertEqual(invoice.amount_untaxed, 200.0)
        self.assertEqual(self._in_books(*books), (-at_once, at_once))
        self.assertEqual(self._close(self.stock_account), closing - at_once)
        self.assertEqual(rma._check_quantities(), {})
        self._check_taken_back(order, before, expected)

    def _check_taken_back(self, order, before, sold):
        """The buyer sends one of each back: it is worth what it was sold at."""
        books = self._books()
        rma = self._as("service", order)._create_rmas(
            dict.fromkeys(order.order_line, 1)
        )
        self._call(self._as("service", rma), "action_request")
        self._receive(rma)
        self.assertEqual(
            self._lost(before), {key: cost / 2 for key, cost in sold.items()}
        )
        self._inspect(rma.inspection_ids, "A", "RESTOCK")
        self.assertTrue(rma.credit_note_ids)
        self.assertEqual(
            self._in_books(*books), (sum(VALUES.values()), -sum(VALUES.values()))
        )
        # what was sold in the lot stays sold, whoever gets it now
        (lot,) = order.order_line.reverse_liquidation_line_id.liquidation_id
        self.assertEqual(set(lot.line_ids.inspection_id.mapped("goods_gone")), {True})
        self.assertEqual(rma._check_quantities(), {})
