"""A released credit note is paid once, whole, and to whom it was released."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..credit_common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditPaid(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier = new_test_user(
            cls.env,
            login="pays",
            groups="account.group_account_user,account.group_validate_bank_account",
        )
        # paid, so that the credit is paid out
        cls.lines = [cls._sell(2), cls._sell(2)]
        for line in cls.lines:
            cls._register(line.order_id.invoice_ids)
        cls.note, cls.other = (
            cls.moves.browse(cls._return(line, 2).credit_note_ids.ids)
            for line in cls.lines
        )

    @classmethod
    def _register(cls, documents, user=None, **values):
        wizard = cls.env["account.payment.register"].with_user(user or cls.env.user)
        wizard = wizard.with_context(
            active_model="account.move", active_ids=documents.ids
        )
        return wizard.create(values)._create_payments()

    def _pay(self, **values):
        """Enter a payment that names the credit note, and confirm it."""
        payments = self.env["account.payment"].with_user(self.cashier)
        payment = payments.create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.note.partner_id.id,
                "amount": self.note.amount_total,
                "invoice_ids": [Command.set(self.note.ids)],
                **values,
            }
        )
        payment.action_post()
        return payment

    def test_what_was_never_paid_is_credited_by_a_person(self):
        line = self._sell(10)
        invoice = line.order_id.invoice_ids
        self._register(
            invoice,
            amount=invoice.amount_total - 20,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.env["account.account"]
            .search([("account_type", "=", "expense")], limit=1)
            .id,
        )
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        rma = self._return(line, 10)
        self.assertEqual(rma.settlement_ids.state, "draft")
        told = "".join(rma.message_ids.mapped("body"))
        self.assertIn("Credit no more than was paid", told)

    def test_what_is_due_is_paid_once(self):
        total = self.note.amount_total
        self._register(self.note, self.cashier, amount=total - 50)
        for way in (
            lambda: self._register(self.note, self.cashier, amount=total),
            lambda: self._pay(amount=50.01),
            lambda: self._pay(amount=total),
        ):
            with (
                self.assertRaisesRegex(
                    UserError, rf"Payments of {self.note.name} .* \$.200.00 is due"
                ),
                self.env.cr.savepoint(),
            ):
                way()
        self.assertEqual(self.note.amount_residual, 50)
        self._pay(amount=50)
        self.env.invalidate_all()

    def test_more_than_is_due_is_no_write_off(self):
        account = self.company.expense_account_id
        with self.assertRaisesRegex(UserError, r"would come to \$.500.00"):
            self._register(
                self.note,
                self.cashier,
                amount=500,
                payment_difference_handling="reconcile",
                writeoff_account_id=account.id,
            )

    def test_a_payment_grows(self):
        payment = self._pay(amount=100)
        payment.action_draft()
        payment.amount = 300
        with self.assertRaisesRegex(UserError, r"would come to \$.300.00"):
            payment.action_post()

    def test_one_payment_of_two_notes(self):
        both = self.note | self.other
        total = sum(both.mapped("amount_total"))
        payment = self._register(both, self.cashier, group_payment=True)
        self.assertEqual((payment.amount, len(payment.invoice_ids)), (total, 2))
        self.assertFalse(any(both.mapped("amount_residual")))

    def test_what_its_invoice_settled_is_not_paid(self):
        line = self._sell(2)
        note = self.moves.browse(self._return(line, 2).credit_note_ids.ids)
        self.assertEqual(note.amount_residual, 0)
        with self.assertRaisesRegex(UserError, r"\$.0.00 is due"):
            self._pay(invoice_ids=[Command.set(note.ids)])

    def test_nobody_else_is_paid(self):
        with self.assertRaisesRegex(UserError, "is paid to nobody else"):
            self._pay(partner_id=self.stranger.id)

    def test_a_payment_is_not_redirected_once_it_was_posted(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "DE-9", "partner_id": self.stranger.id}
        )
        payment = self._pay()
        for values in ({"partner_id": self.stranger.id}, {"partner_bank_id": bank.id}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "is paid to nobody else"),
            ):
                self._call(payment, "write", values)
        with self.assertRaisesRegex(UserError, "is paid to nobody else"):
            self._pay(partner_id=False)

    def test_a_payment_goes_on_naming_what_it_paid(self):
        payment = self._pay()
        with self.assertRaisesRegex(UserError, f"{self.note.name} was paid by this"):
            self._call(payment, "write", {"invoice_ids": [Command.clear()]})
        self.assertEqual(payment.invoice_ids.ids, self.note.ids)

    def test_the_bank_settles_payments_without_an_entry(self):
        """With Odoo's accounting, the line of the statement is the payment."""
        moves = self.env.registry["account.move"]
        total = self.note.amount_total
        with patch.object(
            moves, "_get_invoice_in_payment_state", return_value="in_payment"
        ):
            for amount in (total - 50, 50):
                payment = self._pay(amount=amount)
                self.assertFalse(payment.move_id)
                self._settle_by_bank(amount)
                self.assertEqual(payment.state, "paid")
            with self.assertRaisesRegex(UserError, r"\$.200.00 is due"):
                self._pay(amount=1)
        self.assertEqual(self.note.amount_residual, 0)

    def _settle_by_bank(self, amount):
        """Reconcile a line of a bank statement with the credit note itself."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "payment_ref": "Refund",
                "partner_id": self.customer.id,
                "amount": -amount,
                "date": fields.Date.today(),
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        receivable = self.note.line_ids.filtered(
            lambda one: one.account_type == "asset_receivable"
        )
        suspense.account_id = receivable.account_id
        (suspense | receivable).reconcile()

    def test_the_account_itself_stays(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "DE-1", "partner_id": self.customer.id}
        )
        line = self._sell(2)
        self._register(line.order_id.invoice_ids)
        note = self.moves.browse(self._return(line, 2).credit_note_ids.ids)
        self.assertEqual(note.partner_bank_id, bank)
        self.cashier.group_ids |= self.env.ref("base.group_partner_manager")

        def write(**values):
            self._rpc(self.cashier, "res.partner.bank", "write", bank.ids, values)

        for values in ({"acc_number": "DE-9"}, {"partner_id": self.stranger.id}):
            with self.assertRaisesRegex(
                UserError, f"{note.name} was released to the account DE-1"
            ):
                write(**values)
        write(acc_number="DE-1", partner_id=self.customer.id)
        first, other = self.env["res.bank"].create([{"name": "First"}, {"name": "B"}])
        bank.acc_holder_name = False
        write(bank_id=first.id, acc_holder_name="Ada")
        for values in ({"bank_id": other.id}, {"acc_holder_name": "Thief"}):
            with self.assertRaisesRegex(UserError, "was released to the account"):
                write(**values)
        self._register(note, self.cashier)
        self.assertEqual(note.payment_state, "paid")
        write(acc_number="DE-9")

    def test_no_other_account_of_a_bank(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "DE-9", "partner_id": self.stranger.id}
        )
        for user in (self.cashier, self.accountant, self.users["releaser"]):
            with self.assertRaisesRegex(UserError, "stays as it was released"):
                self._rpc(
                    user,
                    "account.move",
                    "write",
                    self.note.ids,
                    {"partner_bank_id": bank.id},
                    context={"skip_readonly_check": True},
                )
