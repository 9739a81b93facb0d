"""What users say beside a step decides nothing in it, and nobody acts as others."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestAttacksDefaults(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)

    def _set_default(self, user, model, name, value):
        self._rpc(user, "ir.default", "set", model, name, value, user_id=True)

    def _get_event(self, name):
        self.env.cr.flush()
        return self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", name)],
            order="id desc",
            limit=1,
        )

    def test_no_inspection_is_made_by_a_default(self):
        receiver = self.users["receiver"]
        forged = {
            "quantity": 1,
            "state": "done",
            "disposition_id": self.dispositions["RESTOCK"].id,
            "condition_id": self.conditions["A"].id,
            "inspected_by_id": self.users["inspector"].id,
        }
        self._set_default(
            receiver, "reverse.rma.line", "inspection_ids", [[0, 0, forged]]
        )
        rma = self._received(self.line, 2)
        self.assertEqual(rma.inspection_ids.mapped("state"), ["draft"])
        # by a receipt of Odoo's own as well
        picking = self._sell(2).move_ids.picking_id.with_user(receiver)
        back = self._return_button(picking, 1)
        self._validate(back)
        made = back.sudo().move_ids.reverse_rma_line_id
        self.assertEqual(made.inspection_ids.mapped("state"), ["draft"])

    def test_no_disposition_is_chosen_by_a_default(self):
        receiver = self.users["receiver"]
        restock = self.dispositions["RESTOCK"]
        self._set_default(receiver, "reverse.inspection", "disposition_id", restock.id)
        part = self._received(self.line, 1).inspection_ids
        self.assertFalse(part.disposition_id)

    def test_events_are_of_whom_they_are(self):
        boss = self.users["administrator"]
        rma = self._requested(self.line, 1)
        self._set_default(boss, "reverse.event", "rma_id", rma.id)
        disposition = self.dispositions["QUARANTINE"]
        credit = "none" if disposition.credit != "none" else "person"
        disposition.with_user(boss).credit = credit
        event = self._get_event("ControlChanged")
        self.assertFalse(event.rma_id)
        found = self._as("auditor", rma).action_verify_events()
        self.assertEqual(found["params"]["type"], "success")

    def test_activities_stay_on_the_lists(self):
        self._set_policy(authorize=False)
        service = self.users["service"]
        self._set_default(service, "mail.activity", "active", False)
        rma = self._draft(self.line)
        self._rpc(service, rma._name, "action_request", rma.ids)
        activity = self.env["mail.activity"].search(
            [("reverse_approval_id", "in", rma.approval_ids.ids)]
        )
        self.assertTrue(activity.active)

    def test_how_who_decides_signs_in_is_noted(self):
        clerk = new_test_user(
            self.env,
            login="access",
            groups="base.group_user,base.group_erp_manager,base.group_partner_manager",
        )
        approver = self.users["approver"]
        self.env["reverse.duty.period"]._update()
        approver.with_user(clerk).write({"password": "another-Password-1"})
        event = self._get_event("SignInChanged")
        self.assertEqual(
            (event.data["user_id"], event.data["fields"]), (approver.id, ["password"])
        )
        self.assertEqual(event.user_id, clerk)
        approver.partner_id.with_user(clerk).write({"email": "clerk@example.com"})
        event = self._get_event("SignInChanged")
        self.assertEqual(event.data["fields"], ["email"])
        # what somebody changes of the own account is nobody else's
        own = approver.with_user(approver).sudo()
        own.write({"password": "another-Password-2"})
        self.assertEqual(self._get_event("SignInChanged"), event)
        # who opens the link in a mail is known to nobody
        visitor = self.env.ref("base.public_user")
        approver.partner_id.signup_prepare("reset")
        token = approver.partner_id._generate_signup_token()
        users = self.env["res.users"].with_user(visitor).sudo()
        users.signup({"password": "another-Password-3"}, token)
        event = self._get_event("SignInChanged")
        self.assertEqual(
            (event.user_id, event.data),
            (visitor, {"user_id": approver.id, "fields": ["password"]}),
        )

    def test_nobody_decides_for_another_company(self):
        """Not even where the record rules are switched off."""
        self._set_policy(authorize=False)
        rma = self._requested(self.line, 1)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        approver = self.users["approver"]
        approver.write({"company_ids": [Command.set(other.ids)], "company_id": other})
        rules = self.env["ir.rule"].search([("model_id.model", "=like", "reverse.%")])
        rules.active = False
        with self.assertRaisesRegex(AccessError, "is none of your companies"):
            rma.with_user(approver).action_authorize()
        self.assertEqual(rma.state, "requested")

    def test_who_fills_in_an_inspection_has_inspected(self):
        """Whoever presses the button."""
        both = self._create_user("inspector", login="filler")
        both.group_ids += self.env.ref("reverse_logistics.group_releaser")
        rma = self._received(self.line, 1)
        part = rma.inspection_ids
        vals = {
            "condition_id": self.conditions["D"].id,
            "disposition_id": self.dispositions["QUARANTINE"].id,
        }
        self._rpc(both, part._name, "write", part.ids, vals)
        self._call(self._as("inspector", part), "action_complete")
        self.assertEqual(part.inspected_by_id, self.users["inspector"])
        self.assertEqual(part.inspected_by_ids, both | self.users["inspector"])
        settlement = rma.settlement_ids
        self._call(self._as("service", settlement), "action_submit")
        self._call(self._as("approver", settlement), "action_approve")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._rpc(both, settlement._name, "action_release", settlement.ids)
