"""What a return changes on its order line: delivered, invoiced, to invoice, cost."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"


@tagged("post_install", "-at_install")
class TestStateTable(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ordered_product = cls._create_product(
            "Lamp", invoice_policy="order", categ_id=cls.perpetual.id
        )
        cls._buy(cls.ordered_product, 100, 40.0)
        cls.other_product = cls._create_product("Cable", categ_id=cls.perpetual.id)
        cls._buy(cls.other_product, 100, 5.0)

    def _send_back(self, rma):
        """Validate the delivery that returns the goods to the customer."""
        picking = rma.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing" and p.state != "done"
        )
        self._validate(picking)
        return picking

    def test_orders_without_returns_are_not_asked_for_them(self):
        plain, returned = self._sell(3), self._sell(3)
        self._return(returned)
        asked = self.env["sale.order.line"]

        def ask(line):
            nonlocal asked
            asked |= line
            return 0.0

        lines = plain | returned
        with (
            patch.object(type(lines), "_get_reverse_returned", ask),
            patch.object(type(lines), "_get_reverse_lent", ask),
        ):
            lines._compute_qty_to_invoice()
            lines._compute_invoice_status()
            lines._compute_untaxed_amount_to_invoice()
            lines._compute_amount_to_invoice()
        self.assertEqual(asked, returned)

    # ------------------------------------------------------------------
    # Refund, goods back
    # ------------------------------------------------------------------
    def test_refund_goods_back_delivery_policy(self):
        line = self._sell(3)
        self.assertLine(line, 3, 3, 0, "invoiced")
        rma = self._return(line)
        credit_note = rma.credit_note_ids
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertMoney(line, 0, 0)
        self.assertAmounts(credit_note, 100)
        self.assertEqual(self._cogs(line.order_id.invoice_ids - credit_note), 120)
        self.assertEqual(self._cogs(credit_note), -40)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))

    def test_refund_goods_back_order_policy_is_not_billed_again(self):
        line = self._sell(3, product=self.ordered_product)
        rma = self._return(line)
        credit_note = rma.credit_note_ids
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertMoney(line, 0, 0)
        self.assertEqual(self._cogs(credit_note), -40)
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)

    def test_refund_of_everything(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._return(line, 3)
            self.assertLine(line, 0, 0, 0)
            self.assertMoney(line, 0, 0)
            self.assertAmounts(rma.credit_note_ids, 300)
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 0)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)

    def test_order_policy_partly_delivered(self):
        order = self._new_order((self.ordered_product, 5, {"price_unit": 100}))
        self._invoice(order)
        self._deliver(order, 3)
        line = order.order_line
        self.assertLine(line, 3, 5, 0)
        rma = self._return(line)
        self.assertLine(line, 2, 4, 0)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_between_receipt_and_settlement_nothing_is_to_credit(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._receive_line(line)
            self.assertLine(line, 2, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertFalse(line.order_id._get_invoiceable_lines(final=True))
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self._inspect(rma.inspection_ids, "C")
            settlement = rma.settlement_ids
            self.assertEqual(settlement.state, "draft")
            self.assertLine(line, 2, 3, 0, "invoiced")
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self.assertAmounts(self._settle(settlement), 100)
            self.assertLine(line, 2, 2, 0, "invoiced")

    def test_between_receipt_and_settlement_others_are_invoiced(self):
        order = self._new_order(
            (self.product, 3, {"price_unit": 100}),
            (self.other_product, 2, {"price_unit": 10}),
        )
        ours, other = order.order_line
        self._deliver(order)
        invoice = self._invoice(order)
        self._receive_line(ours)
        other.product_uom_qty = 3
        self._deliver(order)
        self.assertLine(ours, 2, 3, 0)
        self.assertLine(other, 3, 2, 1)
        second = order._create_invoices(final=True)
        self.assertEqual(second.invoice_line_ids.sale_line_ids, other)
        self.assertEqual((invoice.amount_untaxed, second.amount_untaxed), (320, 10))

    # ------------------------------------------------------------------
    # Refund, goods kept
    # ------------------------------------------------------------------
    def test_refund_goods_kept(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._requested(line)
            self._kept(rma)
            self.assertLine(line, 3, 3, 0, "invoiced")
            credit_note = self._settle(rma.settlement_ids)
            self.assertAmounts(credit_note, 100)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertEqual(self._cogs(credit_note), 0)
            self.assertEqual(credit_note.invoice_line_ids.sale_line_ids, line)
            self.assertEqual((rma.state, rma.line_ids.qty_kept), ("done", 1))
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)

    def test_partly_back_partly_kept(self):
        line = self._sell(3)
        rma = self._requested(line, 2)
        self._kept(rma, 1)
        self._receive(rma)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 100, 100)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertEqual(self._cogs(rma.credit_note_ids), -40)
        self.assertEqual(rma.state, "done")

    def test_kept_first_and_other_goods_back_waiting(self):
        """A credit for kept goods does not let Odoo's button credit those that wait."""
        line = self._sell(3)
        rma = self._requested(line, 2)
        self._kept(rma, 1)
        self._settle(rma.settlement_ids)
        self._receive(rma)
        self.assertLine(line, 2, 3, 0, "invoiced")
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)

    # ------------------------------------------------------------------
    # Not invoiced yet
    # ------------------------------------------------------------------
    def test_not_invoiced_yet_goods_back(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        line = order.order_line
        self.assertLine(line, 3, 0, 3, "to invoice")
        rma = self._return(line)
        self.assertLine(line, 2, 0, 2, "to invoice")
        self.assertMoney(line, 200, 200)
        self.assertFalse(rma.credit_note_ids)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))
        self.assertAmounts(self._invoice(order), 200)
        self.assertLine(line, 2, 2, 0, "invoiced")

    def test_not_invoiced_yet_order_policy(self):
        order = self._new_order((self.ordered_product, 3, {"price_unit": 100}))
        self._deliver(order)
        line = order.order_line
        rma = self._return(line)
        self.assertLine(line, 2, 0, 2, "to invoice")
        self.assertMoney(line, 200, 200)
        self.assertFalse(rma.credit_note_ids)
        self.assertAmounts(self._invoice(order), 200)

    def test_not_invoiced_and_all_back(self):
        """At each step, and however the return was made: nothing is to be invoiced."""
        for product in self.product, self.ordered_product:
            for condition in "A", "D":
                order = self._new_order((product, 3, {"price_unit": 100}))
                self._deliver(order)
                rma = self._receive_line(order.order_line, 3)
                self.assertNothingToInvoice(order)
                self._inspect(rma.inspection_ids, condition)
                self.assertNothingToInvoice(order)
                waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
                self.assertFalse(self._settle(waiting))
                self.assertNothingToInvoice(order)
                self.assertEqual((rma.state, rma.stage), ("done", "settled"))

    def _pay_down(self, order, percent):
        """Invoice a down payment, of goods that are delivered and not invoiced."""
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        )
        wizard.create(
            {"advance_payment_method": "percentage", "amount": percent}
        ).create_invoices()
        order.invoice_ids.action_post()

    def test_what_was_paid_ahead_is_paid_back_by_a_person(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._pay_down(order, 100)
        self._deliver(order)
        line = order.order_line.filtered(lambda own: own.product_id == self.product)
        rma = self._return(line, 3)
        self.assertFalse(rma.credit_note_ids)
        self.assertEqual(self._open_exceptions(rma), ["paid_ahead"])
        self.assertEqual(rma.state, "authorized")
        self._call(self._as("releaser", rma.exception_ids), "action_paid_back")
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))

    def test_what_was_paid_ahead_pays_for_the_rest(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._pay_down(order, 40)
        self._deliver(order)
        line = order.order_line.filtered(lambda own: own.product_id == self.product)
        first = self._return(line)
        self.assertFalse(first.exception_ids)
        self.assertEqual(first.state, "done")
        second = self._return(line)
        self.assertEqual(self._open_exceptions(second), ["paid_ahead"])

    def test_not_invoiced_and_all_back_by_odoos_own_button(self):
        for product in self.product, self.ordered_product:
            order = self._new_order((product, 3, {"price_unit": 100}))
            self._deliver(order)
            self._validate(self._return_button(order.picking_ids, 3), 3)
            self.assertNothingToInvoice(order)

    def assertNothingToInvoice(self, order):
        self.assertLine(order.order_line, 0, 0, 0, "no")
        self.assertMoney(order.order_line, 0, 0)
        order.invalidate_recordset()
        self.assertEqual(order.invoice_status, "no")
        for final in (False, True):
            with self.assertRaisesRegex(UserError, NOTHING):
                order._create_invoices(final=final)
        self.assertFalse(order.invoice_ids)

    def test_partly_invoiced(self):
        """Delivered 3, invoiced 2, 2 back: one was never billed, one is credited."""
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order, 2)
        self._invoice(order)
        self._deliver(order)
        line = order.order_line
        self.assertLine(line, 3, 2, 1)
        rma = self._return(line, 2)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 1, 1, 0)
        self.assertEqual(sum(rma.line_ids.mapped("qty_settled")), 2)
        self.assertEqual(rma.state, "done")

    def test_invoiced_between_receipt_and_settlement(self):
        """What was billed net of the return is not credited once more."""
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        line = order.order_line
        rma = self._receive_line(line)
        self.assertAmounts(self._invoice(order), 200)
        self._inspect(rma.inspection_ids)
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))

    def test_draft_invoice_waits_for_its_posting(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        invoice = self._invoice(order, post=False)
        rma = self._return(order.order_line)
        self.assertEqual(self._open_exceptions(rma), ["not_invoiced"])
        self.assertFalse(rma.credit_note_ids)
        invoice.action_post()
        self._as("releaser", rma.exception_ids).action_retry()
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(order.order_line, 2, 2, 0, "invoiced")
        self.assertEqual(rma.state, "done")

    def test_what_somebody_withheld_is_not_proposed_anew_by_policy(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order, 2)
        self._invoice(order)
        self._deliver(order)
        invoice = self._invoice(order, post=False)
        rma = self._return(order.order_line, 3)
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        line = self._as("service", waiting.line_ids[:1])
        self._call(line, "write", {"deduction": 30.0, "deduction_reason": "Scratched"})
        # pressed too early, and once more
        self._as("releaser", rma.exception_ids).action_retry()
        invoice.action_post()
        waiting = rma.exception_ids.filtered(lambda e: e.state == "open")
        self._as("releaser", waiting).action_retry()
        self.assertFalse(rma.credit_note_ids)
        again = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertEqual(sum(again.mapped("amount_untaxed")), 300.0)

    # ------------------------------------------------------------------
    # Denied
    # ------------------------------------------------------------------
    def test_denied_and_sent_back(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._receive_line(line)
            self._inspect(rma.inspection_ids, "D", "CUSTOMER")
            self.assertLine(line, 2, 3, 0, "invoiced")
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self._send_back(rma)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertFalse(rma.settlement_ids)
            self.assertFalse(rma.credit_note_ids)
            self.assertEqual(rma.state, "done")

    def test_no_settlement_wanted_and_sent_back(self):
        line = self._sell(3)
        rma = self._receive_line(line, rma={"settlement_type": "none"})
        self._inspect(rma.inspection_ids, "A", "CUSTOMER")
        self._send_back(rma)
        self.assertLine(line, 3, 3, 0, "invoiced")
        self.assertFalse(rma.settlement_ids)
        self.assertEqual(self._cogs(line.order_id.invoice_ids), 120)

    def test_denied_not_invoiced_yet_is_billed_after_all(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        rma = self._receive_line(order.order_line)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self._send_back(rma)
        self.assertLine(order.order_line, 3, 0, 3, "to invoice")
        self.assertAmounts(self._invoice(order), 300)

    def test_denied_and_kept_here(self):
        """Settlement cancelled by a person: the goods stay, Odoo must not credit
        them.
        """
        line = self._sell(3)
        rma = self._return(line, condition="C")
        self._as("service", rma.settlement_ids).action_cancel()
        self.assertLine(line, 2, 3, 0, "invoiced")
        self.assertMoney(line, 0, 0)
        self.assertEqual(rma.line_ids.qty_denied, 1)
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)

    # ------------------------------------------------------------------
    # Value only
    # ------------------------------------------------------------------
    def test_value_only_credit(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._requested(line)
            credit_note = self._credit_value(rma, 15.0)
            self.assertAmounts(credit_note, 15)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertEqual(self._cogs(credit_note), 0)
            self.assertEqual(rma.line_ids.qty_settled, 0)
            self.assertEqual(rma.state, "authorized")

    def test_value_only_credit_then_goods_back(self):
        """The value given before is not given again with the goods."""
        line = self._sell(1)
        rma = self._requested(line)
        self._credit_value(rma, 15.0)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 15, 85)
        self.assertLine(line, 0, 0, 0)
        self.assertEqual(self._cogs(line.order_id.invoice_ids), 0)
