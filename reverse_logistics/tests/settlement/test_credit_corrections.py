"""A credit that was taken back, by whatever means, can be given again, once."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"
STAYS = "stays as it was released"


class CorrectionsCase(ReturnsCommon):
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


@tagged("post_install", "-at_install")
class TestOtherCorrections(CorrectionsCase):
    """Of goods that the customer keeps, and of a proposal that was cancelled."""

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


@tagged("post_install", "-at_install")
class TestCreditCorrections(CorrectionsCase):
    """One of three pieces is back and credited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.returned = cls._return(cls.line)

    def test_cancelled_credit_note(self):
        rma = self.returned
        self._books(rma.credit_note_ids).button_cancel()
        self.assertUnsettled(rma)
        self.assertEqual(self._events(rma)[-1].name, "CreditCancelled")
        self.assertSettledAgain(rma, self._settle_again(rma))
        self.assertEqual(self.invoice.amount_residual, 200)

    def test_credit_note_is_not_deleted(self):
        credit_note = self.returned.credit_note_ids
        # what a client puts into the context opens nothing
        with self.assertRaisesRegex(UserError, STAYS):
            self._books(credit_note).with_context(
                force_delete=True, _force_unlink=True
            ).unlink()
        self.assertAmounts(credit_note, 100)

    def test_reversed_with_counter_document(self):
        rma = self.returned
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
        self.assertFalse(rma.closed_at)
        self.assertSettledAgain(rma, self._settle_again(rma))
        self.assertEqual(self._cogs(self.line.order_id.invoice_ids), 80)

    def test_reversed_with_odoos_own_button(self):
        rma = self.returned
        self.env["account.move.reversal"].with_user(self.accountant).with_context(
            active_model="account.move", active_ids=rma.credit_note_ids.ids
        ).create({"journal_id": self.invoice.journal_id.id}).refund_moves()
        counter = self._books(rma.credit_note_ids.reversal_move_ids)
        self.assertEqual(rma.settlement_ids.state, "released")
        counter.action_post()
        self.assertUnsettled(rma)
        self.assertSettledAgain(rma, self._settle_again(rma))

    def test_repeated_proposal_waits_for_a_person(self):
        rma = self.returned
        self.assertTrue(rma.settlement_ids.policy_version_id)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self._as("service", rma).action_propose_settlement()
        settlement = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertEqual(settlement.amount_untaxed, 100)
        self.assertFalse(settlement.policy_version_id)

    def test_proposing_twice_is_refused(self):
        rma = self.returned
        with self.assertRaisesRegex(UserError, "No inspected goods of .* are without"):
            self._as("service", rma).action_propose_settlement()
        with self.assertRaisesRegex(AccessError, "for the role “Customer service”"):
            self._as("inspector", rma).action_propose_settlement()
        self.assertEqual(len(rma.settlement_ids), 1)

    # ------------------------------------------------------------------
    # What was released is posted, and nothing else
    # ------------------------------------------------------------------
    def test_released_credit_note_is_not_reset(self):
        rma = self.returned
        credit_note = self._books(rma.credit_note_ids)
        self.assertFalse(credit_note.show_reset_to_draft_button)
        message = f"{STAYS}.*presses Reverse on the settlement of {rma.name}"
        for call in (
            credit_note.button_draft,
            lambda: credit_note.write({"state": "draft"}),
            lambda: credit_note.write({"state": "cancel"}),
            lambda: credit_note.write({"posted_before": False}),
        ):
            with self.assertRaisesRegex(UserError, message):
                call()
        self.assertAmounts(credit_note, 100)
        self.assertEqual(rma.settlement_ids.state, "released")
        elsewhere = self._sell(1).order_id.invoice_ids
        self.assertTrue(elsewhere.show_reset_to_draft_button)

    def test_released_credit_note_is_not_edited(self):
        """Neither up nor down, nor for somebody else, nor by what Odoo lets pass."""
        tax = self._create_tax(90)
        euro = self.env.ref("base.EUR")
        credit_note = self._books(self._return(self.line).credit_note_ids)
        credit_note = credit_note.with_context(skip_readonly_check=True)
        goods = credit_note.invoice_line_ids
        due = credit_note.line_ids - goods
        new = {"name": "More", "price_unit": 5, "tax_ids": False}
        move = {"account_id": self.company.expense_account_id.id}
        for record, values in (
            (goods, {"price_unit": 120}),
            (goods, {"price_unit": 40}),
            (goods, {"quantity": 0.5}),
            (goods, {"discount": 10}),
            (goods, {"tax_ids": [Command.set(tax.ids)]}),
            (goods, {"sale_line_ids": [Command.clear()]}),
            (goods, {"product_id": False}),
            (goods, move),
            (due, {"balance": -40}),
            (due, {"partner_id": self.stranger.id}),
            (credit_note, {"partner_id": self.stranger.id}),
            (credit_note, {"partner_shipping_id": self.stranger.id}),
            (credit_note, {"currency_id": euro.id}),
            (credit_note, {"invoice_currency_rate": 3.0}),
            (credit_note, {"journal_id": self._other_journal().id, "name": "/"}),
            (credit_note, {"invoice_date": "2020-01-01"}),
            (credit_note, {"date": "2020-01-01"}),
            (credit_note, {"amount_total": 40}),
            (credit_note, {"reversed_entry_id": False}),
            (credit_note, {"invoice_line_ids": [Command.create(new)]}),
            (
                credit_note,
                {"invoice_line_ids": [Command.update(goods.id, {"price_unit": 4})]},
            ),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, STAYS),
            ):
                record.write(values)
        with self.assertRaisesRegex(UserError, STAYS):
            goods.with_context(force_delete=True, dynamic_unlink=True).unlink()
        self.assertAmounts(credit_note, 100)
        self.assertEqual(credit_note.partner_id, self.customer)

    def _other_journal(self):
        return self.env["account.journal"].create(
            {"name": "Other sales", "type": "sale", "code": "OTH"}
        )

    def test_credit_note_stays_with_its_order_line(self):
        rma = self.returned
        goods = rma.credit_note_ids.invoice_line_ids
        seller = self._as("service", self.line)
        with self.assertRaisesRegex(UserError, STAYS):
            seller.sudo().invoice_lines = [Command.unlink(goods.id)]
        self.assertIn(goods, self.line.invoice_lines)

    def test_what_says_nothing_of_the_credit_stays_open(self):
        credit_note = self._books(self._return(self.line).credit_note_ids)
        credit_note.write(
            {
                "narration": "Thank you",
                "payment_reference": "Bank 12",
                "partner_shipping_id": credit_note.partner_shipping_id.id,
            }
        )
        credit_note.invoice_line_ids.name = "One kettle"
        credit_note.message_post(**{"body": "Sent by post"})
        receivable = credit_note.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        receivable.remove_move_reconcile()
        self.assertEqual(credit_note.payment_state, "not_paid")
        payment = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=credit_note.ids)
            .create({})
        )
        payment.action_create_payments()
        self.assertIn(credit_note.payment_state, ("paid", "in_payment"))
        self.assertEqual(credit_note.payment_reference, "Bank 12")
        self.assertAmounts(credit_note, 100)

    def test_released_credit_note_is_not_duplicated(self):
        rma = self.returned
        credit_note = self._books(rma.credit_note_ids)
        for default in (
            None,
            {"reversed_entry_id": credit_note.id},
            {"move_type": "out_invoice"},
        ):
            with self.assertRaisesRegex(
                UserError, f"cannot be duplicated.*Credit an Amount on {rma.name}"
            ):
                credit_note.copy(default)
        self.assertEqual(len(self.line.order_id.invoice_ids), 2)

    def test_cancelled_credit_note_never_comes_back(self):
        rma = self.returned
        credit_note = self._books(rma.credit_note_ids)
        credit_note.button_cancel()
        again = self._settle_again(rma)
        self.assertFalse(credit_note.show_reset_to_draft_button)
        for state in "draft", "posted":
            with self.assertRaisesRegex(UserError, f"again on {rma.name}|{STAYS}"):
                credit_note.write({"state": state})
        with self.assertRaisesRegex(UserError, STAYS):
            credit_note.button_draft()
        self.assertEqual(credit_note.state, "cancel")
        self.assertAmounts(again, 100)

    def test_credit_note_reset_before_the_guard_is_cancelled_only(self):
        rma = self.returned
        credit_note = self._books(rma.credit_note_ids)
        self.env.cr.execute(
            "UPDATE account_move SET state = 'draft' WHERE id = %s", credit_note.ids
        )
        self.env.cr.execute(
            "UPDATE account_move_line SET parent_state = 'draft' WHERE move_id = %s",
            credit_note.ids,
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, STAYS):
            credit_note.invoice_line_ids.price_unit = 40
        with self.assertRaisesRegex(UserError, STAYS):
            credit_note.action_post()
        with self.assertRaisesRegex(UserError, "is posted by releasing its settlement"):
            credit_note.write({"state": "posted"})
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual(credit_note.state, "cancel")
        self.assertUnsettled(rma)

    def test_counter_document_takes_back_the_whole_credit(self):
        rma = self.returned
        credit_note = self._books(rma.credit_note_ids)
        counter = credit_note._reverse_moves()
        counter.invoice_line_ids.price_unit = 60
        with self.assertRaisesRegex(UserError, r"whole, by \$.100.00, or not at all"):
            counter.action_post()
        counter.invoice_line_ids.price_unit = 100
        counter.action_post()
        self.assertUnsettled(rma)

    def test_counter_document_stays(self):
        rma = self.returned
        credit_note = self._books(rma.credit_note_ids)
        self._as("releaser", rma.settlement_ids).action_reverse()
        counter = self._books(credit_note.reversal_move_ids)
        again = self._settle_again(rma)
        message = f"took back the credit of {credit_note.name}.*again on {rma.name}"
        for call in (
            counter.button_draft,
            counter.button_cancel,
            lambda: counter.write({"state": "draft"}),
            lambda: setattr(counter.invoice_line_ids, "price_unit", 10),
            lambda: counter._reverse_moves(cancel=True),
        ):
            with self.assertRaisesRegex(UserError, message):
                call()
        with self.assertRaisesRegex(UserError, STAYS):
            credit_note.button_cancel()
        self.assertAmounts(credit_note | counter | again, 100, 100, 100)

    def test_state_of_any_credit_note_is_checked_however_it_is_written(self):
        """As an import does it, past the buttons."""
        self._return(self.line, 2)
        credit_note = self._books(
            self.env["account.move"].create(
                {
                    "move_type": "out_refund",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Once more",
                                "price_unit": 100,
                                "sale_line_ids": [Command.set(self.line.ids)],
                            }
                        )
                    ],
                }
            )
        )
        with self.assertRaisesRegex(UserError, "what was invoiced is left"):
            credit_note.write({"state": "posted"})
        self.assertEqual(credit_note.state, "draft")
