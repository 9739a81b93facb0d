"""Choosing something else than what brings most: a reason, and who approves it."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ChoiceCommon


@tagged("post_install", "-at_install")
class TestOverrides(ChoiceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule("RESTOCK", 100)
        cls._rule("SCRAP", 10)

    def _ask(self, **values):
        return self.env["reverse.approval.rule"].create(
            {"name": "Losses", "gate": "disposition", **values}
        )

    def test_a_reason_is_needed(self):
        part = self._found()
        self.assertEqual(part.disposition_id.code, "RESTOCK")
        for reason in (False, "  "):
            with self.assertRaisesRegex(UserError, "“Restock” is recommended. Enter"):
                self._choose(part, "SCRAP", reason)
        self._choose(part, "SCRAP", "Smells of smoke")
        self.assertEqual((part.state, part.disposed), ("done", True))
        self.assertFalse(part.approval_state)

    def test_an_override_waits_for_somebody_else(self):
        """2 kettles: 80 − 8 = 72 are given up."""
        self._ask()
        both = self.users["inspector"].group_ids | self.env.ref(
            "reverse_logistics.group_approver"
        )
        self.users["inspector"].group_ids = both
        part = self._found()
        told = self._choose(part, "SCRAP", "Smells of smoke")
        self.assertEqual(told["params"]["title"], "Asked for approval")
        part.invalidate_recordset()
        self.assertEqual((part.state, part.approval_state), ("draft", "waiting"))
        approval = part.approval_ids
        self.assertEqual((approval.amount, approval.rma_id), (72.0, part.rma_id))
        self.assertRegex(
            approval.details, "“Scrap” instead of “Restock”, which gives up .*72.00"
        )
        # neither by the inspector, nor past the approval
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(self._as("inspector", approval), "action_approve")
        with self.assertRaisesRegex(UserError, "has to be approved first: Other"):
            part._complete({})
        self._call(self._as("approver", approval), "action_approve")
        self.assertEqual((part.state, part.disposed), ("done", True))
        self.assertEqual(part.inspected_by_id, self.users["inspector"])
        self.assertEqual(
            part.rma_id.settlement_ids.inspected_by_ids, part.inspected_by_id
        )
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InspectionCompleted"
        )
        self.assertEqual(event.data["inspector"], self.users["inspector"].id)

    def test_rules_ask_by_what_is_given_up(self):
        self._ask(value_from=100)
        few = self._found(2)
        self._choose(few, "SCRAP", "Smells of smoke")
        self.assertEqual(few.state, "done")
        # split or not: 3 × 36 of one return
        both = self._found(3)
        self._call(both, "write", {"quantity": 2})
        many = self._as("inspector", both.rma_id.inspection_ids - both)
        self._choose(both, "SCRAP", "Smells of smoke")
        many.condition_id = self.conditions["B"]
        self._choose(many, "SCRAP", "Smells of smoke")
        self.assertEqual((both.state, many.state), ("done", "draft"))
        self.assertEqual(
            (many.approval_state, many.approval_ids.amount), ("waiting", 36)
        )
        # what is recommended waits for nobody
        self._choose(many, "RESTOCK")
        self.assertEqual((many.state, many.approval_state), ("done", False))
        self.assertEqual(many.approval_ids.state, "cancelled")

    def test_another_disposition_is_asked_for_anew(self):
        self._ask()
        part = self._found()
        self._choose(part, "SCRAP", "Smells of smoke")
        first = part.approval_ids
        part.disposition_id = self.dispositions["QUARANTINE"]
        with self.assertRaisesRegex(UserError, "has changed since its approval"):
            self._call(self._as("approver", first), "action_approve")
        self._choose(part, "QUARANTINE", "Smells of smoke")
        self.assertEqual(first.state, "cancelled")
        second = part.approval_ids - first
        self._call(self._as("approver", second), "action_reject", "Clean them")
        self.assertEqual((part.state, part.approval_state), ("draft", "refused"))
        self.assertFalse(part.inspected_by_id)
        self._choose(part, "RESTOCK")
        self.assertEqual(part.state, "done")

    def test_a_cancelled_part_waits_for_nobody(self):
        self._ask()
        part = self._found()
        self._choose(part, "SCRAP", "Smells of smoke")
        part.with_env(self.env)._transition(part._steps, "cancel")
        self.assertEqual(part.approval_ids.state, "cancelled")
