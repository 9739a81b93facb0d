"""Credits and policies that somebody else has to approve."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..approval_common import ApprovalCase
from ..sources_common import SourcesCommon


@tagged("post_install", "-at_install")
class TestCreditApprovals(SourcesCommon, ApprovalCase):
    def _credit(self, quantity=1, condition="A"):
        return self._return(self.line, quantity, condition).settlement_ids

    def test_policy_credits_after_the_approval(self):
        self._rule("credit", group_id=self.technical.id)
        settlement = self._credit(2)
        self.assertEqual(
            (settlement.state, settlement.approval_state), ("submitted", "waiting")
        )
        self.assertFalse(settlement.credit_note_ids)
        self.assertFalse(settlement.decided_by, "nobody has decided it yet")
        approval = settlement.approval_ids
        self.assertEqual((approval.amount, approval.rma_id), (200, settlement.rma_id))
        self.assertIn("2 × Kettle", approval.details)
        self._approve(self.technician, settlement)
        self.assertEqual(settlement.state, "released")
        self.assertEqual(settlement.approved_by_id, self.technician)
        self.assertEqual(settlement.credit_note_ids.state, "posted")
        self.assertEqual(settlement.rma_id.stage, "settled")
        events = self._events(settlement.rma_id)
        (approved,) = events.filtered(lambda e: e.name == "CreditApproved")
        self.assertEqual(approved.data["decider"], "person")
        self.assertEqual(approved.data_text.split(" · ")[-1], "decided by a person")

    def test_small_credits_do_not_wait(self):
        self._rule("credit", value_from=150)
        self.assertEqual(self._credit(1).state, "released")
        self.assertEqual(self._credit(2).state, "submitted")

    def test_replacement_is_worth_the_goods(self):
        self._rule("credit", value_from=150)
        for quantity, state in ((1, "released"), (2, "submitted")):
            rma = self._return(
                self.line, quantity, rma={"settlement_type": "replacement"}
            )
            self.assertEqual(rma.settlement_ids.type, "replacement")
            self.assertEqual(rma.settlement_ids.state, state)
        self.assertEqual(rma.settlement_ids.approval_ids.amount, 200)

    def test_approving_is_the_approval_and_a_releaser_posts_it(self):
        self._rule("credit", approver_count=2)
        settlement = self._credit(1, "E")
        self.assertIs(settlement.decided_by, False, "nobody has decided yet")
        self._as("service", settlement).action_submit()
        self.assertEqual(self._gates(settlement), ["credit"])
        told = self._as("approver", settlement).action_approve()
        self.assertIn("Credit: one of “Approver” has to", told["params"]["message"])
        self.assertEqual(settlement.state, "submitted")
        with self.assertRaisesRegex(UserError, "is Submitted: this step is not"):
            self._as("releaser", settlement).action_release()
        settlement.with_user(self.second).action_approve()
        self.assertEqual(
            (settlement.state, settlement.approved_by_id), ("approved", self.second)
        )
        self._as("releaser", settlement).action_release()
        self.assertEqual(settlement.state, "released")

    def test_inspector_and_submitter_do_not_approve(self):
        self._rule("credit")
        user = self._create_user("inspector", "approver", "service", login="greedy")
        rma = self._received(self.line)
        part = rma.inspection_ids.with_user(user)
        part.condition_id = self.conditions["E"]
        part.action_complete()
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        with self.assertRaisesRegex(UserError, "took an earlier step of RMA"):
            self._approve(user, settlement)
        other = self._credit(1, "E")
        other.with_user(user).action_submit()
        with self.assertRaisesRegex(UserError, "took an earlier step of RMA"):
            self._approve(user, other)
        self.assertEqual((settlement.state, other.state), ("submitted", "submitted"))

    def test_refused_credit_is_cancelled_and_can_be_proposed_again(self):
        self._rule("credit")
        settlement = self._credit()
        self._as("approver", settlement.approval_ids).action_reject("Too old.")
        self.assertEqual(settlement.state, "cancelled")
        self.assertEqual(settlement.rma_id.line_ids.qty_denied, 1)
        self._as("service", settlement.rma_id).action_propose_settlement()
        again = settlement.rma_id.settlement_ids - settlement
        self.assertEqual(again.state, "draft")

    def test_cancelled_credit_is_not_asked_for_any_more(self):
        self._rule("credit")
        settlement = self._credit()
        self._as("service", settlement).action_cancel()
        self.assertEqual(settlement.approval_ids.state, "cancelled")
        self.assertFalse(settlement.approval_state)

    def test_counter_settles_what_needs_nobody_else(self):
        self._rule("credit", group_id=self.technical.id, value_from=150)
        boss = self._create_user("administrator", "combined_duties", login="boss")
        wizard = (
            self.env["reverse.return.wizard"]
            .with_user(boss)
            .create(
                {
                    "mode": "counter",
                    "order_id": self.line.order_id.id,
                    "condition_id": self.conditions["E"].id,
                }
            )
        )
        wizard.line_ids.quantity = 2
        wizard.action_counter()
        wizard.action_settle()
        settlement = wizard.rma_id.settlement_ids
        self.assertEqual((settlement.state, wizard.outcome), ("submitted", "waiting"))
        self.assertIn("Credit: one of “Technical centre” has to", wizard.result)
        self._approve(self.technician, settlement)
        self._as("releaser", settlement).action_release()
        self.assertEqual(settlement.state, "released")

    # ------------------------------------------------------------------
    # Without a confirmed sale
    # ------------------------------------------------------------------
    def test_goods_taken_in_without_a_sale(self):
        self._rule("no_receipt", group_id=self.technical.id)
        rma = self._unknown(2)
        self.assertFalse(rma.approval_ids)
        self._as("approver", rma.exception_ids).action_take_in()
        self.assertEqual((rma.state, self._gates(rma)), ("requested", ["no_receipt"]))
        self._approve(self.technician, rma)
        self.assertEqual((rma.state, rma.line_ids.qty_authorized), ("authorized", 2))

    def test_who_takes_in_approves_if_it_is_his(self):
        self._rule("no_receipt")
        rma = self._unknown(1)
        self._as("approver", rma.exception_ids).action_take_in()
        self.assertEqual((rma.state, rma.approval_ids.given), ("authorized", 1))

    def test_taken_in_beside_goods_that_are_authorized(self):
        self._rule("no_receipt", group_id=self.technical.id)
        rma = self._unknown(1)
        rma._guarded_write({"state": "draft"})
        self._as("service", rma.line_ids).create(
            {"rma_id": rma.id, "sale_line_id": self.line.id, "quantity": 1}
        )
        rma._guarded_write({"state": "requested"})
        rma.line_ids._find_deliveries()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")
        self._as("approver", rma.exception_ids).action_take_in()
        unknown = rma.line_ids.filtered("customer_owned")
        self.assertEqual((unknown.qty_authorized, rma.approval_state), (0, "waiting"))
        self._approve(self.technician, rma)
        self.assertEqual(unknown.qty_authorized, 1)

    def test_credit_of_goods_without_a_sale(self):
        rma = self._unknown(1)
        self._as("approver", rma.exception_ids).action_take_in()
        self._rule("no_receipt", group_id=self.technical.id)
        settlement = self._as("service", self.env["reverse.settlement"]).create(
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create(
                        {
                            "rma_line_id": rma.line_ids.id,
                            "price_unit": 10,
                            "quantity": 1,
                        }
                    )
                ],
            }
        )
        settlement.action_submit()
        self.assertEqual(self._gates(settlement), ["no_receipt"])
        with self.assertRaisesRegex(UserError, "No confirmed sale: one of “Technical"):
            self._as("approver", settlement).action_approve()
        self._approve(self.technician, settlement)
        self.assertEqual(settlement.state, "approved")

    def test_goods_that_were_taken_over(self):
        rma = self._unknown(1)
        self._as("approver", rma.exception_ids).action_take_in()
        part = self._receive(rma)
        self._as("approver", part).action_take_title(10)
        settlement = self.env["reverse.settlement"].new({"rma_id": rma.id})
        self.assertFalse(settlement._lacks_confirmed_sale())
        settlement.line_ids = [
            Command.create({"rma_line_id": rma.line_ids.id, "inspection_id": part.id})
        ]
        self.assertTrue(settlement._lacks_confirmed_sale())

    def test_goods_that_came_without_authorization(self):
        """They are here: the exception is resolved when all have approved."""
        self._rule("authorization", group_id=self.technical.id)
        delivery = self.line.move_ids.picking_id
        self._validate(self._return_button(delivery, 1), 1)
        rma = self.line.reverse_line_ids.rma_id
        exception = rma.exception_ids
        self.assertEqual(
            (rma.state, self._gates(rma)), ("requested", ["authorization"])
        )
        with self.assertRaisesRegex(UserError, "one of “Technical centre” has to"):
            self._as("approver", exception).action_authorize()
        self._approve(self.technician, rma)
        self.assertEqual((rma.state, exception.state), ("authorized", "resolved"))
        self.assertEqual(exception.resolution, "authorize")

    def test_two_approvers_of_goods_that_are_here(self):
        self._rule("authorization", approver_count=2)
        delivery = self.line.move_ids.picking_id
        self._validate(self._return_button(delivery, 1), 1)
        rma = self.line.reverse_line_ids.rma_id
        told = self._as("approver", rma.exception_ids).action_authorize()
        self.assertEqual(told["tag"], "display_notification")
        self.assertEqual((rma.state, rma.exception_ids.state), ("requested", "open"))
        self._as("approver", rma.approval_ids).with_user(self.second).action_reject(
            "No."
        )
        self.assertEqual((rma.state, rma.approval_state), ("requested", "refused"))
        self._as("approver", rma.exception_ids).action_send_back()
        self.assertEqual(rma.state, "authorized", "nothing is given for them")
        self.assertEqual(rma.inspection_ids.disposition_id.code, "CUSTOMER")

    def test_old_sale_entered_by_hand(self):
        self._rule("no_receipt", group_id=self.technical.id)
        rma = self._unknown(1)
        line = rma.line_ids
        sales = self._as("service", self.env["reverse.historic.sale"]).with_context(
            reverse_for_line=line.id
        )
        sales.create(
            {
                "invoice_name": "OLD-7",
                "date": "2026-11-01",
                "partner_id": self.customer.id,
                "product_id": line.product_id.id,
                "price_unit": 10,
            }
        )
        self.assertFalse(line.historic_sale_id.confirmed)
        self.assertEqual(self._gates(rma), ["no_receipt"])
        self.assertLessEqual(self.users["service"], self._live(rma).excluded_ids)
        sale = self._historic(1)
        self.assertFalse(self._requested_of(sale).approval_ids, "imported ones are")


@tagged("post_install", "-at_install")
class TestPolicyApprovals(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule("policy_activation", group_id=cls.technical.id)
        cls.draft = cls._get_version().copy()
        cls.boss = cls.users["administrator"]

    def test_policy_is_in_force_when_it_is_approved(self):
        told = self.draft.with_user(self.boss).action_activate()
        self.assertIn("one of “Technical centre” has to", told["params"]["message"])
        self.assertEqual(
            (self.draft.state, self.draft.approval_state), ("draft", "waiting")
        )
        self.assertTrue(self.draft.activity_ids.reverse_approval_id)
        self._approve(self.technician, self.draft)
        self.assertEqual(self.draft.state, "active")
        self.assertEqual(self.draft.activated_by_id, self.technician)
        self.assertEqual(self._get_version(), self.draft)

    def test_who_asked_does_not_approve(self):
        self.boss.group_ids += self.technical
        self.draft.with_user(self.boss).action_activate()
        with self.assertRaisesRegex(UserError, "You took an earlier step of"):
            self._approve(self.boss, self.draft)
        other = self._create_user("administrator", login="other-boss")
        other.group_ids += self.technical
        self.draft.with_user(other).action_activate()
        self.assertEqual(self.draft.state, "active", "another one's is the approval")

    def test_changed_draft_is_asked_for_again(self):
        self.draft.with_user(self.boss).action_activate()
        first = self.draft.approval_ids
        self.draft.rule_ids.window_days = 99
        with self.assertRaisesRegex(UserError, "has changed since its approval"):
            self._approve(self.technician, self.draft)
        self.draft.with_user(self.boss).action_activate()
        self.assertEqual((first.state, first.end), ("cancelled", "outgrown"))
        self._approve(self.technician, self.draft)
        self.assertEqual(self.draft.state, "active")

    def test_who_asks_for_a_changed_draft_does_not_approve_it(self):
        other = self._create_user("administrator", login="other-boss")
        other.group_ids += self.technical
        self.draft.with_user(self.boss).action_activate()
        self.draft.rule_ids.with_user(other).window_days = 99
        self.draft.with_user(other).action_activate()
        self.assertEqual(
            (self.draft.state, self.draft.approval_state), ("draft", "waiting")
        )
        self.assertEqual(self.draft.activation_asked_by_id, other)
        with self.assertRaisesRegex(UserError, "You took an earlier step of"):
            self._approve(other, self.draft)
        self._approve(self.technician, self.draft)
        self.assertEqual(self.draft.state, "active")

    def test_activation_needs_its_approval_and_its_role(self):
        with self.assertRaisesRegex(UserError, "has to be approved first: Activ"):
            self.draft._activate(self.boss)
        with self.assertRaisesRegex(AccessError, "for the role “Administrator”"):
            self.draft.with_user(self.technician).action_activate()
        self.assertEqual(self.draft.state, "draft")

    def test_nobody_ends_alone_what_was_approved(self):
        self.draft.with_user(self.boss).action_activate()
        self._approve(self.technician, self.draft)
        active, policy = self.draft.with_user(self.boss), self.draft.policy_id
        for end in (
            active.action_archive_version,
            policy.with_user(self.boss).action_archive,
        ):
            with self.assertRaisesRegex(UserError, "nobody takes it out of force al"):
                end()
        later = self.draft.copy()
        later.date_from = fields.Date.add(self.draft.date_from, days=3)
        later.with_user(self.boss).action_activate()
        self._approve(self.technician, later)
        later.with_user(self.boss).action_archive_version()
        self.assertEqual((later.state, active.state), ("archived", "active"))
        self.assertFalse(active.date_to, "what was approved before stays in force")

    def test_it_is_kept_who_changed_whom_it_waits_for(self):
        rule = self.rules.search([("gate", "=", "policy_activation")])
        self.env.cr.flush()
        rule.with_user(self.boss).with_context(mail_notrack=True).write(
            {"approver_count": 2, "partner_ids": self.customer.ids, "active": False}
        )
        self.assertTrue(rule.active, "somebody else has to approve")
        self.env.cr.flush()
        self._approve(
            self.technician, self.env["reverse.control.change"].search([], limit=1)
        )
        self.env.cr.flush()
        rule.invalidate_recordset(["message_ids"])
        message = rule.message_ids[0]
        self.assertEqual(message.author_id, self.technician.partner_id)
        tracked = message.sudo().tracking_value_ids
        changes = {
            value.field_id.name: (value.old_value_integer, value.new_value_integer)
            for value in tracked
        }
        self.assertEqual(changes["approver_count"], (1, 2))
        self.assertEqual(changes["active"], (1, 0))
        self.assertIn("conditions_summary", changes)
        with self.assertRaisesRegex(UserError, "not allowed to delete|It stays"):
            rule.with_user(self.boss).unlink()

    def test_an_unused_policy_takes_what_it_asked_along(self):
        policy = self.env["reverse.policy"].create(
            {"name": "Own policy", "company_id": self.company.id}
        )
        policy.version_ids.with_user(self.boss).action_activate()
        approval = policy.version_ids.approval_ids
        self.assertEqual(approval.state, "pending")
        policy.with_user(self.boss).unlink()
        self.assertEqual((approval.state, approval.end), ("cancelled", "withdrawn"))

    def test_refused_version_stays_a_draft(self):
        self.draft.with_user(self.boss).action_activate()
        self.draft.approval_ids.with_user(self.technician).action_reject(
            "Too generous."
        )
        self.assertEqual(
            (self.draft.state, self.draft.approval_state), ("draft", "refused")
        )
        self.draft.with_user(self.boss).action_activate()
        self.assertEqual(self.draft.approval_state, "waiting")

    # ------------------------------------------------------------------
    # Shared policies
    # ------------------------------------------------------------------
    def _rules_of_companies(self):
        """Let two companies ask for approvals: one of one person, one of two."""
        self.rules.search([("gate", "=", "policy_activation")]).active = False
        other = self.env["res.company"].create({"name": "Another Company"})
        self._rule("policy_activation", company_id=other.id)
        return self._rule(
            "policy_activation",
            company_id=self.company.id,
            group_id=self.technical.id,
            approver_count=2,
        )

    def test_shared_policy_needs_what_its_strictest_company_asks_for(self):
        rule = self._rules_of_companies()
        self.assertFalse(self.draft.company_id)
        with self.assertRaisesRegex(UserError, "has to be approved first: Activ"):
            self.draft._activate(self.boss)
        self.draft.with_user(self.boss).action_activate()
        approval = self.draft.approval_ids
        self.assertEqual((self.draft.state, approval.state), ("draft", "pending"))
        self.assertEqual((approval.rule_id, approval.needed), (rule, 2))
        self._approve(self.technician, self.draft)
        self.assertEqual(self.draft.state, "draft")
        second = self._create_user("user", login="second-technician")
        second.group_ids += self.technical
        self._approve(second, self.draft)
        self.assertEqual(self.draft.state, "active")

    def test_company_with_its_own_policy_is_not_asked_about_the_shared_one(self):
        self.rules.search([("gate", "=", "policy_activation")]).active = False
        own = self.env["reverse.policy"].create(
            {"name": "Own policy", "company_id": self.company.id}
        )
        own.version_ids.with_user(self.boss).action_activate()
        rule = self._rules_of_companies()
        self.draft.with_user(self.boss).action_activate()
        approval = self.draft.approval_ids
        self.assertEqual((approval.group_id, approval.needed), (self.approver, 1))
        draft = own.version_ids.copy()
        draft.with_user(self.boss).action_activate()
        self.assertEqual(draft.approval_ids.rule_id, rule)
