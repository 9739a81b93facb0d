"""Every step from every state it may not start from, and the steps of dispositions."""

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ...engine import transitions
from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestTransitions(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)
        cls.boss = cls.users["administrator"]

    def _force(self, record, state):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {record._table} SET state = %s WHERE id = %s",  # noqa: S608
            [state, record.id],
        )
        self.env.invalidate_all()

    def _assert_illegal(self, record, table, action, call):
        """Try ``action`` from every state it may not start from."""
        field = record._fields["state"]
        labels = dict(field._description_selection(self.env))
        illegal = [s for s in labels if s not in table[action][0]]
        self.assertTrue(illegal)
        for state in illegal:
            with self.subTest(action=action, state=state):
                self._force(record, state)
                with self.assertRaisesRegex(
                    UserError,
                    f"is {labels[state]}: this step is not possible from there",
                ):
                    call()
                self.assertEqual(record.state, state)

    def test_illegal_transitions_of_returns(self):
        rma = self._draft(self.delivery, 1)
        calls = {
            "request": self._as("service", rma).action_request,
            "authorize": self._as("approver", rma).action_authorize,
            "reject": lambda: self._as("approver", rma).action_reject("No."),
            "cancel": self._as("service", rma).action_cancel,
        }
        for action, call in calls.items():
            self._assert_illegal(rma, transitions.RMA, action, call)

    def test_illegal_closing_of_returns(self):
        rma = self._inspected(self.delivery, 1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE reverse_rma SET stage = 'settled' WHERE id = %s", [rma.id]
        )
        rma.exception_ids._resolve("drop")
        self._assert_illegal(
            rma, transitions.RMA, "close", self._as("service", rma).action_close
        )

    def test_unfinished_return_cannot_be_closed(self):
        rma = self._received(self.delivery, 1)
        with self.assertRaisesRegex(
            UserError, "is not finished: something is still to be"
        ):
            self._as("service", rma).action_close()
        self.assertEqual(rma.state, "authorized")

    def test_illegal_transitions_of_inspections(self):
        part = self._received(self.delivery, 1).inspection_ids
        inspector = self._as("inspector", part)
        inspector.condition_id = self.conditions["C"]
        self._assert_illegal(
            part, transitions.INSPECTION, "complete", inspector.action_complete
        )
        self._force(part, "draft")
        inspector.action_complete()
        self.assertTrue(part.disposed)
        self._assert_illegal(
            part, transitions.INSPECTION, "supersede", inspector.action_reinspect
        )

    def test_illegal_transitions_of_settlements(self):
        settlement = self._inspected(self.delivery, 1, "E").settlement_ids
        calls = {
            "submit": self._as("service", settlement).action_submit,
            "approve": self._as("approver", settlement).action_approve,
            "release": self._as("releaser", settlement).action_release,
            "reverse": self._as("releaser", settlement).action_reverse,
            "cancel": self._as("service", settlement).action_cancel,
            "send_back": lambda: self._as(
                "approver" if settlement.state == "submitted" else "releaser",
                settlement,
            ).action_send_back("Less"),
        }
        for action, call in calls.items():
            self._assert_illegal(settlement, transitions.SETTLEMENT, action, call)

    def test_resolved_exception_stays_resolved(self):
        rma = self._requested(self.product, 9)
        exception = self._as("service", rma.exception_ids[:1])
        exception.action_drop()
        with self.assertRaisesRegex(UserError, "cannot be resolved in this way"):
            exception.action_drop()
        self.assertEqual(exception.state, "resolved")

    def test_rejection_needs_a_reason(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.delivery, 1)
        for message in (None, "", "  "):
            with self.assertRaisesRegex(UserError, "Say why the return is rejected"):
                self._as("approver", rma).action_reject(message)
        self.assertEqual(rma.state, "requested")

    def test_return_without_lines_cannot_be_requested(self):
        rma = self._as("service", self.env["reverse.rma"]).create(
            {"partner_id": self.customer.id}
        )
        with self.assertRaisesRegex(UserError, "has no lines. Add what comes back"):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    # ------------------------------------------------------------------
    # Disposition steps
    # ------------------------------------------------------------------
    def _server_action(self, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Extra step",
                "model_id": self.env["ir.model"]._get_id("reverse.inspection"),
                "state": "code",
                "code": "pass",
                **values,
            }
        )

    def test_step_limited_to_groups_is_refused(self):
        group = self.env.ref("base.group_user")
        limited = self._server_action(group_ids=[Command.set(group.ids)])
        disposition = self.dispositions["QUARANTINE"].with_user(self.boss)
        with self.assertRaisesRegex(
            ValidationError, "is limited to groups and would run"
        ):
            disposition.step_ids = [Command.create({"action_id": limited.id})]
        self.assertNotIn(limited, disposition.step_ids.action_id)

    def test_groups_on_an_action_that_is_a_step_are_refused(self):
        action = self._server_action()
        disposition = self.dispositions["QUARANTINE"].with_user(self.boss)
        disposition.step_ids = [Command.create({"action_id": action.id})]
        with self.assertRaisesRegex(ValidationError, "cannot be limited to groups"):
            action.group_ids = self.env.ref("base.group_user")
        self.assertFalse(action.group_ids)

    def test_step_for_another_model_is_refused(self):
        other = self._server_action(
            model_id=self.env["ir.model"]._get_id("res.partner")
        )
        with self.assertRaisesRegex(
            ValidationError, "does not work on return inspections"
        ):
            self.dispositions["QUARANTINE"].step_ids = [
                Command.create({"action_id": other.id})
            ]
        self.assertNotIn(other, self.dispositions["QUARANTINE"].step_ids.action_id)

    def test_steps_run_as_the_inspector(self):
        action = self._server_action(
            code="raise UserError('%s %s' % (env.uid, env.su))"
        )
        disposition = self.dispositions["QUARANTINE"]
        disposition.step_ids = [Command.create({"action_id": action.id, "sequence": 1})]
        rma = self._inspected(self.delivery, 1, "C")
        failure = rma.exception_ids.filtered(lambda e: e.type == "work_failure")
        self.assertIn(f"{self.users['inspector'].id} False", failure.message)
        self.assertFalse(rma.inspection_ids.disposed)

    def test_step_cannot_do_what_the_inspector_may_not(self):
        code = "records.sudo(False).rma_id.write({'state': 'done'})"
        action = self._server_action(code=code)
        disposition = self.dispositions["QUARANTINE"]
        disposition.step_ids = [Command.create({"action_id": action.id, "sequence": 1})]
        rma = self._inspected(self.delivery, 1, "C")
        self.assertFalse(rma.inspection_ids.disposed)
        self.assertEqual(
            rma.exception_ids.filtered(lambda e: e.type == "work_failure").state, "open"
        )
        self.assertEqual(rma.state, "authorized")

    def test_disposal_methods_do_only_what_the_disposition_says(self):
        self.dispositions["QUARANTINE"].step_ids.unlink()
        rma = self._inspected(self.delivery, 1, "C")
        part = self._as("inspector", rma.inspection_ids)
        self.assertFalse(part.disposed)
        for method in (
            "action_dispose_scrap",
            "action_dispose_customer",
            "action_dispose_keep",
        ):
            with self.assertRaisesRegex(
                UserError, "“Quarantine” asks for something else"
            ):
                getattr(part, method)()
        part.action_dispose_move()
        self.assertTrue(part.disposed)
        with self.assertRaisesRegex(UserError, "is not waiting to be moved"):
            part.action_dispose_move()
