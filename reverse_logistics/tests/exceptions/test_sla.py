"""Deadlines per stage: until when, and what happens after it."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..sla_common import NOW, SlaCase


@tagged("post_install", "-at_install")
class TestSla(SlaCase):
    # ------------------------------------------------------------------
    # The clock
    # ------------------------------------------------------------------
    def test_stage_starts_the_clock(self):
        self._rule(limit=5, unit="hours", stage="requested")
        with freeze_time(NOW):
            rma = self._requested(self.line)
        self.assertEqual((rma.stage, rma.stage_since), ("requested", NOW))
        self.assertEqual(rma.sla_deadline, NOW + timedelta(hours=5))
        self.assertIn("“Within 5” is the only rule", rma.sla_explanation)
        with freeze_time(NOW + timedelta(hours=1)):
            self._as("approver", rma).action_authorize_exception("A good customer.")
        self.assertEqual(rma.stage_since, NOW + timedelta(hours=1))
        self.assertFalse(rma.sla_deadline, "no rule for the next stage")
        self.assertFalse(rma.sla_rule_id)

    def test_without_rules_nothing_is_late(self):
        rma = self._requested(self.line)
        self._wait(days=365)
        self.assertFalse(rma.sla_deadline)
        self.assertFalse(rma.exception_ids)

    def test_working_time_leaves_out_nights_and_weekends(self):
        calendar = self.company.resource_calendar_id
        self.assertEqual(calendar.hours_per_day, 8)
        calendar.tz = "UTC"
        plan = self.company._plan_reverse_time
        friday = datetime(2030, 3, 8, 15, 0)
        self.assertEqual(plan(friday, 4, "hours", False), datetime(2030, 3, 8, 19, 0))
        late = plan(friday, 4, "hours", True)
        self.assertEqual(late.date().isoformat(), "2030-03-11")
        self.assertEqual(plan(friday, 2, "days", False), datetime(2030, 3, 10, 15, 0))
        self.assertEqual(plan(friday, 2, "days", True).date().isoformat(), "2030-03-12")
        self.company.resource_calendar_id = False
        self.assertEqual(plan(friday, 4, "hours", True), datetime(2030, 3, 8, 19, 0))

    def test_overdue_is_found(self):
        self._rule()
        rma = self._requested(self.line)
        ours = [("id", "in", rma.ids)]
        late = [*ours, ("sla_overdue", "=", True)]
        self.assertFalse(rma.search(late))
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            rma.invalidate_recordset()
            self.assertTrue(rma.sla_overdue)
            self.assertEqual(rma.search(late), rma)
            self.assertFalse(rma.search([*ours, ("sla_overdue", "=", False)]))

    def test_clock_is_not_set_by_hand(self):
        rma = self._requested(self.line)
        for name in ("stage_since", "sla_deadline", "sla_escalation"):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                rma.write({name: NOW})
        with self.assertRaisesRegex(UserError, "Deadline Missed cannot be set"):
            rma.write({"sla_breached": True})
        self.assertFalse(rma.sla_deadline)

    # ------------------------------------------------------------------
    # Waiting too long
    # ------------------------------------------------------------------
    def test_late_return_becomes_an_exception_once(self):
        self._rule()
        rma, other = self._requested(self.line), self._requested(self.line, 2)
        self._wait(days=1)
        self.assertFalse(self._breaches(rma | other))
        self._wait(days=3)
        self._wait(days=4)
        breach = self._breaches(rma)
        self.assertEqual(len(breach), 1)
        self.assertEqual(len(self._breaches(other)), 1)
        self.assertEqual(breach.owner_group_id, self.approver)
        self.assertEqual(breach.sla_stage, "requested")
        self.assertIn("“Requested” for longer than agreed", breach.explanation)
        self.assertEqual((breach.value, self._breaches(other).value), (100.0, 200.0))
        self.assertEqual(breach.activity_id.res_id, rma.id)
        self.assertIn("ExceptionRaised", self._events(rma).mapped("name"))

    def test_owner_follows_the_stage(self):
        for stage, role in (("authorized", "service"), ("received", "inspector")):
            self._rule(stage=stage)
            rma = self._requested(self.line)
            self._as("approver", rma).action_authorize()
            if stage == "received":
                self._receive(rma)
            self._wait(days=3)
            self.assertEqual(
                self._breaches(rma).owner_group_id,
                self.env.ref(f"reverse_logistics.group_{role}"),
            )
            self.assertEqual(self._breaches(rma).sla_stage, stage)

    def test_owner_while_goods_come_in(self):
        self._set_policy(authorize=True)
        rma = self._requested(self.line, 4)
        rma.picking_ids.move_ids.quantity = 1
        parts = self._receive(rma)
        self.assertEqual(rma.stage, "receiving")
        self.assertEqual(rma._get_acting_duty(), "inspector")
        self._inspect(parts)
        self.assertEqual(rma.stage, "receiving")
        self.assertEqual(rma._get_acting_duty(), "receiver")

    def test_owner_is_who_has_to_act(self):
        self._set_policy(authorize=True)
        self._rule(stage="put_away", limit=1, unit="days")
        rma = self._return(self.line, 1, condition="E")
        self.assertEqual(rma.stage, "put_away")
        self._wait(days=2)
        breach = self._breaches(rma)
        settlement = rma.settlement_ids
        self.assertEqual(breach.owner_group_id, self._role("service"))
        self._as("service", settlement).action_submit()
        self.assertEqual(breach.owner_group_id, self._role("approver"))
        self._as("approver", settlement).action_approve()
        self.assertEqual(breach.owner_group_id, self._role("releaser"))
        self.assertEqual(len(rma.activity_ids), 1)
        self._as("releaser", settlement).action_release()
        self.assertEqual((breach.state, breach.resolution), ("resolved", "moved_on"))
        self.assertEqual(rma.state, "done")

    def _role(self, duty):
        return self.env.ref(f"reverse_logistics.group_{duty}")

    def test_breach_ends_when_the_return_moves_on(self):
        self._rule()
        rma = self._requested(self.line)
        self._wait(days=3)
        breach = self._breaches(rma)
        self._as("approver", rma).action_authorize()
        self.assertEqual((breach.state, breach.resolution), ("resolved", "moved_on"))
        self.assertEqual(breach.resolution_label, "The return moved on")
        self.assertFalse(breach.activity_id.active)
        self.assertFalse(rma.sla_breached)

    def test_breach_ends_with_a_rejection(self):
        self._rule()
        rma = self._requested(self.line)
        self._wait(days=3)
        self._as("approver", rma).action_reject("Not ours")
        self.assertEqual(self._breaches(rma).state, "resolved")
        self.assertEqual(rma.state, "rejected")

    def test_each_stage_has_its_own_breach(self):
        self._rule()
        self._rule(stage="authorized")
        rma = self._requested(self.line)
        self._wait(days=3)
        self._as("approver", rma).action_authorize()
        self._wait(days=6)
        breaches = self._breaches(rma).sorted("id")
        self.assertEqual(breaches.mapped("sla_stage"), ["requested", "authorized"])
        self.assertEqual(breaches.mapped("state"), ["resolved", "open"])

    def test_check_costs_the_same_for_more_returns(self):
        self._rule()

        def cost(count):
            rmas = self.env["reverse.rma"].concat(
                *(self._requested(self.line) for _number in range(count))
            )
            self.env.flush_all()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._wait(days=3)
            self.env.cr.flush()
            spent = self.env.cr.sql_log_count - before
            self.assertEqual(len(self._breaches(rmas)), count)
            return spent

        cost(1)
        few, many = cost(2), cost(8)
        self.assertLessEqual(many, few + 1, "a query per return would be six more")

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    def test_nobody_looks(self):
        self._escalating(escalation_user_id=self.users["administrator"].id)
        start = fields.Datetime.now()
        rma = self._requested(self.line)
        self._wait(days=3, moment=start)
        breach = self._breaches(rma)
        first = breach.activity_id
        self._wait(days=4, moment=start)
        self.assertEqual(breach.owner_group_id, self.approver)
        self._wait(days=6, moment=start)
        self.assertEqual(breach.owner_group_id, self.administrator)
        self.assertEqual(breach.user_id, self.users["administrator"])
        self.assertFalse(first.active)
        self.assertEqual(breach.activity_id.user_id, self.users["administrator"])
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "ExceptionEscalated")
        self.assertEqual(event.data["role"], "reverse_logistics.group_administrator")
        self._wait(days=7, moment=start)
        names = self._events(rma).mapped("name")
        self.assertEqual(names.count("ExceptionEscalated"), 1)

    def test_escalated_exception_belongs_to_the_next_role(self):
        self._escalating()
        start = fields.Datetime.now()
        rma = self._requested(self.line)
        self._wait(days=3, moment=start)
        self._wait(days=6, moment=start)
        breach = self._breaches(rma)
        later = fields.Datetime.now() + timedelta(days=9)
        with self.assertRaisesRegex(UserError, "belongs to the role “Administrator”"):
            self._as("approver", breach).action_extend(later, "Away")
        self.assertTrue(self._as("administrator", breach).is_mine)
        self.assertFalse(self._as("approver", breach).is_mine)
        self._as("administrator", breach).action_extend(later, "Away")
        self.assertEqual(breach.state, "resolved")

    # ------------------------------------------------------------------
    # Extension
    # ------------------------------------------------------------------
    def test_extension_moves_deadline_and_escalation(self):
        self._escalating()
        rma = self._requested(self.line)
        self._wait(days=3)
        breach = self._as("approver", self._breaches(rma))
        action = breach.action_open_extension()
        later = fields.Datetime.now() + timedelta(days=10)
        wizard = Form(
            self._as("approver", self.env[action["res_model"]]).with_context(
                **action["context"]
            )
        )
        wizard.deadline = later
        wizard.reason = "The customer is away"
        wizard.save().action_extend()
        self.assertEqual(rma.sla_deadline, later)
        self.assertEqual(rma.sla_escalation, later + timedelta(days=3))
        self.assertEqual((breach.state, breach.resolution), ("resolved", "extend"))
        self.assertIn("The customer is away", "".join(rma.message_ids.mapped("body")))
        event = self._events(rma).filtered(lambda e: e.name == "DeadlineExtended")
        self.assertNotIn("customer is away", str(event.data))
        self._wait(days=9)
        self.assertEqual(len(self._breaches(rma)), 1)
        self._wait(days=11)
        self.assertEqual(len(self._breaches(rma)), 2, "late again")

    def test_extension_needs_role_reason_and_future(self):
        self._rule()
        rma = self._requested(self.line)
        self._wait(days=3)
        breach = self._breaches(rma)
        later = fields.Datetime.now() + timedelta(days=10)
        for role in ("service", "auditor"):
            with self.assertRaisesRegex(UserError, "belongs to the role “Approver”"):
                self._as(role, breach).action_extend(later, "Away")
        own = self._as("approver", breach)
        with self.assertRaisesRegex(UserError, "must be in the future"):
            own.action_extend(fields.Datetime.now() - timedelta(days=1), "Away")
        with self.assertRaisesRegex(UserError, "Say why the return has to wait"):
            own.action_extend(later, "  ")
        self.assertEqual(breach.state, "open")
