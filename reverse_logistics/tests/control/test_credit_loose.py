"""Credit notes that name neither an invoice nor an order: nobody can tell what for."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from ..credit_common import TOO_MUCH, CreditCase


@tagged("post_install", "-at_install")
class TestLooseCredits(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)
        cls.rma = cls._return(cls.line, 1)

    def _exceptions(self):
        return self.rma.exception_ids.filtered(lambda e: e.type == "loose_credit")

    def test_same_amount_as_a_return(self):
        credit = self._manual(100)
        exception = self._exceptions()
        self.assertRegex(
            exception.message,
            f"{credit.name} gives Ada Distribution .*100.00 and names neither.*"
            f"{self.rma.credit_note_ids.name} of {self.rma.name} gave the same amount",
        )
        self.assertEqual(exception.state, "open")
        self.assertEqual(
            exception.owner_group_id, self.env.ref("reverse_logistics.group_approver")
        )
        event = self._events(self.rma).filtered(lambda e: e.name == "CreditOutside")
        self.assertEqual(event.data["credit_notes"][0]["number"], credit.name)
        self.assertIn(credit.name, event.data_text)

    def test_an_order_made_up_for_it(self):
        """It never billed anything, and is named by what gives the money."""
        made_up = self._new_order((self.product, 1, {"price_unit": 1}))
        credit = self._manual(100, made_up.order_line)
        self.assertRegex(
            self._exceptions().message, f"{credit.name} .*order that was billed"
        )

    def test_more_than_was_ever_billed(self):
        self._manual(250)
        self.assertFalse(self._exceptions(), "50.00 are still owed")
        self._manual(60)
        self.assertRegex(self._exceptions().message, "more than all invoices bill")

    def test_closes_with_the_credit(self):
        credit = self._manual(100)
        credit.button_draft()
        exception = self._exceptions()
        self.assertEqual(
            (exception.state, exception.resolution), ("resolved", "reversed")
        )
        credit.action_post()
        again = self._exceptions() - exception
        self.assertEqual(again.state, "open")
        self._reversal(credit)
        self.assertEqual(again.state, "resolved")

    def test_an_approver_leaves_it(self):
        self._manual(100)
        exception = self._exceptions()
        with self.assertRaisesRegex(UserError, "for the role|in this way|role"):
            self._as("releaser", exception).action_leave_credit()
        self._as("approver", exception).action_leave_credit()
        self.assertEqual(exception.state, "resolved")

    def test_company_refuses_them(self):
        self.company.reverse_loose_credit = "block"
        with self.assertRaisesRegex(
            UserError, "gave the same amount. Create it with “Credit Note”"
        ):
            self._manual(100)
        self.assertAmounts(self._manual(99), 99)
        self.assertFalse(self._exceptions())

    def test_company_does_not_look(self):
        self.company.reverse_loose_credit = "off"
        self.assertAmounts(self._manual(100), 100)
        self.assertFalse(self._exceptions())

    def test_nobody_looks_at_others(self):
        """Of other customers, of an order or an invoice, or after a credit was gone."""
        self._manual(100, partner_id=self.stranger.id)
        self._manual(100, self.line)
        other = self._sell(1).order_id.invoice_ids
        self._reversal(other)
        self._as("releaser", self.rma.settlement_ids).action_reverse()
        self._manual(100)
        self.assertFalse(self._exceptions())

    def test_contacts_of_one_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Bookkeeping", "parent_id": self.customer.id, "type": "invoice"}
        )
        self._manual(100, partner_id=contact.id)
        self.assertEqual(len(self._exceptions()), 1)

    def _branch(self):
        """Open a branch, of which the accountant keeps the same books."""
        branch = self.env["res.company"].create(
            {"name": "North Branch", "parent_id": self.company.id}
        )
        self.accountant.company_ids |= branch
        return branch

    def _in_branch(self, branch, amount, line=None):
        companies = branch | self.company
        credit = self._manual(
            amount,
            line,
            post=False,
            companies=companies,
            company_id=branch.id,
            journal_id=self.line.order_id.invoice_ids.journal_id.id,
        )
        return credit.with_context(allowed_company_ids=companies.ids)

    def test_a_branch_gives_nothing_once_more(self):
        branch = self._branch()
        for amount, reason in (
            (100, "gave the same amount"),
            (310, "more than all invoices bill"),
        ):
            with self.subTest(amount=amount), self.cr.savepoint() as savepoint:
                credit = self._in_branch(branch, amount)
                credit.action_post()
                self.assertEqual((credit.company_id, credit.state), (branch, "posted"))
                self.assertRegex(self._exceptions().message, reason)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_the_strictest_setting_above_a_branch_counts(self):
        branch = self._branch()
        for above, own, result in (
            ("block", "off", "refused"),
            ("off", "block", "refused"),
            ("warn", "off", "opened"),
            ("off", "off", "posted"),
        ):
            with self.subTest(above=above, own=own), self.cr.savepoint() as savepoint:
                self.company.reverse_loose_credit = above
                branch.reverse_loose_credit = own
                credit = self._in_branch(branch, 100)
                if result == "refused":
                    self.assertRefused("gave the same amount", credit.action_post)
                else:
                    credit.action_post()
                self.assertEqual(bool(self._exceptions()), result == "opened")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_branch_below_binds_the_company_above(self):
        """What a return there gave may be given once more by nobody."""
        branch = self._branch()
        self.company.reverse_loose_credit = "off"
        branch.reverse_loose_credit = "block"
        given = self._in_branch(branch, 100, self._sell(1))
        above = self.rma.credit_note_ids
        self.assertEqual(above._get_reverse_loose_policy(given), "block")
        self.assertEqual(above._get_reverse_loose_policy(above), "off")

    def test_nobody_credits_in_a_branch_more_than_was_invoiced(self):
        branch = self._branch()
        line = self._sell(1)
        for above, own in (("block", "off"), ("off", "block")):
            self.company.reverse_foreign_credit = above
            branch.reverse_foreign_credit = own
            credit = self._in_branch(branch, 101, line)
            self.assertRefused(TOO_MUCH, credit.action_post)
        branch.reverse_foreign_credit = "off"
        credit.action_post()
        self.assertEqual(credit.state, "posted")

    def test_a_point_of_sale_goes_on(self):
        """Its refunds are posted many at once, and none waits for an exception."""
        vals = {
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "invoice_line_ids": [
                Command.create({"name": "x", "price_unit": 100, "tax_ids": False})
            ],
        }
        refunds = self.moves.create([vals, vals])
        refunds.action_post()
        self.assertEqual(refunds.mapped("state"), ["posted"] * 2)
        self.assertEqual(len(self._exceptions()), 2)
