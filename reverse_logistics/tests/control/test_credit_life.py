"""The life of a credit note: each way to get more, as the person who could."""

from unittest.mock import patch

from odoo import Command
from odoo.tests.common import tagged

from ..credit_common import BEYOND, STAYS, TOO_MUCH, CreditCase


@tagged("post_install", "-at_install")
class TestCreditLimits(CreditCase):
    """Everything of an invoice came back and was credited: nothing of it is left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls._create_tax(20)
        cls.line = cls._sell(4, tax_ids=[Command.set(cls.tax.ids)])
        cls.order = cls.line.order_id
        cls.invoice = cls.order.invoice_ids
        cls.rma = cls._return(cls.line, 4)
        cls.note = cls.moves.browse(cls.rma.credit_note_ids.ids)

    def _credited(self):
        documents = self.moves.search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "posted"),
                ("move_type", "=", "out_refund"),
            ]
        )
        return sum(documents.mapped("amount_total"))

    # ------------------------------------------------------------------
    # However it is typed
    # ------------------------------------------------------------------
    def test_lines_entered_again(self):
        draft = self._reversal(self.invoice, post=False)
        self._retype(draft, 400)
        self.assertRefused(
            rf"\$.400.00 {BEYOND.replace('.*', '.*0.00 of INV.*')}", draft.action_post
        )
        self.assertEqual(self._credited(), 480)
        # cash is rounded by coins, not by as much as somebody enters
        draft = self._reversal(self.invoice, post=False)
        self._retype(draft, 400)
        draft.invoice_cash_rounding_id = self.env["account.cash.rounding"].create(
            {"name": "All", "rounding": 400.0, "strategy": "biggest_tax"}
        )
        self.assertRefused(BEYOND, draft.action_post)

    def test_order_line_taken_off(self):
        draft = self._reversal(self.invoice, post=False)
        draft.invoice_line_ids.write({"sale_line_ids": [Command.clear()]})
        self.assertRefused(BEYOND, draft.action_post)

    def test_invoice_and_order_line_taken_off(self):
        """What a document once named counts, whatever it names now."""
        draft = self._reversal(self.invoice, post=False)
        draft.reversed_entry_id = False
        draft.invoice_line_ids.write({"sale_line_ids": [Command.clear()]})
        self.assertRefused(BEYOND, draft.action_post)
        draft = self._reversal(self.invoice, post=False)
        draft.reversed_entry_id = False
        self._retype(draft, 1)
        self.assertRefused(BEYOND, draft.action_post)

    def test_order_line_taken_off_by_a_salesperson(self):
        draft = self._manual(100, self.line, post=False)
        seller = self._as("service", self.line).sudo()
        seller.invoice_lines = [Command.unlink(draft.invoice_line_ids.id)]
        self.assertFalse(draft.invoice_line_ids.sale_line_ids)
        self.assertRefused(BEYOND, draft.action_post)

    def test_memory_is_not_cleared_by_hand(self):
        draft = self._reversal(self.invoice, post=False)
        draft.reversed_entry_id = False
        self.assertEqual(draft.sudo().reverse_named_ids, self.invoice)
        self.assertRefused(
            "cannot be set by hand",
            lambda: draft.write({"reverse_named_ids": [Command.clear()]}),
        )

    def test_down_payment_beside(self):
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(self.order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 80,
            }
        ).create_invoices()
        down = self.order.order_line.filtered(
            lambda line: line.is_downpayment and not line.display_type
        )
        draft = self._manual(100, self.line | down, post=False)
        self.assertRefused(TOO_MUCH, draft.action_post)

    def test_negative_price_on_an_invoice(self):
        draft = self._manual(-100, self.line, post=False, move_type="out_invoice")
        draft.invoice_line_ids = [Command.create({"name": "Other", "price_unit": 900})]
        self.assertRefused(TOO_MUCH, draft.action_post)

    def test_other_kinds_of_documents(self):
        """Of a vendor, a receipt, or an entry that says it reverses the invoice."""
        for kind in "in_invoice", "in_receipt":
            with self.subTest(kind=kind):
                draft = self._manual(
                    10, post=False, move_type=kind, reversed_entry_id=self.invoice.id
                )
                self.assertRefused(BEYOND, draft.action_post)
                draft = self._manual(10, self.line, post=False, move_type=kind)
                self.assertRefused(BEYOND, draft.action_post)
        due = self.customer.property_account_receivable_id
        entry = self._books(
            self.moves.create(
                {
                    "move_type": "entry",
                    "reversed_entry_id": self.invoice.id,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": due.id,
                                "partner_id": self.customer.id,
                                "credit": 5,
                            }
                        ),
                        Command.create(
                            {"account_id": self.expense_account.id, "debit": 5}
                        ),
                    ],
                }
            )
        )
        self.assertRefused(BEYOND, entry.action_post)

    def test_what_a_vendor_bills_raises_no_limit(self):
        bill = self._manual(50, self.line, post=False, move_type="in_invoice")
        with patch.object(type(bill), "_check_reverse_documents"):
            bill.action_post()
        self.assertRefused(TOO_MUCH, lambda: self._manual(50, self.line))

    def test_copies_remember_what_was_named(self):
        copied = self._books(self.invoice).copy()
        copied.action_switch_move_type()
        self.assertEqual(copied.move_type, "out_refund")
        self.assertRefused(BEYOND, copied.action_post)
        as_refund = self._books(self.invoice).copy({"move_type": "out_refund"})
        self.assertRefused(BEYOND, as_refund.action_post)
        draft = self._reversal(self.invoice, post=False)
        self.assertRefused(BEYOND, draft.copy().action_post)
        again = self._books(self.invoice).copy()
        again.action_post()
        self.assertEqual(again.state, "posted", "billing once more is no credit")

    def test_credit_of_a_wrong_tax(self):
        """Net and tax together are limited."""
        other = self._sell(4, tax_ids=[Command.set(self.tax.ids)])
        invoice = other.order_id.invoice_ids
        self._return(other, 2)
        draft = self._reversal(invoice, quantity=2, post=False)
        draft.invoice_line_ids.tax_ids = self._create_tax(90)
        self.assertRefused(BEYOND, draft.action_post)
        draft.invoice_line_ids.tax_ids = self.tax
        draft.action_post()
        self.assertEqual(draft.amount_total, 240)

    def test_each_invoice_has_a_limit_of_its_own(self):
        """Of two invoices of one order, one was credited: the other one is left."""
        order = self._new_order((self.product, 4, {"price_unit": 100}))
        self._deliver(order, 2)
        first = self._invoice(order)
        self._deliver(order)
        second = self._invoice(order)
        self._return(order.order_line, 2)
        credited = (first | second).filtered("reversal_move_ids")
        self.assertEqual(len(credited), 1)
        draft = self._reversal(credited, post=False)
        self._retype(draft, 100)
        self.assertRefused(
            f"of {credited.name}, {order.name} is left", draft.action_post
        )
        left = self._reversal((first | second) - credited)
        self.assertEqual(left.amount_untaxed, 200)

    def test_credit_for_somebody_else(self):
        """What was billed to one customer is not credited to another one."""
        other = self._sell(2)
        invoice = other.order_id.invoice_ids
        self._return(other, 1)
        draft = self._reversal(invoice, quantity=1, post=False)
        draft.partner_id = self.stranger
        self.assertRefused(BEYOND, draft.action_post)

    def test_credits_are_seen_whoever_wrote_them(self):
        """Typed before the return, of its invoice: the return gives what is left."""
        other = self._sell(4)
        draft = self._reversal(other.order_id.invoice_ids, post=False)
        self._retype(draft, 350)
        draft.action_post()
        rma = self._return(other, 4, condition="D")
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        self.assertRefused(
            r"\$.400.00 with tax would be credited, but only \$.50.00 of INV",
            self._as("releaser", settlement).action_release,
        )
        self.assertEqual(settlement.state, "approved")
        draft.button_draft()
        self._as("releaser", settlement).action_release()
        self.assertAmounts(rma.credit_note_ids, 400)
        self.assertRefused(BEYOND, draft.action_post)

    # ------------------------------------------------------------------
    # What was posted
    # ------------------------------------------------------------------
    def test_posted_credit_is_not_raised(self):
        other = self._sell(4)
        invoice = other.order_id.invoice_ids
        self._return(other, 2)
        credit = self._reversal(invoice, quantity=1)
        message = "gives something of what returns credit as well"
        for record, values in (
            (credit.invoice_line_ids, {"price_unit": 500}),
            (credit.invoice_line_ids, {"quantity": 5}),
            (credit, {"amount_total": 1}),
            (credit, {"reversed_entry_id": False}),
            (credit, {"partner_id": self.stranger.id}),
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    message,
                    lambda record=record, values=values: record.with_context(
                        skip_readonly_check=True
                    ).write(values),
                )
        credit.write({"narration": "Thank you"})
        credit.button_draft()
        credit.invoice_line_ids.price_unit = 500
        self.assertRefused(TOO_MUCH, credit.action_post)

    def test_state_of_a_line_is_that_of_its_document(self):
        """A line that says it is a draft would count for no limit."""
        other = self._sell(4)
        credit = self._reversal(other.order_id.invoice_ids, quantity=4)
        draft = self._manual(1, post=False)
        for lines, state in (
            (credit.invoice_line_ids, "draft"),
            (draft.line_ids, "posted"),
        ):
            lines.with_user(self.accountant).write({"parent_state": state})
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(set(lines.mapped("parent_state")), {lines.move_id.state})

    def test_links_of_what_is_posted(self):
        """No other invoice is linked to the order line to raise its limit, and no
        credit is taken off it.
        """
        other = self._sell(4)
        billed = self._books(other.order_id.invoice_ids).invoice_line_ids
        message = f"Returns are about .*{self.order.name}.*stays linked"
        self.assertRefused(
            message,
            lambda: billed.write({"sale_line_ids": [Command.link(self.line.id)]}),
        )
        seller = self._as("service", self.line)
        self.assertRefused(
            message,
            lambda: seller.sudo().write({"invoice_lines": [Command.link(billed.id)]}),
        )
        own = self._books(self.invoice).invoice_line_ids
        self.assertRefused(
            "stays as it is|stays linked",
            lambda: own.write({"sale_line_ids": [Command.clear()]}),
        )

    def test_credited_invoice_stays(self):
        """What a return has credited is neither lowered nor taken out of the books."""
        invoice = self._books(self.invoice)
        message = f"stays as it is: {self.note.name} of {self.rma.name} credited"
        for call in (
            invoice.button_draft,
            invoice.button_cancel,
            lambda: invoice.write({"state": "draft"}),
            invoice.with_context(force_delete=True, _force_unlink=True).unlink,
            lambda: invoice.invoice_line_ids.write({"price_unit": 1}),
            lambda: invoice.invoice_line_ids.write({"quantity": 1}),
            lambda: invoice.write({"invoice_currency_rate": 3.0}),
            lambda: invoice.write({"amount_total": 3.0}),
        ):
            self.assertRefused(message, call)
        invoice.narration = "Paid twice"
        due = invoice.line_ids.filtered(lambda r: r.display_type == "payment_term")
        due.date_maturity = "2030-01-01"
        invoice.invoice_line_ids.analytic_distribution = False
        self.assertFalse(invoice.show_reset_to_draft_button)
        self._as("releaser", self.rma.settlement_ids).action_reverse()
        self.assertTrue(invoice.show_reset_to_draft_button)
        invoice.button_draft()
        self.assertEqual(invoice.state, "draft")

    def test_nothing_else_becomes_a_counter_document(self):
        """Neither what is posted already, nor what gives even more."""
        billed = self._books(self._sell(4, 120).order_id.invoice_ids)
        self.assertEqual(billed.amount_total, self.note.amount_total)
        self.assertRefused(
            STAYS, lambda: billed.write({"reversed_entry_id": self.note.id})
        )
        note = self._books(self.note)
        self.assertRefused(
            STAYS, lambda: note.write({"reversal_move_ids": [Command.link(billed.id)]})
        )
        for kind in "out_refund", "in_invoice", "out_receipt":
            draft = self._manual(
                480, post=False, move_type=kind, reversed_entry_id=self.note.id
            )
            with self.subTest(kind=kind):
                self.assertRefused("whole, by .*, or not at all", draft.action_post)
        draft = self._books(
            note.copy({"move_type": "out_invoice", "reversed_entry_id": note.id})
        )
        draft.invoice_line_ids.account_id = self.expense_account
        self.assertRefused("whole, by .*, or not at all", draft.action_post)
        self.assertEqual(self.rma.settlement_ids.state, "released")

    def test_one_of_two_credits_comes_back(self):
        """Reset, cancelled, settled again by colleagues, and posted once more."""
        note = self._books(self.note)
        note.button_cancel()
        self.assertEqual(self._events(self.rma)[-1].name, "CreditCancelled")
        self._as("service", self.rma).action_propose_settlement()
        proposed = self.rma.settlement_ids.filtered(lambda s: s.state == "draft")
        again = self._settle(proposed)
        for call in (
            note.button_draft,
            note.action_post,
            note.copy,
            note.unlink,
            lambda: note.write({"state": "posted"}),
            lambda: note.write({"state": "draft"}),
            lambda: note.write({"posted_before": False}),
        ):
            self.assertRefused(f"return|releas|{TOO_MUCH}", call)
        self.assertEqual((note.state, again.state), ("cancel", "posted"))
        self.assertEqual(self._credited(), 480)

    def test_import_writes_no_state(self):
        draft = self._reversal(self.invoice, post=False)
        for document, label in ((draft, "Posted"), (self.note, "Draft")):
            result = self._rpc(
                self.accountant,
                "account.move",
                "load",
                [".id", "state"],
                [[str(document.id), label]],
            )
            self.assertFalse(result["ids"])
            self.assertRegex(result["messages"][0]["message"], f"{TOO_MUCH}|{STAYS}")
        self.assertEqual((draft.state, self.note.state), ("draft", "posted"))


@tagged("post_install", "-at_install")
class TestCreditRelease(CreditCase):
    """A release posts what was settled, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls._create_tax(20)
        cls.line = cls._sell(4, tax_ids=[Command.set(cls.tax.ids)])

    def _approved(self, **values):
        rma = self._return(self.line, 1, condition="D")
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        return settlement

    def test_context_of_a_client_changes_no_document(self):
        settlement = self._approved()
        context = {
            "skip_invoice_sync": True,
            "move_reverse_cancel": True,
            "check_move_validity": False,
            "skip_account_move_synchronization": True,
            "default_invoice_currency_rate": 3.0,
            "default_partner_id": self.stranger.id,
            "default_auto_post": "monthly",
        }
        self._rpc(
            self.users["releaser"],
            "reverse.settlement",
            "action_release",
            settlement.ids,
            context={**self.env.context, **context},
        )
        note = settlement.credit_note_ids
        self.assertEqual((note.amount_total, note.partner_id), (120, self.customer))
        self.assertEqual((note.auto_post, self._cogs(note)), ("no", -40))
        self._rpc(
            self.users["releaser"],
            "reverse.settlement",
            "action_reverse",
            settlement.ids,
            context={**self.env.context, **context},
        )
        self.assertEqual(note.reversal_move_ids.amount_total, 120)
        self.assertEqual(self._cogs(note | note.reversal_move_ids), 0)

    def test_document_made_otherwise_is_not_posted(self):
        """By whichever addon: more, less, for somebody else, elsewhere."""
        settlement = self._approved()
        euro = self.env.ref("base.EUR")
        euro.active = True
        create = type(self.moves).create
        journal = self.env["account.journal"].create(
            {"name": "Other sales", "type": "sale", "code": "OTH"}
        )
        for values, line_values in (
            ({"partner_id": self.stranger.id}, {}),
            ({"partner_shipping_id": self.stranger.id}, {}),
            ({"currency_id": euro.id}, {}),
            ({"journal_id": journal.id}, {}),
            ({}, {"price_unit": 90, "extra_tax_data": False}),
            ({}, {"price_unit": 110, "extra_tax_data": False}),
            ({}, {"tax_ids": False, "extra_tax_data": False}),
            ({}, {"account_id": self.expense_account.id}),
            ({}, {"quantity": 2, "price_unit": 50}),
            ({}, {"reverse_settlement_line_id": False}),
        ):
            # pylint: disable-next=dangerous-default-value
            def altered(moves, vals_list, values=values, line_values=line_values):
                for vals in vals_list:
                    vals.update(values)
                    for command in vals["invoice_line_ids"]:
                        command[2].update(line_values)
                return create(moves, vals_list)

            with (
                self.subTest(values=values, line_values=line_values),
                patch.object(type(self.moves), "create", altered),
            ):
                self.assertRefused(
                    "settles .*120.00.*, but its credit note differs",
                    self._as("releaser", settlement).action_release,
                )
        self.assertEqual(settlement.state, "approved")
        self.assertFalse(settlement.credit_note_ids)
        self._as("releaser", settlement).action_release()
        self.assertEqual(settlement.credit_note_ids.amount_total, 120)

    def test_what_accounting_needs_afterwards(self):
        rma = self._return(self.line)
        note = self._books(rma.credit_note_ids)
        # settled against its invoice it is paid, and a payment cannot be blocked
        note.line_ids.remove_move_reconcile()
        note.set_moves_checked()
        note.action_toggle_block_payment()
        note.action_toggle_block_payment()
        note.write(
            {
                "narration": "By bank",
                "ref": "Agreed",
                "payment_reference": "R 1",
                "invoice_user_id": self.accountant.id,
            }
        )
        note.invoice_line_ids.write({"name": "Kettle, used", "sequence": 3})
        note.sudo().button_hash()
        self.assertTrue(note.inalterable_hash)
        self.assertEqual((note.state, note.amount_total), ("posted", 120))
        self.assertEqual(rma.settlement_ids.state, "released")
