"""Two people: who asks, inspects or submits does not decide as well."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestDuties(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=9)
        cls.order_line.order_id._create_invoices().action_post()

    def test_requester_does_not_authorize(self):
        self._set_policy(authorize=False)
        both = self._create_user("service", "approver")
        rma = self._draft(self.delivery, 1).with_user(both)
        rma.action_request()
        with self.assertRaisesRegex(
            UserError, "took an earlier step of RMA.* somebody else"
        ):
            rma.action_authorize()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.authorized_by_id, self.users["approver"])
        self.assertEqual(rma.requested_by_id, both)

    def _submitted(self, user):
        rma = self._received(self.delivery, 1)
        part = rma.inspection_ids.with_user(user)
        part.condition_id = self.conditions["E"]
        part.action_complete()
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        return rma, settlement

    def test_inspector_neither_approves_nor_releases(self):
        user = self._create_user("inspector", "approver", "releaser", login="greedy")
        _rma, settlement = self._submitted(user)
        with self.assertRaisesRegex(UserError, "took an earlier step of RMA"):
            settlement.with_user(user).action_approve()
        self._as("approver", settlement).action_approve()
        with self.assertRaisesRegex(UserError, "took an earlier step of RMA"):
            settlement.with_user(user).action_release()
        self._as("releaser", settlement).action_release()
        self.assertEqual(settlement.released_by_id, self.users["releaser"])

    def test_submitter_does_not_approve(self):
        user = self._create_user("service", "approver", login="submitter")
        settlement = self._inspected(self.delivery, 1, "E").settlement_ids
        settlement.with_user(user).action_submit()
        with self.assertRaisesRegex(UserError, "took an earlier step of RMA"):
            settlement.with_user(user).action_approve()
        self.assertEqual(settlement.state, "submitted")

    def test_combined_duties_are_recorded(self):
        self._set_policy(authorize=False)
        user = self._create_user(
            "service",
            "receiver",
            "inspector",
            "approver",
            "releaser",
            "combined_duties",
            login="branch",
        )
        rma = self._draft(self.delivery, 1).with_user(user)
        rma.action_request()
        rma.action_authorize()
        rma.action_receive()
        part = rma.inspection_ids
        part.condition_id = self.conditions["E"]
        part.action_complete()
        settlement = rma.settlement_ids
        settlement.action_submit()
        settlement.action_approve()
        settlement.action_release()
        used = {
            event.name: event.data["combined_duties"]
            for event in self._events(rma.sudo())
            if "combined_duties" in (event.data or {})
        }
        self.assertEqual(
            used,
            {
                "ReturnAuthorized": True,
                "CreditSubmitted": False,
                "CreditApproved": True,
                "InvoiceAdjusted": True,
            },
        )

    def test_combined_duties_are_not_recorded_when_not_used(self):
        self._set_policy(authorize=False)
        user = self._create_user("approver", "combined_duties", login="unused")
        rma = self._requested(self.delivery, 1)
        rma.with_user(user).action_authorize()
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "ReturnAuthorized")
        self.assertEqual(
            (event.data["combined_duties"], event.data["decider"]), (False, "person")
        )

    def test_decision_by_policy_names_the_policy(self):
        rma = self._requested(self.delivery, 1)
        self.assertFalse(rma.authorized_by_id)
        self.assertEqual(rma.authorized_by_version_id, self._get_version())
        self.assertEqual(rma.requested_by_id, self.users["service"])
