"""What the customer is charged for taking goods back."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestFees(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee_tax = cls._create_tax(19)
        cls.fee_product = cls.env["product.product"].create(
            {
                "name": "Handling",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": cls.fee_tax.ids,
            }
        )
        cls.company.reverse_fee_product_id = cls.fee_product

    def _with_fee(self, line, quantity, fee):
        """A requested return of which something is charged."""
        rma = self._as("service", line.order_id)._create_rmas(
            {self._as("service", line): quantity}
        )
        rma.line_ids.fee = fee
        rma.action_request()
        return rma.sudo()

    def _take_in(self, rma, condition="A"):
        self._as("receiver", rma).action_receive()
        self._inspect(rma.inspection_ids, condition)

    # ------------------------------------------------------------------
    # Withheld from the credit
    # ------------------------------------------------------------------
    def test_invoiced_goods_are_credited_less_the_fee_at_its_own_tax(self):
        line = self._sell(4, price=50.0)
        rma = self._with_fee(line, 2, 15)
        self._take_in(rma)
        credit_note = rma.credit_note_ids
        self.assertAmounts(credit_note, 85)
        fee = credit_note.invoice_line_ids.filtered(
            lambda aml: aml.product_id == self.fee_product
        )
        self.assertEqual((fee.quantity, fee.price_unit), (1, -15))
        self.assertEqual(fee.tax_ids, self.fee_tax)
        self.assertAlmostEqual(credit_note.amount_total, 100 - 15 * 1.19)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertEqual(rma.settlement_ids.amount_untaxed, 85)

    def test_a_fee_is_shared_out_to_the_cent_over_the_parts(self):
        line = self._sell(3, price=50.0)
        rma = self._with_fee(line, 3, 10)
        self._as("receiver", rma).action_receive()
        for _part in range(3):
            part = rma.inspection_ids.filtered(lambda p: p.state == "draft")[:1]
            if part.quantity > 1:
                self._as("inspector", part).quantity = 1
            self._inspect(part, "A")
        fees = rma.settlement_ids.line_ids.sorted("id").mapped("fee")
        self.assertEqual([round(fee, 2) for fee in fees], [3.33, 3.34, 3.33])
        self.assertAlmostEqual(sum(rma.credit_note_ids.mapped("amount_untaxed")), 140)

    def test_a_person_charges_while_the_credit_is_a_draft(self):
        line = self._sell(2, price=50.0)
        rma = self._receive_line(line, 1)
        self._inspect(rma.inspection_ids, "C")
        settlement = self._as("service", rma.settlement_ids)
        with self.assertRaisesRegex(UserError, "deduction is larger than the credit"):
            settlement.line_ids.fee = 50.01
        settlement.line_ids.fee = 12.5
        self.assertAmounts(self._settle(settlement.sudo()), 37.5)

    # ------------------------------------------------------------------
    # Goods delivered in a month, invoiced at its end
    # ------------------------------------------------------------------
    def test_monthly_invoiced_goods_partly_returned_with_a_fee(self):
        before = self.product.total_value
        order = self._new_order((self.product, 10, {"price_unit": 50.0}))
        self._deliver(order)
        line = order.order_line
        self.assertLine(line, 10, 0, 10, "to invoice")
        rma = self._with_fee(line, 4, 30)
        self._take_in(rma)
        # Nothing was invoiced: nothing is credited, less is to invoice, the fee is.
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(line, 6, 0, 6, "to invoice")
        fee_line = order.order_line - line
        self.assertEqual(fee_line.product_id, self.fee_product)
        self.assertLine(fee_line, 0, 0, 1, "to invoice")
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        invoice = self._invoice(order)
        self.assertAmounts(invoice, 6 * 50 + 30)
        self.assertAlmostEqual(invoice.amount_total, 300 + 30 * 1.19)
        self.assertLine(line, 6, 6, 0, "invoiced")
        self.assertEqual(self._cogs(invoice), 6 * 40)
        self.assertAlmostEqual(self.product.total_value, before - 6 * 40)
        self.assertEqual(
            self.product.with_context(warehouse_id=self.warehouse.id).qty_available,
            94,
        )

    def test_a_reversed_settlement_no_longer_charges_its_fee(self):
        order = self._new_order((self.product, 3, {"price_unit": 50.0}))
        self._deliver(order)
        rma = self._with_fee(order.order_line, 1, 5)
        self._take_in(rma)
        fee_line = order.order_line.filtered(
            lambda line: line.product_id == self.fee_product
        )
        self.assertEqual(fee_line.product_uom_qty, 1)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual(fee_line.product_uom_qty, 0)
        self.assertEqual(rma.settlement_ids.state, "reversed")

    @mute_logger("odoo.sql_db")
    def test_a_fee_is_never_negative(self):
        line = self._sell(1)
        with self.assertRaisesRegex(IntegrityError, "fee_not_negative"):
            self._with_fee(line, 1, -1)
            self.env.flush_all()
        self.assertFalse(line.reverse_line_ids)
