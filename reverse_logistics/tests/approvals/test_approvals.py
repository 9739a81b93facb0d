"""Returns that somebody else has to approve: when, who, how many, what follows."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovals(ApprovalCase):
    # ------------------------------------------------------------------
    # Waiting and going on
    # ------------------------------------------------------------------
    def test_without_rules_nothing_is_asked(self):
        rma = self._requested(self.line)
        self.assertEqual((rma.state, rma.approval_state), ("authorized", False))
        self.assertFalse(rma.approval_ids)
        self.assertEqual(rma._get_gates(), {rma: []})

    def test_policy_waits_for_the_approval_and_goes_on_after_it(self):
        self._rule("authorization", name="All")
        rma = self._requested(self.line, 2)
        self.assertEqual((rma.state, rma.approval_state), ("requested", "waiting"))
        approval = rma.approval_ids
        self.assertEqual(
            (approval.gate, approval.group_id, approval.needed, approval.amount),
            ("authorization", self.approver, 1, 200.0),
        )
        self.assertIn("“All” is the only rule", approval.why)
        self.assertIn("Kettle", approval.details)
        self.assertIn("one of “Approver” has to approve", rma.approval_note)
        self._rpc(
            self.users["approver"], approval._name, "action_approve", approval.ids
        )
        self.assertEqual((rma.state, approval.state), ("authorized", "approved"))
        self.assertEqual(rma.authorized_by_id, self.users["approver"])
        self.assertFalse(rma.authorized_by_version_id)
        self.assertEqual(rma.approval_state, "approved")
        self.assertTrue(rma.picking_ids)
        names = self._events(rma).mapped("name")
        self.assertEqual(
            names,
            [
                "ReturnRequested",
                "ApprovalRequested",
                "ApprovalGiven",
                "ReturnAuthorized",
            ],
        )
        decider = self._events(rma)[-1].data["decider"]
        self.assertEqual(decider, "person")

    def test_conditions_of_the_rule_decide(self):
        self._rule("authorization", value_from=500)
        self.assertEqual(self._requested(self.line, 2).state, "authorized")
        self.assertEqual(self._requested(self.line, 6).state, "requested")

    def test_rules_that_get_into_each_other_s_way_are_reported(self):
        first = self._rule("authorization", name="Dear", value_from=500)
        same = self._rule("authorization", name="Dear again", value_from=500)
        other = self._rule("credit", name="Credits", value_from=500)
        self.assertEqual(
            same.conflict_note,
            "“Dear” and “Dear again” say the same about the same goods.",
        )
        same.approver_count = 2
        (first | same | other).invalidate_recordset()
        for rule in (first, same):
            self.assertEqual(
                rule.conflict_note,
                "“Dear again” never applies: “Dear” fits all of its goods and comes "
                "first.",
            )
        self.assertFalse(other.conflict_note)
        same.active = False
        first.invalidate_recordset()
        self.assertFalse(first.conflict_note)

    def test_archived_rules_are_left_out_whoever_asks_first(self):
        self._rule("authorization").active = False
        rma = self._draft(self.line)
        rma.with_context(active_test=False).action_request()
        self.assertEqual(rma.state, "authorized")

    def test_the_most_specific_rule_says_who(self):
        self._rule("authorization")
        self._rule(
            "authorization",
            partner_ids=[Command.set(self.customer.ids)],
            group_id=self.technical.id,
        )
        rma = self._requested(self.line)
        self.assertEqual(rma.approval_ids.group_id, self.technical)
        with self.assertRaisesRegex(AccessError, "is for the role “Technical centre”"):
            self._approve(self.users["approver"], rma)
        self._approve(self.technician, rma)
        self.assertEqual(rma.authorized_by_id, self.technician)

    def test_several_approvers_are_several_persons(self):
        self._rule("authorization", approver_count=2)
        rma = self._requested(self.line)
        self._approve(self.users["approver"], rma)
        self.assertEqual((rma.state, rma.approval_ids.given), ("requested", 1))
        with self.assertRaisesRegex(UserError, "approved in your name already"):
            self._approve(self.users["approver"], rma)
        self._approve(self.second, rma)
        self.assertEqual((rma.state, rma.authorized_by_id), ("authorized", self.second))
        self.assertEqual(
            rma.approval_ids.vote_ids.user_id, self.users["approver"] | self.second
        )

    def test_combined_duties_do_not_vote_twice(self):
        self._rule("authorization", approver_count=2)
        boss = self._create_user("approver", "combined_duties", login="boss")
        rma = self._requested(self.line)
        self._approve(boss, rma)
        with self.assertRaisesRegex(UserError, "approved in your name already"):
            self._approve(boss, rma)
        self.assertEqual(rma.approval_ids.given, 1)

    def test_requester_does_not_approve(self):
        self._rule("authorization")
        both = self._create_user("service", "approver", login="both")
        rma = self._draft(self.line).with_user(both)
        rma.action_request()
        # who entered it, as well
        excluded = both | self.users["service"]
        self.assertEqual(rma.sudo().approval_ids.excluded_ids, excluded)
        with self.assertRaisesRegex(UserError, "took an earlier step of RMA"):
            self._approve(both, rma)
        self.assertEqual(rma.state, "requested")

    # ------------------------------------------------------------------
    # Button of the return
    # ------------------------------------------------------------------
    def test_authorizing_is_approving(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        self.assertIs(self._as("approver", rma).action_authorize(), True)
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(rma.approval_ids.decided_by_id, self.users["approver"])

    def test_authorizing_tells_whose_approval_is_missing(self):
        self._rule("authorization")
        self._rule("serialized", group_id=self.technical.id, name="Devices")
        lot = self._create_lots(self.serial_product, "S-1")
        order = self._order(self.serial_product, 1)
        delivery = self._deliver(order, lots={lot: 1})
        rma = self._requested(delivery, lot_id=lot.id)
        self.assertEqual(self._gates(rma), ["authorization", "serialized"])
        told = self._as("approver", rma).action_authorize()
        self.assertEqual(told["tag"], "display_notification")
        self.assertRegex(
            told["params"]["message"],
            "RMA.* waits for approval. High-value serialized goods: one of “Technical",
        )
        self.assertEqual((rma.state, rma.approval_state), ("requested", "waiting"))
        with self.assertRaisesRegex(UserError, "waits for approval. High-value"):
            self._as("approver", rma).action_authorize()
        self._approve(self.technician, rma)
        self.assertEqual(
            (rma.state, rma.authorized_by_id), ("authorized", self.technician)
        )

    def test_an_additional_look_does_not_authorize(self):
        """Whether a return is authorized at all stays for an approver."""
        self._set_policy(authorize=False)
        self._rule("serialized", group_id=self.technical.id)
        lot = self._create_lots(self.serial_product, "S-2")
        delivery = self._deliver(self._order(self.serial_product, 1), lots={lot: 1})
        rma = self._requested(delivery, lot_id=lot.id)
        self._approve(self.technician, rma)
        self.assertEqual(self._live(rma).mapped("state"), ["approved"])
        self.assertEqual((rma.state, rma.approval_state), ("requested", "waiting"))
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.authorized_by_id, self.users["approver"])

    def test_in_bulk_what_can_goes_on(self):
        self._rule("authorization", value_from=300, approver_count=2)
        self._set_policy(authorize=False)
        # Of two orders: returns of one count together.
        small, large = self._requested(self._sell(1)), self._requested(self.line, 4)
        told = self._as("approver", small | large).action_authorize()
        self.assertEqual((small.state, large.state), ("authorized", "requested"))
        self.assertIn(large.name, told["params"]["message"])
        self.assertNotIn(small.name, told["params"]["message"])

    def test_a_rule_made_later_counts(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line)
        self._rule("authorization", group_id=self.technical.id)
        with self.assertRaisesRegex(UserError, "one of “Technical centre” has to"):
            self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "requested")

    def test_nothing_writes_the_state_past_the_gate(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        with self.assertRaisesRegex(UserError, "has to be approved first: Authoriz"):
            rma._authorize(self._get_version())
        self.assertEqual(rma.state, "requested")

    # ------------------------------------------------------------------
    # Refusing
    # ------------------------------------------------------------------
    def test_refusal_rejects_the_return_with_its_reason(self):
        self._rule("authorization", approver_count=2)
        rma = self._requested(self.line)
        approval = self._as("approver", rma.approval_ids)
        with self.assertRaisesRegex(UserError, "Say why it is refused"):
            approval.action_reject(" ")
        approval.action_reject("Bought elsewhere.")
        self.assertEqual((rma.state, approval.state), ("rejected", "rejected"))
        self.assertEqual(rma.rejection_message, "Bought elsewhere.")
        self.assertEqual(approval.vote_ids.decision, "refuse")
        self.assertEqual(rma.approval_state, "refused")
        self.assertLessEqual(
            {"ApprovalRefused", "ReturnRejected"}, set(self._events(rma).mapped("name"))
        )

    def test_rejecting_or_cancelling_asks_no_longer(self):
        self._rule("authorization")
        rejected, cancelled = self._requested(self.line), self._requested(self.line)
        self._as("approver", rejected).action_reject("No.")
        self._as("service", cancelled).action_cancel()
        for rma in (rejected, cancelled):
            approval = rma.approval_ids
            self.assertEqual((approval.state, approval.end), ("cancelled", "withdrawn"))
            self.assertFalse(rma.approval_state)
            self.assertFalse(rma.activity_ids)
            with self.assertRaisesRegex(UserError, "is no longer asked"):
                self._as("approver", approval).action_approve()

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------
    def test_commercial_exception_counts_its_goods_only(self):
        self._rule("commercial_exception", value_from=150)
        rma = self._late()
        self.assertFalse(self._live(rma))
        rma = self._late(2)
        self.assertEqual(self._gates(rma), ["commercial_exception"])
        self._approve(self.users["approver"], rma)
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(self._requested(self.line, 3).approval_ids)

    def test_value_of_serialized_goods_is_that_of_a_piece(self):
        self._rule("serialized", value_from=150)
        lots = self._create_lots(self.serial_product, "P-1", "P-2")
        delivery = self._deliver(
            self._order(self.serial_product, 2), lots=dict.fromkeys(lots, 1)
        )
        self.assertFalse(self._requested(delivery, 2).approval_ids)
        self.serial_product.list_price = 200
        lot = self._create_lots(self.serial_product, "P-3")
        delivery = self._deliver(self._order(self.serial_product, 1), lots={lot: 1})
        self.assertEqual(self._gates(self._requested(delivery)), ["serialized"])
        self.assertFalse(self._requested(self.line, 5).approval_ids)

    def test_repeated_exceptions_of_a_customer(self):
        self._rule("repeated_exceptions", exception_count=2, exception_days=30)
        for _number in range(2):
            rma = self._late()
            self.assertFalse(self._live(rma))
            self._as("approver", rma).action_authorize()
        self._as("approver", self._late()).action_reject("Never accepted.")
        self.assertEqual(self._gates(self._late()), ["repeated_exceptions"])
        self.assertEqual(
            self._requested(self.line).state, "authorized", "within policy"
        )
        self.env["reverse.rma.line"].search([])._guarded_write(
            {"exception_granted_at": "2020-01-01"}
        )
        self.assertFalse(self._live(self._late()))

    def _late_of_stranger(self, seller):
        """Another customer asks too late for what a salesperson has sold."""
        other = self._sell_by(seller, partner_id=self.stranger.id)
        other.move_ids.date = "2020-01-01"
        return self._requested(other, rma={"partner_id": self.stranger.id})

    def _sell_by(self, seller, **values):
        order = self._new_order(
            (self.product, 1, {"price_unit": 100.0}), user_id=seller.id, **values
        )
        self._deliver(order)
        self._invoice(order)
        return order.order_line

    def _grant_exception_of(self, seller):
        line = self._sell_by(seller)
        self._as("approver", self._late(line=line)).action_authorize()
        return line.order_id

    def test_repeated_exceptions_of_a_salesperson(self):
        self._rule("repeated_exceptions", exception_count=1)
        seller = self._create_user("user", login="seller-x")
        self._grant_exception_of(seller)
        rma = self._late_of_stranger(seller)
        self.assertEqual(self._gates(rma), ["repeated_exceptions"])
        self.assertEqual(
            rma._get_gates(), {rma: ["repeated_exceptions", "authorization"]}
        )

    def test_whoever_had_sold_the_goods_is_counted(self):
        """And not who looks after the order now."""
        self._rule("repeated_exceptions", exception_count=1)
        seller, heir = (
            self._create_user("user", login=login) for login in ("seller-x", "heir-x")
        )
        order = self._grant_exception_of(seller)
        order.user_id = heir
        self.assertFalse(self._live(self._late_of_stranger(heir)))
        rma = self._late_of_stranger(seller)
        self.assertEqual(self._gates(rma), ["repeated_exceptions"])

    def test_sellers_write_nobody_else_into_orders(self):
        self._rule("repeated_exceptions", exception_count=1)
        clerk, heir = self.users["service"], self._create_user("user", login="heir-x")
        self._grant_exception_of(clerk)
        line = self._sell_by(clerk, partner_id=self.stranger.id)
        line.move_ids.date = "2020-01-01"
        self._rpc(clerk, "sale.order", "write", line.order_id.ids, {"user_id": heir.id})
        rma = self._requested(line, rma={"partner_id": self.stranger.id})
        self._as("service", rma).exception_reason = "A good customer."
        self.assertEqual(self._gates(rma), ["repeated_exceptions"])
        self._approve(self.users["approver"], rma)
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.line_ids.salesperson_id, clerk)

    def test_customers_who_leave_their_company_are_counted_with_it(self):
        self._rule("repeated_exceptions", exception_count=2, exception_days=30)
        company = self.env["res.partner"].create({"name": "Big", "is_company": True})
        (self.customer | self.stranger).parent_id = company
        seller = self._create_user("user", login="seller-x")
        for rma in (self._late(), self._late_of_stranger(seller)):
            rma.exception_reason = "A good customer."
            self._as("approver", rma).action_authorize()
        line = self._sell(1)
        self._contact_writes({"parent_id": False})
        self.assertEqual(self._gates(self._late(line=line)), ["repeated_exceptions"])

    # ------------------------------------------------------------------
    # For whom rules hold: whoever keeps contacts takes no approval away
    # ------------------------------------------------------------------
    def _contact_writes(self, values):
        """Whoever keeps contacts, and has no other duty, changes the customer."""
        clerk = new_test_user(
            self.env, "keeper-x", "base.group_user,base.group_partner_manager"
        )
        self._rpc(clerk, "res.partner", "write", self.customer.ids, values)

    def _risky(self, gate="credit"):
        tag = self.env["res.partner.category"].create({"name": "Risky"})
        self._rule(gate, partner_tag_ids=[Command.set(tag.ids)], approver_count=2)
        return tag

    def _received(self):
        rma = self._requested(self.line)
        self._receive(rma)
        return rma

    def _assert_credit_waits(self, rma):
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.settlement_ids.state, "submitted")
        self.assertEqual(self._gates(rma.settlement_ids), ["credit"])
        self.assertEqual(self._live(rma.settlement_ids).needed, 2)

    def test_a_tag_of_the_day_of_the_order_holds_for_its_credit(self):
        tag = self._risky()
        self.customer.category_id = tag
        self.line = self._sell(2)
        rma = self._received()
        self._contact_writes({"category_id": [Command.unlink(tag.id)]})
        self._assert_credit_waits(rma)

    def test_a_tag_of_the_day_of_the_request_holds_for_its_credit(self):
        tag = self._risky()
        self.customer.category_id = tag
        rma = self._requested(self.line)
        self.assertEqual(rma.line_ids.decision_code, "other_customer")
        self._as("approver", rma).action_authorize()
        self._receive(rma)
        self._contact_writes({"category_id": [Command.clear()]})
        self._assert_credit_waits(rma)

    def test_a_tag_given_since_holds_for_the_credit(self):
        tag, rma = self._risky(), self._received()
        self.customer.category_id = tag
        self._assert_credit_waits(rma)

    def test_a_tag_with_an_easier_rule_takes_no_approver_away(self):
        self._rule("credit", approver_count=2)
        tag = self.env["res.partner.category"].create({"name": "Trusted"})
        self._rule("credit", partner_tag_ids=[Command.set(tag.ids)])
        rma = self._received()
        self._contact_writes({"category_id": [Command.link(tag.id)]})
        self._assert_credit_waits(rma)

    def test_rules_of_a_company_hold_for_contacts_that_leave_it(self):
        company = self.env["res.partner"].create({"name": "Big", "is_company": True})
        self.customer.parent_id = company
        self._rule("credit", partner_ids=[Command.set(company.ids)], approver_count=2)
        self.line = self._sell(2)
        rma = self._received()
        self._contact_writes({"parent_id": False})
        self._assert_credit_waits(rma)

    def test_a_tag_taken_off_before_the_request_holds_for_it(self):
        tag = self._risky("authorization")
        self.customer.category_id = tag
        self.line = self._sell(2)
        self._contact_writes({"category_id": [Command.clear()]})
        rma = self._requested(self.line)
        self.assertEqual(self._gates(rma), ["authorization"])
        self.assertEqual(self._live(rma).needed, 2)

    def test_rates_of_today_take_no_credit_below_its_limit(self):
        pound = self.env.ref("base.GBP")
        today = fields.Date.today()
        self._set_rates(pound, (today - timedelta(days=3), 1.0))
        prices = self.env["product.pricelist"].create(
            {"name": "Pounds", "currency_id": pound.id}
        )
        self._rule("credit", value_from=500)
        for rate in ("invoice", "credit"):
            with self.subTest(rate):
                self.company.reverse_currency_rate = rate
                self._set_rates(pound, (today - timedelta(days=3), 1.0))
                order = self._new_order(
                    (self.product, 9, {"price_unit": 100.0}), pricelist_id=prices.id
                )
                self._deliver(order)
                self._invoice(order)
                rma = self._requested(order.order_line, 9)
                self._receive(rma)
                self._set_rates(
                    pound, (today - timedelta(days=3), 1.0), (today, 1000.0)
                )
                self._inspect(rma.inspection_ids)
                self.assertEqual(rma.settlement_ids.currency_id, pound)
                self.assertEqual(self._gates(rma.settlement_ids), ["credit"])
                self.assertEqual(self._live(rma.settlement_ids).amount, 900)

    # ------------------------------------------------------------------
    # What was approved
    # ------------------------------------------------------------------
    def test_approvals_are_never_entered_or_changed(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        approval, boss = rma.approval_ids, self.users["administrator"]
        for name, value in (("state", "approved"), ("given", 1), ("needed", 0)):
            with self.assertRaisesRegex((UserError, AccessError), "directly|allowed"):
                self._rpc(boss, approval._name, "write", approval.ids, {name: value})
        with self.assertRaisesRegex((UserError, AccessError), "directly|allowed"):
            self._rpc(
                boss,
                "reverse.approval.vote",
                "create",
                [{"approval_id": approval.id, "user_id": boss.id}],
            )
        with self.assertRaisesRegex(UserError, "Approvals cannot be set directly"):
            self._rpc(
                boss, rma._name, "write", rma.ids, {"approval_ids": [Command.clear()]}
            )
        with self.assertRaisesRegex(UserError, "Approval cannot be set directly"):
            self._rpc(boss, rma._name, "write", rma.ids, {"approval_state": "approved"})
        self.assertEqual(approval.state, "pending")

    def test_more_than_was_approved_is_asked_again(self):
        self._rule("authorization", approver_count=2)
        rma = self._requested(self.line, 2)
        first = rma.approval_ids
        self._approve(self.users["approver"], rma)
        rma.line_ids._guarded_write({"quantity": 1})
        self.assertEqual(rma._ask_approvals(), rma)
        self.assertEqual(self._live(rma), first, "less than was approved stays")
        rma.line_ids._guarded_write({"quantity": 3})
        with self.assertRaisesRegex(UserError, "has changed since its approval"):
            self._approve(self.second, rma)
        rma._ask_approvals()
        self.assertEqual((first.state, first.end), ("cancelled", "outgrown"))
        again = self._live(rma)
        self.assertEqual((again.given, again.amount), (0, 300.0))
        self._approve(self.users["approver"], rma)
        self._approve(self.second, rma)
        self.assertEqual(rma.state, "authorized")

    def test_an_approval_holds_for_what_was_approved(self):
        self._set_policy(authorize=False)
        self._rule("serialized", group_id=self.technical.id)
        lot = self._create_lots(self.serial_product, "S-9")
        delivery = self._deliver(self._order(self.serial_product, 1), lots={lot: 1})
        rma = self._requested(delivery, lot_id=lot.id)
        self._approve(self.technician, rma)
        approved = self._live(rma)
        approved._guarded_write({"subject": {"amount": 1.0}})
        told = self._as("approver", rma).action_authorize()
        self.assertIn("one of “Technical centre” has to", told["params"]["message"])
        with self.assertRaisesRegex(UserError, "has to be approved first: High"):
            rma._authorize()
        self.assertEqual(rma.state, "requested")

    def test_archiving_a_rule_takes_nothing_back(self):
        rule = self._rule("authorization")
        rma = self._requested(self.line)
        rule.active = False
        with self.assertRaisesRegex(UserError, "has to be approved first"):
            rma._authorize(self._get_version())
        self._approve(self.users["approver"], rma)
        self.assertEqual(rma.state, "authorized")

    # ------------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------------
    def test_archived_rule_asks_for_nothing_whoever_looks_first(self):
        self._rule("authorization").active = False
        looking = self.rules.with_context(active_test=False)
        self.assertFalse(looking._is_in_use(self.company, ["authorization"]))
        self.assertFalse(self._requested(self.line).approval_ids)

    @mute_logger("odoo.sql_db")
    def test_rules_that_make_no_sense(self):
        with self.assertRaisesRegex(Exception, "reverse_approval_rule_approvers"):
            self._rule("credit", approver_count=0)
        with self.assertRaisesRegex(ValidationError, "Name the role that"):
            self._rule("credit", escalation_limit=2)
        with self.assertRaisesRegex(ValidationError, "not a role of internal users"):
            self._rule("credit", group_id=self.env.ref("base.group_portal").id)
        rule = self._rule(
            "credit",
            group_id=self.env["res.groups"]
            .create(
                {
                    "name": "Board",
                    "implied_ids": [Command.link(self.env.ref("base.group_user").id)],
                }
            )
            .id,
        )
        self.assertIn("Nobody who has “Board” may read returns", rule.group_note)
        self.assertFalse(self._rule("credit").group_note)
