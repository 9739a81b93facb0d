"""A credit that was taken back, by whatever means, can be given again, once."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"


@tagged("post_install", "-at_install")
class TestCreditCorrections(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(3)
        cls.invoice = cls.line.order_id.invoice_ids

    def _settle_again(self, rma):
        """Propose and release once more; give the new credit note."""
        before = rma.credit_note_ids
        self._as("service", rma).action_propose_settlement()
        settlement = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertEqual(len(settlement), 1)
        self.assertFalse(rma.has_unsettled_goods)
        return self._settle(settlement) - before

    def assertUnsettled(self, rma, settlement_state="reversed"):
        self.assertEqual(rma.settlement_ids.mapped("state"), [settlement_state])
        self.assertEqual(rma.line_ids.qty_settled, 0)
        self.assertEqual((rma.state, rma.stage), ("authorized", "put_away"))
        self.assertTrue(rma.has_unsettled_goods)
        self.assertLine(self.line, 2, 3, 0, "invoiced")
        with self.assertRaisesRegex(UserError, NOTHING):
            self.line.order_id._create_invoices(final=True)

    def assertSettledAgain(self, rma, credit_note):
        self.assertAmounts(credit_note, 100)
        self.assertLine(self.line, 2, 2, 0, "invoiced")
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))
        self.assertFalse(rma.has_unsettled_goods)

    def test_cancelled_credit_note(self):
        rma = self._return(self.line)
        credit_note = self._books(rma.credit_note_ids)
        credit_note.button_draft()
        self.assertLine(self.line, 2, 2, 0, "invoiced")
        credit_note.button_cancel()
        self.assertUnsettled(rma)
        self.assertSettledAgain(rma, self._settle_again(rma))
        self.assertEqual(self.invoice.amount_residual, 200)

    def test_deleted_credit_note(self):
        rma = self._return(self.line)
        credit_note = self._books(rma.credit_note_ids)
        credit_note.button_draft()
        credit_note.unlink()
        self.assertUnsettled(rma)
        self.assertSettledAgain(rma, self._settle_again(rma))

    def test_reversed_with_counter_document(self):
        rma = self._return(self.line)
        credit_note = rma.credit_note_ids
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual(credit_note.state, "posted")
        counter = credit_note.reversal_move_ids
        self.assertAmounts(counter, 100)
        self.assertEqual(
            (counter.move_type, counter.payment_state), ("out_invoice", "reversed")
        )
        self.assertEqual(self._cogs(counter | credit_note), 0)
        self.assertUnsettled(rma)
        self.assertSettledAgain(rma, self._settle_again(rma))
        self.assertEqual(self._cogs(self.line.order_id.invoice_ids), 80)

    def test_reversed_with_odoos_own_button(self):
        rma = self._return(self.line)
        self.env["account.move.reversal"].with_user(self.accountant).with_context(
            active_model="account.move", active_ids=rma.credit_note_ids.ids
        ).create({"journal_id": self.invoice.journal_id.id}).refund_moves()
        counter = self._books(rma.credit_note_ids.reversal_move_ids)
        self.assertEqual(rma.settlement_ids.state, "released")
        counter.action_post()
        self.assertUnsettled(rma)
        self.assertSettledAgain(rma, self._settle_again(rma))

    def test_reversed_credit_for_kept_goods_leaves_quantities(self):
        rma = self._requested(self.line)
        self._kept(rma)
        self._settle(rma.settlement_ids)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertLine(self.line, 3, 3, 0, "invoiced")
        self.assertEqual(rma.line_ids.qty_settled, 0)
        self.assertAmounts(self._settle_again(rma), 100)
        self.assertLine(self.line, 3, 3, 0, "invoiced")
        self.assertEqual(self._cogs(self.line.order_id.invoice_ids), 120)

    def test_cancelled_proposal_can_be_proposed_again(self):
        rma = self._return(self.line, condition="D")
        self._as("service", rma.settlement_ids).action_cancel()
        self.assertEqual((rma.state, rma.line_ids.qty_denied), ("done", 1))
        self._as("service", rma).action_propose_settlement()
        self.assertEqual((rma.state, rma.line_ids.qty_denied), ("authorized", 0))
        settlement = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertSettledAgain(rma, self._settle(settlement))

    def test_repeated_proposal_waits_for_a_person(self):
        rma = self._return(self.line)
        self.assertTrue(rma.settlement_ids.policy_id)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self._as("service", rma).action_propose_settlement()
        settlement = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertEqual(settlement.amount_untaxed, 100)
        self.assertFalse(settlement.policy_id)

    def test_proposing_twice_is_refused(self):
        rma = self._return(self.line)
        with self.assertRaisesRegex(UserError, "No inspected goods of .* are without"):
            self._as("service", rma).action_propose_settlement()
        with self.assertRaisesRegex(AccessError, "for the role “Customer service”"):
            self._as("inspector", rma).action_propose_settlement()
        self.assertEqual(len(rma.settlement_ids), 1)

    # ------------------------------------------------------------------
    # Credit notes that were reset to draft
    # ------------------------------------------------------------------
    def test_reset_and_posted_unchanged(self):
        rma = self._return(self.line)
        credit_note = self._books(rma.credit_note_ids)
        credit_note.button_draft()
        credit_note.action_post()
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(self.line, 2, 2, 0, "invoiced")
        self.assertEqual(rma.settlement_ids.state, "released")

    def test_reset_and_enlarged_is_refused(self):
        credit_note = self._books(self._return(self.line).credit_note_ids)
        credit_note.button_draft()
        for values in {"quantity": 2}, {"price_unit": 120}:
            with self.assertRaisesRegex(UserError, r"settles \$.100.00"):
                credit_note.invoice_line_ids.write(values)
                credit_note.action_post()
            credit_note.invalidate_recordset()
            self.assertEqual(
                (credit_note.state, credit_note.amount_total), ("draft", 100)
            )

    def test_reset_and_deduction_removed_is_refused(self):
        rma = self._return(self.line, condition="D")
        self._as("service", rma.settlement_ids).line_ids.deduction = 30
        credit_note = self._books(self._settle(rma.settlement_ids))
        self.assertAmounts(credit_note, 70)
        credit_note.button_draft()
        with self.assertRaisesRegex(UserError, r"settles \$.70.00"):
            lines = credit_note.invoice_line_ids
            lines.filtered(lambda line: line.price_unit < 0).unlink()
            credit_note.action_post()
        credit_note.invalidate_recordset()
        self.assertEqual((credit_note.state, credit_note.amount_total), ("draft", 70))

    def test_reset_and_line_added_is_refused(self):
        credit_note = self._books(self._return(self.line).credit_note_ids)
        credit_note.button_draft()
        with self.assertRaisesRegex(UserError, r"settles \$.100.00"):
            credit_note.invoice_line_ids = [
                Command.create({"name": "More", "price_unit": 5, "tax_ids": False})
            ]
            credit_note.action_post()
        credit_note.invalidate_recordset()
        self.assertEqual((credit_note.state, credit_note.amount_total), ("draft", 100))

    def test_reset_and_line_replaced_is_refused(self):
        credit_note = self._books(self._return(self.line).credit_note_ids)
        credit_note.button_draft()
        with self.assertRaisesRegex(UserError, r"settles \$.100.00"):
            credit_note.invoice_line_ids = [
                Command.clear(),
                Command.create({"name": "All", "price_unit": 300, "tax_ids": False}),
            ]
            credit_note.action_post()
        credit_note.invalidate_recordset()
        self.assertEqual((credit_note.state, credit_note.amount_total), ("draft", 100))

    def test_reset_and_lowered(self):
        credit_note = self._books(self._return(self.line).credit_note_ids)
        credit_note.button_draft()
        credit_note.invoice_line_ids.price_unit = 90
        credit_note.action_post()
        self.assertAmounts(credit_note, 90)
        self.assertLine(self.line, 2, 2, 0, "invoiced")
