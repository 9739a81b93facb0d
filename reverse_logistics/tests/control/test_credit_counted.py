"""Bills that let a credit pass, and that somebody takes back afterwards."""

from odoo import Command
from odoo.tests.common import tagged

from ..credit_common import BEYOND, TOO_MUCH, CreditCase

NEEDED = r"stays as it is: without what it bills, more is credited than was billed"


@tagged("post_install", "-at_install")
class TestCreditsCounted(CreditCase):
    """Everything of an invoice of 200 came back and was credited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(2)
        cls.invoice = cls._books(cls.line.order_id.invoice_ids)
        cls.rma = cls._return(cls.line, 2)

    def _exceptions(self):
        return self.rma.exception_ids.filtered(lambda e: e.type == "loose_credit")

    def _bill(self, amount, line=None, **values):
        """Enter an invoice by hand, and confirm it, as the accountant does."""
        return self._manual(amount, line, move_type="out_invoice", **values)

    def _rpc_books(self, records, method, *args, **context):
        records.env.cr.flush()
        return self._rpc(
            self.accountant,
            records._name,
            method,
            records.ids,
            *args,
            context=context,
        )

    # ------------------------------------------------------------------
    # Which documents raise a limit
    # ------------------------------------------------------------------
    def test_duplicate_of_an_invoice_is_no_part_of_it(self):
        credit = self._manual(200, post=False, reversed_entry_id=self.invoice.id)
        self.assertRefused(BEYOND, credit.action_post)
        duplicate = self.invoice.copy()
        duplicate.action_post()
        self.assertRefused(BEYOND, credit.action_post)
        # nor if it says to reverse something of the invoice, or the invoice itself
        for origin in (self.invoice, self._manual(1, self._sell(1))):
            false = self.invoice.copy({"reversed_entry_id": origin.id})
            false.action_post()
            self.assertRefused(BEYOND, credit.action_post)
        duplicate.button_draft()
        duplicate.button_cancel()
        self.assertEqual(duplicate.state, "cancel")

    def test_duplicate_has_limits_of_its_own(self):
        duplicate = self.invoice.copy()
        duplicate.action_post()
        credit = self._reversal(duplicate, price=50)
        self.assertEqual(credit.state, "posted")

    def test_named_beside_the_credited_invoice(self):
        duplicate = self.invoice.copy()
        duplicate.action_post()
        credit = self._reversal(duplicate, post=False)
        credit.reversed_entry_id = self.invoice
        credit.action_post()
        self.assertRefused(NEEDED, duplicate.button_draft)

    # ------------------------------------------------------------------
    # Taken back after the credit
    # ------------------------------------------------------------------
    def test_bill_of_the_order_line(self):
        bill = self._bill(200, self.line)
        credit = self._manual(200, self.line)
        self.assertRefused(f"{NEEDED}.*{TOO_MUCH}", bill.button_draft)
        for state in ("draft", "cancel"):
            self.assertRefused(
                NEEDED,
                lambda s=state: self._rpc_books(bill, "write", {"state": s}),
            )
        credit.button_draft()
        bill.button_draft()
        self.assertEqual(bill.state, "draft")

    def test_bill_lowered_or_deleted_while_it_is_posted(self):
        """A context that a client sends opens nothing."""
        bill = self._bill(200, self.line)
        self._manual(200, self.line)
        product = bill.invoice_line_ids
        due = bill.line_ids - product
        for records, method, args in (
            (bill, "write", [{"partner_id": self.stranger.id}]),
            (
                bill,
                "write",
                [
                    {
                        "line_ids": [
                            Command.update(product.id, {"balance": -1}),
                            Command.update(due.id, {"balance": 1}),
                        ]
                    }
                ],
            ),
            (bill, "unlink", []),
            (product, "unlink", []),
        ):
            with self.subTest(records=records, method=method, args=args):
                self.assertRefused(
                    f"{NEEDED}|Reset it to draft first",
                    lambda r=records, m=method, a=args: self._rpc_books(
                        r, m, *a, force_delete=True, skip_readonly_check=True
                    ),
                )
        self.assertEqual((bill.state, bill.amount_total), ("posted", 200))

    def test_what_took_a_credit_back(self):
        line = self._sell(1)
        first = self._manual(100, line)
        counter = self._reversal(first)
        self.assertEqual(counter.state, "posted")
        self.company.reverse_foreign_credit = "block"
        self._manual(100, line)
        self.assertRefused(NEEDED, counter.button_draft)

    def test_other_bills_of_the_order_stay_free(self):
        """What is left covers the credits, with other lines of the order or without."""
        bill = self._bill(200, self.line)
        self._manual(50, self.line)
        other = self._bill(70, self.line)
        other.button_draft()
        other.invoice_line_ids.price_unit = 60
        other.action_post()
        self.assertEqual((bill.state, other.amount_total), ("posted", 60))

    def test_plain_invoice_without_returns(self):
        """As the company says: by default, it is said on the credit note."""
        line = self._sell(1)
        invoice = self._books(line.order_id.invoice_ids)
        credit = self._reversal(invoice, price=20)
        invoice.button_draft()
        self.assertEqual(invoice.state, "draft")
        self.assertIn("only", credit.message_ids[:1].body)
        invoice.action_post()
        self.company.reverse_foreign_credit = "block"
        self.assertRefused(f"{NEEDED}.*{TOO_MUCH}", invoice.button_draft)

    # ------------------------------------------------------------------
    # Of credits that name nothing
    # ------------------------------------------------------------------
    def test_balance_of_the_customer(self):
        bill = self._bill(1000)
        credit = self._manual(777)
        self.assertFalse(self._exceptions())
        bill.button_draft()
        exception = self._exceptions()
        self.assertRegex(exception.message, f"{credit.name} .*all invoices bill")
        self.assertEqual(exception.res_id, credit.id)
        bill.action_post()
        bill.button_draft()
        self.assertEqual(self._exceptions(), exception, "once is enough")

    def test_balance_of_the_customer_refused(self):
        self.company.reverse_loose_credit = "block"
        bill = self._bill(1000)
        credit = self._manual(777)
        self.assertRefused(f"{NEEDED}.*{credit.name}", bill.button_draft)
        self.assertEqual(bill.state, "posted")

    def test_bill_given_to_another_customer(self):
        bill = self._bill(1000)
        credit = self._manual(777)
        self._rpc_books(
            bill, "write", {"partner_id": self.stranger.id}, skip_readonly_check=True
        )
        self.assertEqual(self._exceptions().res_id, credit.id)

    def test_bill_credited_by_itself(self):
        """Of a bill that is not posted, a credit is one that names nothing."""
        duplicate = self.invoice.copy()
        duplicate.action_post()
        credit = self._reversal(duplicate)
        self.assertFalse(self._exceptions())
        duplicate.button_draft()
        self.assertRegex(
            self._exceptions().message, f"{credit.name} .*gave the same amount"
        )

    # ------------------------------------------------------------------
    # Who wrote it
    # ------------------------------------------------------------------
    def _scheduled(self, **values):
        return self._manual(200, post=False, auto_post="at_date", **values)

    def _post_as_schedule(self):
        """Odoo posts what is due, as nobody."""
        root = self.env.ref("base.user_root")
        self.moves.with_user(root).search(
            [("state", "=", "draft"), ("auto_post", "!=", "no")]
        )._post()

    def test_author_of_a_scheduled_credit(self):
        approver = self.env.ref("reverse_logistics.group_approver")
        self.accountant.group_ids |= approver
        self._scheduled()
        self._post_as_schedule()
        exception = self._exceptions()
        self.assertIn(self.accountant, exception.caused_by_ids)
        leave = exception.with_user(self.accountant).action_leave_credit
        self.assertRefused("You took an earlier step", leave)
        self._as("approver", exception).action_leave_credit()
        self.assertEqual(exception.state, "resolved")

    def test_author_whose_colleague_confirms(self):
        colleague = self.accountant.copy({"login": "colleague"})
        for change in ("lines", "nothing"):
            with self.subTest(change=change), self.cr.savepoint() as savepoint:
                credit = self._manual(150, post=False)
                if change == "lines":
                    mine = credit.with_user(colleague)
                    mine.invoice_line_ids.price_unit = 200
                else:
                    credit.invoice_line_ids.price_unit = 200
                self.env.cr.flush()
                credit.with_user(self.users["releaser"]).action_post()
                causes = self._exceptions().caused_by_ids
                self.assertIn(self.accountant, causes)
                self.assertEqual(colleague in causes, change == "lines")
                self.assertEqual(
                    self._exceptions().caused_by_id, self.users["releaser"]
                )
                savepoint.rollback()
                self.env.invalidate_all()

    def test_nobody_says_what_a_document_named(self):
        vals = {
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "reverse_named_ids": [Command.set(self.invoice.ids)],
        }
        self.assertRefused(
            "cannot be set by hand",
            lambda: self._rpc(self.accountant, "account.move", "create", [vals]),
        )
        del vals["reverse_named_ids"]
        self.assertRefused(
            "cannot be set by hand",
            lambda: self._rpc(
                self.accountant,
                "account.move",
                "create",
                [vals],
                context={"default_reverse_named_ids": self.invoice.ids},
            ),
        )
