"""*Credit an Amount*: its limits, who approves it, and settlements sent back."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestCreditAmount(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls._create_tax(20)
        cls.freight = cls.env["product.product"].create(
            {"name": "Freight", "type": "service", "invoice_policy": "order"}
        )

    def _with_freight(self, quantity=1, separate=False):
        """Sell goods at 6.40 and freight at 4.00, on one invoice or on two."""
        taxes = {"tax_ids": [Command.set(self.tax.ids)]}
        order = self._new_order(
            (self.product, quantity, {"price_unit": 6.4, **taxes}),
            (self.freight, 1, {"price_unit": 4.0, **taxes}),
        )
        if separate:
            self._invoice(order)
        self._deliver(order)
        self._invoice(order)
        return order.order_line[0]

    def _enter(self, rma, amount):
        """Enter an amount as customer service does on the form."""
        model = self._as("service", self.env["reverse.settlement"])
        form = Form(model.with_context(default_rma_id=rma.id))
        with form.line_ids.new() as line:
            line.rma_line_id = rma.line_ids[:1]
            line.price_unit = amount
        return form.save()

    def test_an_amount_is_above_zero_and_says_what_it_is(self):
        rma = self._return(self._sell(3), condition="A")
        with self.assertRaisesRegex(UserError, "^Kettle: enter an amount above zero"):
            self._enter(rma, -5)
        line = self._enter(rma, 5).line_ids
        self.assertRegex(line._explain(), "5.00 without goods, credited from INV")
        self.assertRegex(line._summarize(), r"^Kettle: \$.5.00 without goods$")
        model = self._as("service", self.env["reverse.settlement"])
        form = Form(model.with_context(default_rma_id=rma.id))
        with form.line_ids.new() as entered:
            entered.rma_line_id = rma.line_ids
            entered.price_unit = 5
        self.assertRegex(form.explanation, r"5.00 without goods\.")

    # ------------------------------------------------------------------
    # Limits
    # ------------------------------------------------------------------
    def test_freight_of_goods_that_were_credited(self):
        for separate in (False, True):
            line = self._with_freight(separate=separate)
            rma = self._return(line)
            self.assertAmounts(rma.credit_note_ids, 6.4)
            note = self._credit_value(rma, 4.0)
            self.assertAmounts(note, 4.0)
            self.assertAlmostEqual(note.amount_total, 4.8)
            self.assertEqual(note.invoice_line_ids.product_id, self.freight)
            self.assertEqual(
                note.reversed_entry_id,
                note.invoice_line_ids.reverse_origin_line_id.move_id,
            )
            self.assertLine(line, 0, 0, 0)
            with self.assertRaisesRegex(UserError, r"only \$.0.00 of INV/.* is left"):
                self._enter(rma, 0.01).action_submit()

    def test_too_much_is_refused_when_it_is_submitted(self):
        rma = self._return(self._with_freight(2), condition="D")
        settlement = self._enter(rma, 999999)
        with self.assertRaisesRegex(
            UserError,
            r"credit \$.999,999.00 before tax, but only \$.16.80 of INV/.* is left",
        ):
            settlement.action_submit()
        self.assertEqual(settlement.state, "draft")
        self.assertFalse(settlement.credit_note_ids)
        settlement.line_ids.price_unit = 16.8
        self.assertAmounts(self._settle(settlement), 16.8)

    def test_nothing_is_no_amount(self):
        rma = self._requested(self.line)
        for amount in (0, -5):
            with self.assertRaisesRegex(UserError, "enter (the|an) amount"):
                self._enter(rma, amount).action_submit()
        self.assertFalse(rma.settlement_ids)

    def test_company_limit_holds_for_the_whole_return(self):
        self.company.reverse_goodwill_limit = 50
        rma = self._requested(self.line)
        self.assertAmounts(self._credit_value(rma, 30), 30)
        with self.assertRaisesRegex(
            UserError, r"would give \$.51.00 of goodwill .* allows \$.50.00 for one"
        ):
            self._enter(rma, 21).action_submit()
        self.assertAmounts(self._credit_value(rma, 20), 20)
        self._as("releaser", rma.settlement_ids[0]).action_reverse()
        self.assertAmounts(self._credit_value(rma, 20), 20)

    def test_company_limit_holds_at_release(self):
        rma = self._requested(self.line)
        first, second = self._enter(rma, 30), self._enter(rma, 30)
        for settlement in (first, second):
            settlement.action_submit()
            self._as("approver", settlement).action_approve()
        self.company.reverse_goodwill_limit = 50
        self._as("releaser", first).action_release()
        with self.assertRaisesRegex(UserError, r"would give \$.60.00 of goodwill"):
            self._as("releaser", second).action_release()
        self.assertEqual(second.state, "approved")

    def test_goodwill_has_an_approval_of_its_own(self):
        self._rule("goodwill", group_id=self.technical.id)
        rma = self._return(self.line, condition="D")
        self._as("service", rma.settlement_ids).action_submit()
        self.assertNotIn("goodwill", self._gates(rma.settlement_ids))
        settlement = self._enter(rma, 10)
        settlement.action_submit()
        self.assertEqual(self._gates(settlement), ["goodwill"])
        with self.assertRaisesRegex(
            UserError, "Credit of an amount: one of “Technical centre”"
        ):
            self._as("approver", settlement).action_approve()
        self._approve(self.technician, settlement)
        self.assertEqual(settlement.state, "approved")

    # ------------------------------------------------------------------
    # Sent back
    # ------------------------------------------------------------------
    def test_approver_sends_back_with_a_reason(self):
        rma = self._requested(self.line)
        settlement = self._enter(rma, 30)
        settlement.action_submit()
        self._as("approver", settlement).action_send_back(" 25 is enough ")
        self.assertEqual(settlement.state, "draft")
        (event,) = self._events(rma).filtered(lambda e: e.name == "CreditSentBack")
        self.assertEqual(event.user_id, self.users["approver"])
        self.assertNotIn("enough", str(event.data))
        self.assertIn("25 is enough", rma.message_ids[0].body)
        activity = settlement.activity_id
        self.assertEqual(
            (activity.user_id, activity.res_id), (self.users["service"], rma.id)
        )
        self.assertIn("25 is enough", activity.note)
        settlement.line_ids.price_unit = 25
        settlement.action_submit()
        self.assertFalse(activity.active)
        self._as("approver", settlement).action_approve()
        self.assertAmounts(self._release(settlement), 25)

    def _release(self, settlement):
        self._as("releaser", settlement).action_release()
        return settlement.credit_note_ids

    def test_releaser_sends_back_what_was_approved(self):
        self._rule("credit")
        settlement = self._enter(self._requested(self.line), 30)
        settlement.action_submit()
        self._as("approver", settlement).action_approve()
        with self.assertRaisesRegex(AccessError, "for the role “Credit releaser”"):
            self._as("approver", settlement).action_send_back("No")
        self._as("releaser", settlement).action_send_back("No")
        self.assertEqual(
            (settlement.state, settlement.approval_state), ("draft", False)
        )
        self.assertFalse(settlement.approved_by_id)
        self.assertFalse(self._live(settlement))
        settlement.action_submit()
        with self.assertRaisesRegex(UserError, "this step is not possible"):
            self._as("releaser", settlement).action_release()

    def test_cancelling_closes_the_activity(self):
        settlement = self._enter(self._requested(self.line), 30)
        settlement.action_submit()
        self._as("approver", settlement).action_send_back("No")
        activity = settlement.activity_id
        settlement.action_cancel()
        self.assertFalse(activity.active)

    def test_what_policy_proposed_is_sent_back_to_a_person(self):
        """Policy credits nothing by itself that a person has sent back."""
        self._rule("credit")
        rma = self._return(self.line)
        settlement = rma.settlement_ids
        self.assertEqual(settlement.state, "submitted")
        self._as("approver", settlement).action_send_back("Look at the scratches")
        self.assertFalse(settlement.policy_version_id)
        self.assertEqual(settlement.activity_id.user_id, rma.requested_by_id)
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        self.assertEqual(settlement.state, "approved")
        self.assertFalse(settlement.credit_note_ids)

    def test_sending_back_needs_a_reason_a_role_and_something_that_waits(self):
        settlement = self._enter(self._requested(self.line), 30)
        with self.assertRaisesRegex(UserError, "this step is not possible from there"):
            self._as("releaser", settlement).action_send_back("No")
        settlement.action_submit()
        with self.assertRaisesRegex(UserError, "Say what is to be changed"):
            self._as("approver", settlement).action_send_back("  ")
        for role in ("service", "releaser", "auditor"):
            with self.assertRaisesRegex(AccessError, "for the role “Approver”"):
                self._as(role, settlement).action_send_back("No")
        action = self._as("approver", settlement).action_open_send_back()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.users["approver"])
            .with_context(**action["context"])
            .create({"reason": "Less"})
        )
        wizard.action_send_back()
        self.assertEqual(settlement.state, "draft")
