"""Whose turn it is: lists, activities, bulk, escalation."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalWorklist(ApprovalCase):
    def _mine(self, user):
        return (
            self.env["reverse.approval"]
            .with_user(user)
            .search([("is_mine", "=", True)])
        )

    def test_list_shows_what_one_may_approve(self):
        self._rule("authorization")
        both = self._create_user("service", "approver", login="both")
        own = self._draft(self.line).with_user(both)
        own.action_request()
        other = self._requested(self.line)
        found = (own | other).sudo().approval_ids
        self.assertEqual(self._mine(self.second), found)
        self.assertEqual(self._mine(both), other.approval_ids)
        self.assertFalse(self._mine(self.users["service"]))
        mine = found.with_user(both).filtered("is_mine")
        self.assertEqual(mine, other.approval_ids, "as the list says")
        others = (
            self.env["reverse.approval"]
            .with_user(both)
            .search([("is_mine", "=", False), ("id", "in", found.ids)])
        )
        self.assertEqual(others, own.sudo().approval_ids)

    def test_list_forgets_who_has_approved(self):
        self._rule("authorization", approver_count=2)
        rma = self._requested(self.line)
        self._approve(self.second, rma)
        self.assertFalse(self._mine(self.second))
        self.assertEqual(self._mine(self.users["approver"]), rma.approval_ids)

    # ------------------------------------------------------------------
    # What no rule asks for
    # ------------------------------------------------------------------
    def test_returns_that_policy_leaves_to_a_person_are_in_the_list(self):
        self._set_policy(authorize=False)
        first, second = self._requested(self.line), self._requested(self.line)
        asked = (first | second).approval_ids
        self.assertEqual(self._mine(self.second), asked)
        self.assertEqual(asked.mapped("gate"), ["authorization"] * 2)
        self.assertEqual(asked.mapped("why"), ["Policy leaves it to a person."] * 2)
        self.assertEqual(set((first | second).mapped("approval_state")), {"waiting"})
        following = first.approval_ids.with_user(self.second).action_decide_next()
        self.assertEqual(
            (first.state, first.authorized_by_id), ("authorized", self.second)
        )
        self.assertEqual(
            following["params"],
            {
                "list": "reverse_logistics.reverse_approval_action_mine",
                "res_ids": second.approval_ids.ids,
            },
        )
        following = second.approval_ids.with_user(self.second).action_decide_next()
        self.assertEqual(second.state, "authorized")
        self.assertFalse(following["params"]["res_ids"])
        self.assertFalse(self._mine(self.second))
        names = self._events(second).mapped("name")
        self.assertEqual(names, ["ReturnRequested", "ReturnAuthorized"])

    def test_deciding_on_the_document_takes_it_off_the_list(self):
        self._set_policy(authorize=False)
        granted, refused, withdrawn = (self._requested(self.line) for _n in range(3))
        self._as("approver", granted).action_authorize()
        self._as("approver", refused).action_reject("Not ours.")
        self._as("service", withdrawn).action_cancel()
        self.assertFalse(self._mine(self.second))
        self.assertEqual(
            (granted | refused | withdrawn).approval_ids.mapped("state"),
            ["approved", "cancelled", "cancelled"],
        )

    def test_refusing_in_the_list_rejects_the_return(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line)
        rma.approval_ids.with_user(self.second).action_reject("Not ours.")
        self.assertEqual((rma.state, rma.rejection_message), ("rejected", "Not ours."))

    def test_submitted_credits_are_in_the_list(self):
        settlement = self._return(self.line, 1, condition="E").settlement_ids
        self._as("service", settlement).action_submit()
        asked = settlement.approval_ids
        self.assertEqual((asked.gate, asked.rule_id.id), ("credit", False))
        self.assertEqual(self._mine(self.second), asked)
        self.assertFalse(self._mine(self.users["service"]))
        asked.with_user(self.second).action_decide()
        self.assertEqual(
            (settlement.state, settlement.approved_by_id), ("approved", self.second)
        )

    def test_a_colleague_stands_in_for_all_of_it(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line)
        deputy = self._create_user("service", login="deputy")
        today = fields.Date.today()
        self.env["reverse.delegation"].with_user(self.second).create(
            {
                "delegator_id": self.second.id,
                "delegate_id": deputy.id,
                "date_from": today,
                "date_to": today,
            }
        )
        self.assertEqual(self._mine(deputy), rma.approval_ids)
        picking = self._return_button(self.line.move_ids.picking_id, 1)
        self._validate(picking)
        exception = picking.reverse_rma_id.exception_ids
        mine = self.env["reverse.exception"].with_user(deputy)
        self.assertEqual(
            mine.search([("is_mine", "=", True), ("state", "=", "open")]), exception
        )
        exception.with_user(deputy).action_authorize()
        self.assertEqual(
            (exception.state, exception.rma_id.state), ("resolved", "authorized")
        )
        self.assertEqual(exception.rma_id.authorized_by_id, deputy)

    def test_exceptions_from_policy_ask_for_the_reason_first(self):
        rma = self._late()
        rma._guarded_write({"exception_reason": False})
        asked = rma.approval_ids.with_user(self.second)
        question = asked.action_decide()
        self.assertEqual(question["res_model"], "reverse.exception.wizard")
        wizard = Form(
            self.env["reverse.exception.wizard"]
            .with_user(self.second)
            .with_context(**question["context"])
        )
        wizard.reason = "A good customer."
        wizard.save().action_authorize()
        self.assertEqual((rma.state, asked.state), ("authorized", "approved"))

    def test_everybody_of_the_role_is_told(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line)
        group = self._groups(self.second)["reverse.approval"]
        self.assertEqual((group["total_count"], group["today_count"]), (1, 1))
        self.assertEqual(
            group["reverse_action"], "reverse_logistics.reverse_approval_action_mine"
        )
        self.assertNotIn("reverse.approval", self._groups(self.users["service"]))
        activity = rma.activity_ids
        self.assertFalse(activity.user_id)
        rma.approval_ids.with_user(self.second).action_approve()
        self.assertEqual(activity.user_id, self.second)
        self.assertNotIn("originally assigned", "".join(rma.message_ids.mapped("body")))
        self.assertNotIn("reverse.approval", self._groups(self.second))

    def _groups(self, user):
        groups = self.env["res.users"].with_user(user)._get_activity_groups()
        return {group["model"]: group for group in groups}

    def _count(self, call, *args):
        """Queries of a call that starts with nothing in the cache."""
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call(*args)
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def test_lists_and_decisions_are_made_together(self):
        self._rule("authorization", approver_count=2)
        few, many = (
            self.env["reverse.rma"].union(
                *(self._requested(self.line) for _n in range(n))
            )
            for n in (2, 10)
        )

        def show(rmas):
            approvals = rmas.approval_ids.with_user(self.second)
            approvals.read(["document", "details", "is_mine", "partner_id"])

        def approve(rmas):
            rmas.approval_ids.with_user(self.second).action_approve()

        show(few)
        self.assertLessEqual(self._count(show, many), self._count(show, few) + 2)
        approve(self._requested(self.line))  # fill Odoo's own caches
        costs = self._count(approve, few), self._count(approve, many)
        self.assertLessEqual((costs[1] - costs[0]) / 8, 12, costs)

    # ------------------------------------------------------------------
    # Interfaces
    # ------------------------------------------------------------------
    def test_several_are_approved_together_or_none(self):
        self._rule("authorization")
        both = self._create_user("service", "approver", login="both")
        own = self._draft(self.line).with_user(both)
        own.action_request()
        others = self._requested(self.line) | self._requested(self.line)
        approvals = (own | others).sudo().approval_ids
        action = self.env.ref("reverse_logistics.reverse_approval_action_approve")
        context = {"active_model": approvals._name, "active_ids": approvals.ids}
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            action.with_user(both).with_context(**context).run()
        self.assertEqual(set(others.mapped("state")), {"requested"})
        action.with_user(self.second).with_context(**context).run()
        self.assertEqual(set((own | others).mapped("state")), {"authorized"})

    def test_several_are_refused_with_one_reason(self):
        self._rule("authorization")
        rmas = self._requested(self.line) | self._requested(self.line)
        wizard = Form(
            self.env["reverse.refuse.wizard"]
            .with_user(self.second)
            .with_context(active_ids=rmas.approval_ids.ids)
        )
        wizard.reason = "Not in our range."
        wizard.save().action_refuse()
        self.assertEqual(rmas.mapped("rejection_message"), ["Not in our range."] * 2)

    def test_form_shows_what_is_asked(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        form = Form(rma.approval_ids.with_user(self.second))
        self.assertTrue(form.is_mine)
        self.assertIn("Kettle", form.details)
        self.assertEqual(form.record.action_view_document()["res_id"], rma.id)
        refusal = form.record.action_open_refusal()
        self.assertEqual(refusal["context"], {"default_approval_ids": form.record.ids})

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def test_activity_is_approved_and_not_marked_done(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        activity = rma.activity_ids
        self.assertEqual(activity.reverse_approval_id, rma.approval_ids)
        self.assertEqual(activity.summary, "Authorization of a return")
        self.assertFalse(activity.user_id, "nobody in particular")
        for step in ("action_done", "unlink", "action_cancel", "action_archive"):
            with (
                self.subTest(step=step),
                self.assertRaisesRegex(UserError, "is still asked: approve or refuse"),
            ):
                self._rpc(
                    self.users["administrator"], activity._name, step, activity.ids
                )
        with self.assertRaisesRegex(UserError, "is still asked: approve or refuse"):
            self._rpc(
                self.users["administrator"],
                activity._name,
                "unlink",
                activity.ids,
                context={"_force_unlink": True},
            )
        self.assertEqual(rma.state, "requested")
        self._rpc(self.second, activity._name, "action_reverse_approve", activity.ids)
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(activity.active)
        self.assertIn("Approved", activity.feedback)
        self.assertIn(
            "Authorization of a return: Approved",
            " ".join(rma.message_ids.mapped("body")),
        )

    def test_activity_is_not_hidden(self):
        """What a client sends is false in more than one way."""
        self._rule("authorization")
        rma = self._requested(self.line, 5)
        activity = rma.activity_ids
        self.assertEqual(activity.reverse_approval_id, rma.approval_ids)
        for nothing in (False, 0, None):
            with self.assertRaisesRegex(UserError, "is still asked: approve or refuse"):
                self._rpc(
                    self.users["administrator"],
                    activity._name,
                    "write",
                    activity.ids,
                    {"active": nothing},
                )
        self.assertTrue(activity.active)

    def test_activity_is_refused(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        activity = rma.activity_ids.with_user(self.second)
        action = activity.action_reverse_refuse()
        self.assertEqual(action["res_model"], "reverse.refuse.wizard")
        self.assertEqual(
            action["context"]["default_approval_ids"], rma.approval_ids.ids
        )
        plain = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("reverse.rma"),
                "res_id": rma.id,
                "summary": "Call",
            }
        )
        with self.assertRaisesRegex(UserError, "asks for no approval"):
            plain.action_reverse_approve()
        link = {"reverse_approval_id": rma.approval_ids.id}
        values = plain.copy_data()[0]
        for method, args, context in (
            ("write", [plain.ids, link], {}),
            ("create", [{**values, **link}], {}),
            ("create", [values], {"default_reverse_approval_id": rma.approval_ids.id}),
        ):
            with self.assertRaisesRegex(UserError, "cannot be set by hand"):
                self._rpc(
                    self.users["service"], plain._name, method, *args, context=context
                )
        plain.action_done()
        self.assertFalse(plain.active)

    def test_activity_is_the_responsible_s_if_he_may_approve(self):
        self._rule("authorization")
        rma = self._draft(self.line, rma={"user_id": self.second.id})
        rma.action_request()
        self.assertEqual(rma.activity_ids.user_id, self.second)
        service = self.users["service"]
        service.group_ids += self.approver
        rma = self._draft(self.line, rma={"user_id": service.id})
        rma.action_request()
        self.assertFalse(rma.activity_ids.user_id, "he asked himself")

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    def _wait(self, **time):
        later = fields.Datetime.now() + timedelta(**time)
        with (
            freeze_time(later),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
            ),
        ):
            self.env["reverse.approval"]._cron_escalate()

    def test_another_role_decides_when_nobody_has(self):
        self._rule(
            "authorization",
            approver_count=2,
            escalation_limit=4,
            escalation_unit="hours",
            working_time=False,
            escalation_group_id=self.technical.id,
        )
        rma = self._requested(self.line)
        approval = rma.approval_ids
        self._approve(self.users["approver"], rma)
        self._wait(hours=3)
        self.assertEqual(approval.group_id, self.approver)
        self._wait(hours=5)
        self.assertEqual(approval.group_id, self.technical)
        self.assertTrue(approval.escalated_at)
        self.assertFalse(approval.escalate_at)
        self.assertEqual(len(rma.activity_ids), 1)
        self.assertIn("Technical centre", rma.activity_ids.note)
        with self.assertRaisesRegex(AccessError, "for the role “Technical centre”"):
            self._approve(self.second, rma)
        self._approve(self.technician, rma)
        self.assertEqual(rma.state, "authorized")
        self.assertIn("ApprovalEscalated", self._events(rma).mapped("name"))

    def test_rule_that_has_asked_is_archived_and_still_escalates(self):
        rule = self._rule(
            "authorization",
            escalation_limit=1,
            escalation_group_id=self.technical.id,
        )
        approval = self._requested(self.line).approval_ids
        rule = self._as("administrator", rule)
        with self.assertRaisesRegex(AccessError, "not allowed to delete"):
            rule.unlink()
        rule.active = False
        self._wait(days=30)
        self.assertEqual(approval.group_id, self.technical)
        self.assertEqual(approval.rule_id, rule)

    def test_what_is_asked_about_nothing_stops_nobody(self):
        """A document that the database deleted leaves its approval behind."""
        self._rule(
            "authorization",
            escalation_limit=1,
            escalation_group_id=self.technical.id,
        )
        orphan, approval = (self._requested(self.line).approval_ids for _n in range(2))
        orphan._guarded_write({"res_id": 2**30})
        orphan.rma_id.approval_ids.invalidate_recordset()
        mine = orphan.with_user(self.second)
        self.assertFalse(mine.is_mine)
        with self.assertRaisesRegex(UserError, "is no longer asked"):
            mine.action_approve()
        self._wait(days=9)
        self.assertEqual((orphan.state, orphan.end), ("cancelled", "withdrawn"))
        self.assertEqual(approval.group_id, self.technical)

    def test_what_was_decided_is_not_escalated(self):
        self._rule(
            "authorization",
            escalation_limit=1,
            escalation_group_id=self.technical.id,
        )
        rma = self._requested(self.line)
        self._approve(self.second, rma)
        self._wait(days=30)
        self.assertEqual(rma.approval_ids.group_id, self.approver)

    def test_working_time(self):
        self.company.resource_calendar_id.tz = "UTC"
        rule = self._rule(
            "authorization",
            escalation_limit=2,
            escalation_group_id=self.technical.id,
        )
        with freeze_time("2030-03-08 15:00:00"):  # a Friday
            moment = rule._plan_escalation(self.company)
            self.assertEqual(moment.date().isoformat(), "2030-03-12")
            rule.working_time = False
            moment = rule._plan_escalation(self.company)
            self.assertEqual(moment.date().isoformat(), "2030-03-10")
        rule.escalation_limit = 0
        self.assertFalse(rule._plan_escalation(self.company))

    # ------------------------------------------------------------------
    # Set-up in the views
    # ------------------------------------------------------------------
    def test_rule_is_entered_in_its_form(self):
        form = Form(self.rules.with_user(self.users["administrator"]))
        form.name = "Above 500 to the technical centre"
        form.gate = "authorization"
        form.group_id = self.technical
        form.value_from = 500
        rule = form.save()
        self.assertEqual((rule.approver_count, rule.group_id), (1, self.technical))
        self.assertEqual(self._requested(self.line, 4).state, "authorized")
        rma = self._requested(self.line, 5)
        self.assertEqual(rma.approval_ids.rule_id, rule)
        self.assertEqual(rma.approval_ids.group_id, self.technical)
