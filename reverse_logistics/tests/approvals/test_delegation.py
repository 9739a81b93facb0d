"""Deputies: within their days, for their roles, closed to what either has done."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestDelegation(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.away = cls.users["approver"]
        cls.deputy = cls._create_user("service", login="deputy")

    @classmethod
    def _delegate(cls, delegator=None, delegate=None, days=(0, 7), **values):
        today = cls.company._get_reverse_today()
        delegator = delegator or cls.away
        return (
            cls.env["reverse.delegation"]
            .with_user(delegator)
            .create(
                {
                    "delegator_id": delegator.id,
                    "delegate_id": (delegate or cls.deputy).id,
                    "date_from": today + timedelta(days[0]),
                    "date_to": today + timedelta(days[1]),
                    **values,
                }
            )
        )

    # ------------------------------------------------------------------
    # Approving
    # ------------------------------------------------------------------
    def test_deputy_approves_and_it_is_kept_for_whom(self):
        delegation = self._delegate()
        self._rule("authorization")
        rma = self._requested(self.line)
        mine = self.env["reverse.approval"].with_user(self.deputy)
        self.assertEqual(mine.search([("is_mine", "=", True)]), rma.approval_ids)
        self._approve(self.deputy, rma)
        self.assertEqual((rma.state, rma.authorized_by_id), ("authorized", self.deputy))
        vote = rma.approval_ids.vote_ids
        self.assertEqual(
            (vote.user_id, vote.on_behalf_of_id, vote.delegation_id),
            (self.deputy, self.away, delegation),
        )
        (event,) = self._events(rma).filtered(lambda e: e.name == "ApprovalGiven")
        self.assertEqual(event.data["for_user"], self.away.id)
        self.assertIn(f"as deputy of {self.away.name}", event.data_text)

    def test_deputy_authorizes_what_no_rule_asks_for(self):
        self._delegate()
        self._set_policy(authorize=False)
        rma = self._requested(self.line).with_user(self.deputy)
        self.assertIn(self.away.name, rma.deputy_note)
        self.assertFalse(self._as("approver", rma).deputy_note)
        self.assertFalse(self._as("inspector", rma).deputy_note)
        rma.action_authorize()
        self.assertEqual(rma.authorized_by_id, self.deputy)
        (event,) = self._events(rma.sudo()).filtered(lambda e: e.name == "DeputyActed")
        self.assertEqual(event.data, {"for_user": self.away.id, "duty": "approver"})

    def test_neither_may_have_taken_an_earlier_step(self):
        self._delegate()
        self._set_policy(authorize=False)
        self.away.group_ids += self.env.ref("reverse_logistics.group_service")
        for gates in (False, True):
            if gates:
                self._rule("authorization")
            for asker, sentence in (
                (self.deputy, "You took an earlier step of RMA"),
                (self.away, "Somebody you stand in for took an earlier step of RMA"),
            ):
                rma = self._draft(self.line).with_user(asker)
                rma.action_request()
                with (
                    self.subTest(asker=asker.login, gates=gates),
                    self.assertRaisesRegex(UserError, sentence),
                ):
                    if gates:
                        self._approve(self.deputy, rma)
                    else:
                        rma.with_user(self.deputy).action_authorize()
                self.assertEqual(rma.state, "requested")

    def test_of_several_colleagues_one_that_may_is_taken(self):
        self._delegate()
        self._delegate(self.second)
        self._set_policy(authorize=False)
        self.away.group_ids += self.env.ref("reverse_logistics.group_service")
        rma = self._draft(self.line).with_user(self.away)
        rma.action_request()
        rma.with_user(self.deputy).action_authorize()
        (event,) = self._events(rma.sudo()).filtered(lambda e: e.name == "DeputyActed")
        self.assertEqual(event.data["for_user"], self.second.id)

    def test_two_approvers_are_not_one_person_and_his_deputy(self):
        self._delegate(delegate=self.second)
        self._rule("authorization", approver_count=2)
        rma = self._requested(self.line)
        self._approve(self.away, rma)
        self._approve(self.second, rma)
        self.assertEqual(rma.state, "authorized", "in their own name")
        rma = self._requested(self.line)
        self._approve(self.second, rma)
        with self.assertRaisesRegex(UserError, "in your name already"):
            self._approve(self.second, rma)
        self._delegate()
        other = self._requested(self.line)
        self._approve(self.away, other)
        with self.assertRaisesRegex(UserError, "in your name already"):
            self._approve(self.deputy, other)
        self.assertEqual((rma.state, other.state), ("requested", "requested"))

    def test_only_approvals_are_delegated(self):
        releaser = self.users["releaser"]
        self._delegate()
        with self.assertRaisesRegex(ValidationError, "does not have the role"):
            self._delegate(releaser)
        settlement = self._return(self.line, 1, "E").settlement_ids
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        with self.assertRaisesRegex(AccessError, "for the role “Credit releaser”"):
            settlement.with_user(self.deputy).action_release()
        self.assertEqual(settlement.state, "approved")

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------
    def test_only_within_the_days(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line).with_user(self.deputy)
        for days in ((-5, -1), (1, 5)):
            self._delegate(days=days)
            with self.assertRaisesRegex(AccessError, "for the role “Approver”"):
                rma.action_authorize()
        self._delegate(days=(0, 0))
        rma.action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_day_is_that_of_the_company(self):
        self.company.reverse_tz = "Pacific/Kiritimati"
        today = self.company._get_reverse_today()
        delegation = self._delegate(days=(0, 0)).sudo()
        self.assertTrue(delegation._in_force(self.approver, self.company))
        self.company.reverse_tz = "Pacific/Pago_Pago"
        self.assertNotEqual(self.company._get_reverse_today(), today)
        self.assertFalse(delegation._in_force(self.approver, self.company))

    def test_who_loses_the_role_has_no_deputy(self):
        self._delegate()
        self._set_policy(authorize=False)
        rma = self._requested(self.line)
        self.away.group_ids -= self.approver
        with self.assertRaisesRegex(AccessError, "for the role “Approver”"):
            rma.with_user(self.deputy).action_authorize()
        self.away.group_ids += self.approver
        self.away.active = False
        with self.assertRaisesRegex(AccessError, "for the role “Approver”"):
            rma.with_user(self.deputy).action_authorize()

    def test_no_chains(self):
        self._delegate()
        with self.assertRaisesRegex(ValidationError, "does not have the role"):
            self._delegate(self.deputy, self.technician)
        self._delegate(self.second, self.away)
        self._set_policy(authorize=False)
        self.away.group_ids += self.env.ref("reverse_logistics.group_service")
        rma = self._draft(self.line).with_user(self.away)
        rma.action_request()
        # the second approver's deputy is away as well: their own deputy gets no more
        with self.assertRaisesRegex(UserError, "Somebody you stand in for took"):
            rma.with_user(self.deputy).action_authorize()
        self.assertEqual(rma.state, "requested")

    # ------------------------------------------------------------------
    # Who says so
    # ------------------------------------------------------------------
    def test_only_whoever_is_away_or_an_administrator(self):
        values = {
            "delegator_id": self.away.id,
            "delegate_id": self.deputy.id,
            "date_to": fields.Date.today() + timedelta(9),
        }
        model = "reverse.delegation"
        for user in (self.deputy, self.second, self.users["service"]):
            with self.assertRaisesRegex(
                AccessError,
                "can name this deputy|cannot make yourself|not allowed|access",
            ):
                self._rpc(user, model, "create", [values])
        boss = self.users["administrator"]
        self._rpc(boss, model, "create", [values])
        with self.assertRaisesRegex(AccessError, "cannot make yourself the deputy of"):
            self._rpc(boss, model, "create", [{**values, "delegate_id": boss.id}])
        delegation = self._delegate()
        with self.assertRaisesRegex(AccessError, "cannot make yourself the deputy of"):
            self._rpc(boss, model, "write", delegation.ids, {"delegate_id": boss.id})
        for user in (self.deputy, self.second):
            with self.assertRaisesRegex(
                AccessError,
                "can name this deputy|cannot make yourself|not allowed|access",
            ):
                self._rpc(
                    user, model, "write", delegation.ids, {"date_to": "2040-01-01"}
                )
            with self.assertRaisesRegex(
                AccessError,
                "can name this deputy|cannot make yourself|not allowed|access",
            ):
                self._rpc(user, model, "unlink", delegation.ids)
        self.assertTrue(delegation.exists())

    @mute_logger("odoo.sql_db")
    def test_what_was_used_stays(self):
        delegation = self._delegate()
        self._rule("authorization")
        self._approve(self.deputy, self._requested(self.line))
        with self.assertRaisesRegex(UserError, "only the last day can be changed"):
            delegation.write({"delegate_id": self.technician.id})
        delegation.date_to = delegation.date_from
        with self.assertRaisesRegex(Exception, "reverse_approval_vote"):
            delegation.unlink()
        self.assertEqual(delegation.state, "running")

    @mute_logger("odoo.sql_db")
    def test_entered_in_the_form(self):
        empty = self.env["reverse.delegation"].new({"delegator_id": self.away.id})
        self.assertFalse(empty.display_name, "no deputy, no name")
        form = Form(self.env["reverse.delegation"].with_user(self.away))
        self.assertEqual(form.delegator_id, self.away)
        form.delegate_id = self.deputy
        form.date_to = fields.Date.today() + timedelta(3)
        delegation = form.save()
        self.assertEqual(delegation.role_ids, self.approver)
        self.assertEqual(
            delegation.display_name, f"{self.deputy.name} for {self.away.name}"
        )
        with self.assertRaisesRegex(Exception, "reverse_delegation_not_oneself"):
            self._delegate(delegate=self.away)
        portal = self.env["res.users"].create(
            {
                "name": "Guest",
                "login": "guest-x",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        with self.assertRaisesRegex(ValidationError, "is not an internal user"):
            self._delegate(delegate=portal)
