from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestPumps(ClaimCase):
    """A defective lot of pumps: one is paid, one partly, one refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "P1", "P2", "P3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.bill = cls.bought.order_id.invoice_ids
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def assertPurchase(self, received, invoiced, residual):
        self.bought.invalidate_recordset()
        self.bill.invalidate_recordset()
        self.assertEqual(
            (self.bought.qty_received, self.bought.qty_invoiced), (received, invoiced)
        )
        self.assertAlmostEqual(self.bill.amount_residual, residual)

    def assertClaim(self, claim, state, claimed, approved, recovered, written_off=0.0):
        claim.invalidate_recordset()
        self.assertEqual(
            (
                claim.state,
                claim.amount_claimed,
                claim.amount_approved,
                claim.amount_recovered,
                claim.amount_written_off,
            ),
            (state, claimed, approved, recovered, written_off),
        )

    def test_pumps(self):
        parts = self._broken(self.sold, 3)
        self.assertEqual(parts.location_id, self.vendor_place)
        self.assertPurchase(3, 3, 132.0)
        first, second, third = (self._claim(part) for part in parts)
        for claim, lot in zip((first, second, third), self.lots, strict=True):
            line = claim.line_ids
            self.assertEqual(
                (line.lot_id, line.purchase_line_id, line.bill_ids.bill_line_id),
                (lot, self.bought, self.bill.invoice_line_ids),
            )
            self.assertEqual((line.source_state, line.unit_cost), ("sure", 40.0))
            self.assertEqual((line.amount_customer, line.amount_claimed), (100.0, 40.0))
            self.assertEqual(claim.agreement_id, self.agreement)
            self._call(claim, "action_submit")
        self._paid(first)
        self._partly_paid(second)
        self._refused(third)
        # 132.00 less 44.00 less 27.50, and one pump is here still
        self.assertPurchase(1, 1, 60.5)
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.pump.id),
                ("location_id.usage", "=", "internal"),
                ("quantity", ">", 0),
            ]
        )
        self.assertEqual(
            quants.mapped(lambda q: (q.location_id, q.lot_id, q.quantity)),
            [(self.vendor_place, self.lots[2], 1.0)],
        )
        rma = parts.rma_id
        names = [name for name in self._events(rma).mapped("name") if "Claim" in name]
        self.assertEqual(names.count("SupplierClaimOpened"), 3)
        self.assertEqual(names[-2:], ["SupplierClaimWrittenOff", "SupplierClaimClosed"])
        told = rma.event_ids.filtered(lambda e: e.name == "SupplierClaimAnswered")
        self.assertEqual(told[0].title, "Supplier claim answered")
        self.assertIn(f"{third.name} · Refused", told[0].data_text)
        self.assertFalse(self.env["reverse.event"]._find_breaks(rma))
        self.assertEqual(rma.supplier_claim_count, 3)
        self.assertEqual(self.bought.order_id.reverse_claim_count, 3)

    def _paid(self, claim):
        """It is authorized, sent, credited in full, and reconciled with its bill."""
        with self.assertRaisesRegex(UserError, "no goods wait|authorize the return"):
            claim.action_send_goods()
        answer = self._answered(claim, "acknowledge", reference="RMA-77", text="Ok")
        self.assertEqual(
            (claim.state, claim.supplier_reference, answer.text),
            ("acknowledged", "RMA-77", "Ok"),
        )
        picking = self._send(claim)
        move = picking.move_ids
        self.assertEqual(picking.partner_id, self.supplier)
        self.assertEqual(move.origin_returned_move_id.purchase_line_id, self.bought)
        self.assertEqual((move.lot_ids, move.value), (self.lots[0], 40.0))
        self.assertEqual(claim.state, "sent")
        self.assertPurchase(2, 3, 132.0)
        self._answered(claim, "approve")
        self.assertClaim(claim, "approved", 40.0, 40.0, 0.0)
        self._call(claim, "action_credit_note")
        with self.assertRaisesRegex(UserError, "approved has a credit note"):
            claim.action_credit_note()
        refund = claim.sudo().line_ids.refund_line_ids.move_id
        self.assertEqual(refund.invoice_line_ids.account_id, self.stock_account)
        self._call(self._books(refund), "action_post")
        self.assertEqual((refund.amount_untaxed, refund.amount_total), (40.0, 44.0))
        self.assertEqual(
            (refund.reversed_entry_id, refund.payment_state), (self.bill, "paid")
        )
        self.assertClaim(claim, "recovered", 40.0, 40.0, 40.0)
        self.assertPurchase(2, 2, 88.0)
        self._call(claim, "action_close")
        # what is taken back does not count any more, and counts again
        self._call(self._books(refund), "button_draft")
        self.assertClaim(claim, "approved", 40.0, 40.0, 0.0)
        self._call(self._books(refund), "action_post")
        self.assertClaim(claim, "recovered", 40.0, 40.0, 40.0)
        self._call(claim, "action_close")

    def _partly_paid(self, claim):
        """The supplier credits 25 by itself; the rest is written off."""
        self._answered(claim, "acknowledge", reference="RMA-78")
        self._send(claim)
        with self.assertRaisesRegex(UserError, "say why not all of it was approved"):
            self._answered(claim, "approve_part", [(25.0, False)])
        self._answered(claim, "approve_part", [(25.0, "Worn seal")])
        self.assertEqual(claim.line_ids.refusal_reason, "Worn seal")
        self.assertTrue(claim.is_resubmit_allowed)
        with self.assertRaisesRegex(UserError, "no posted credit note of Cobalt Works"):
            claim.action_match()
        # as Odoo makes it from the order: without its bill, and not reconciled
        order = self.bought.order_id
        order.action_create_invoice()
        refund = order.invoice_ids.filtered(lambda move: move.state == "draft")
        self.assertEqual((refund.move_type, refund.amount_untaxed), ("in_refund", 40.0))
        refund.invoice_date = self.bill.invoice_date
        refund.invoice_line_ids.price_unit = 25.0
        self._call(refund, "action_post")
        self.assertEqual(
            (refund.reversed_entry_id.id, self.bill.amount_residual), (False, 88.0)
        )
        self._call(claim, "action_match")
        self.assertEqual(refund.reversed_entry_id, self.bill)
        self.assertEqual(refund.payment_state, "paid")
        self.assertClaim(claim, "recovered", 40.0, 25.0, 25.0)
        with self.assertRaisesRegex(UserError, r"15.00 is open. Recover it, or let"):
            claim.action_close()
        self._call(self._as("claims_approver", claim), "action_write_off")
        self.assertClaim(claim, "recovered", 40.0, 25.0, 25.0, 15.0)
        self._call(claim, "action_close")

    def _refused(self, claim):
        """Refused, disputed, refused again: another person writes it off."""
        self._answered(claim, "refuse", reason="Misuse")
        self.assertClaim(claim, "refused", 40.0, 0.0, 0.0)
        self.assertNotIn("authorize", claim._get_supplier_answers())
        self._call(claim, "action_resubmit")
        self._answered(claim, "refuse", reason="Misuse, as we said")
        self.assertEqual(
            claim.answer_ids.sorted("id").mapped("kind"),
            ["submit", "refuse", "submit", "refuse"],
        )
        with self.assertRaisesRegex(
            UserError, "credit notes are for what the supplier"
        ):
            claim.action_credit_note()
        self._call(self._as("claims_approver", claim), "action_write_off")
        self._call(claim, "action_close")
        self.assertClaim(claim, "closed", 40.0, 0.0, 0.0, 40.0)

    def test_paid_without_credit_note_and_too_much(self):
        part = self._broken(self.sold)
        claim = self._claim(part)
        self._call(claim, "action_submit")
        with self.assertRaisesRegex(UserError, "payments are noted once the supplier"):
            self._answered(claim, "pay", reference="SET-1")
        self._answered(claim, "approve_part", [(30.0, "Share")])
        with self.assertRaisesRegex(UserError, "Enter the reference of the payment"):
            self._answered(claim, "pay")
        other = self._as("claims_approver", claim)
        self._answered(other, "pay", [(20.0, False)], reference="SET-1")
        self.assertClaim(claim, "partly", 40.0, 30.0, 20.0)
        self.assertFalse(claim.is_over_recovered)
        self._answered(other, "pay", [(15.0, False)], reference="SET-2", text="?")
        self.assertClaim(claim, "recovered", 40.0, 30.0, 35.0)
        self.assertTrue(claim.is_over_recovered)
        self.assertEqual(claim.amount_open, 5.0)
        self.assertEqual(claim.answer_ids[:1].amounts_text, "Pump: $\xa015.00")

    def test_goods_stay(self):
        """Goods that are not sent back stay received; the credit lowers an expense."""
        self.agreement.write({"goods": "destroy", "labour_amount": 5.0})
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="RMA-79")
        with self.assertRaisesRegex(UserError, "no goods wait to be sent"):
            claim.action_send_goods()
        self._answered(claim, "approve")
        refund = self._credited(claim)
        lines = refund.invoice_line_ids
        self.assertEqual(lines.account_id, self.expense_account)
        self.assertEqual((lines.tax_ids, refund.amount_total), (self.tax, 49.5))
        self.assertPurchase(3, 3, 82.5)
        self.assertClaim(claim, "recovered", 45.0, 45.0, 45.0)
        told = claim.answer_ids.filtered(lambda answer: answer.kind == "approve")
        self.assertEqual(told.amounts_text, "Pump: $\xa040.00; Pump: Labour: $\xa05.00")

    def test_authorized_after_the_approval(self):
        """Approved without a number, goods still wait for one; nothing is lost."""
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        with self.assertRaisesRegex(UserError, "number with “Note Authorization”"):
            claim.action_send_goods()
        self.assertTrue(claim.is_authorize_allowed)
        self._answered(claim, "authorize", reference="RMA-80")
        self.assertEqual(
            (claim.state, claim.supplier_reference), ("approved", "RMA-80")
        )
        self.assertFalse(claim.is_authorize_allowed)
        self._send(claim)
        self.assertEqual(claim.state, "sent")
        self._call(claim, "action_credit_note")
        with self.assertRaisesRegex(UserError, "a credit note is in draft"):
            self._as("claims_approver", claim).action_write_off()
