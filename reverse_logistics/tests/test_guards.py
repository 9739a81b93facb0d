"""What clients send past the buttons: fields, contexts, private methods, other steps."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import transitions
from .control_common import ControlCase

@tagged("post_install", "-at_install")
class TestGuards(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)
        cls.boss = cls.users["administrator"]

    def _authorized(self):
        self.env["reverse.policy"].search([]).authorize = True
        return self._requested(self.delivery, 1)

    # ------------------------------------------------------------------
    # Guarded fields
    # ------------------------------------------------------------------
    def _sample(self, record, name):
        """Give some value that fits the field."""
        field = record._fields[name]
        if field.type == "selection":
            return field.get_values(self.env)[-1]
        if field.type == "many2one":
            return self.env[field.comodel_name].search([], limit=1).id
        if field.type in ("many2many", "one2many"):
            return [Command.clear()]
        return {
            "float": 99.0,
            "integer": 99,
            "monetary": 99.0,
            "boolean": True,
            "datetime": "2026-01-01 00:00:00",
            "date": "2026-01-01",
        }.get(field.type, "forged")

    def _assert_guarded(self, record):
        names = record._get_guarded_fields() | record._fixed_fields
        self.assertTrue(names)
        for name in sorted(names):
            label = record._fields[name].string
            with self.assertRaisesRegex((UserError, AccessError), f"{label}|not allowed"):
                self._rpc(
                    self.boss, record._name, "write", record.ids,
                    {name: self._sample(record, name)},
                )
        return names

    def test_guarded_fields_of_a_draft_return(self):
        names = self._assert_guarded(self._draft(self.delivery, 1))
        self.assertLessEqual(
            {"state", "stage", "event_head", "event_count", "correlation_id", "name"}, names
        )

    def test_guarded_fields_of_a_draft_line(self):
        names = self._assert_guarded(self._draft(self.delivery, 1).line_ids)
        self.assertLessEqual(
            {"state", "stage", "qty_authorized", "qty_received", "qty_settled", "rma_id"},
            names,
        )

    def test_guarded_fields_of_an_inspection(self):
        names = self._assert_guarded(self._received(self.delivery, 1).inspection_ids)
        self.assertLessEqual(
            {"state", "location_id", "disposed", "inspected_by_id", "facility_id"}, names
        )

    def test_guarded_fields_of_an_exception(self):
        rma = self._requested(self.product, 9)
        names = self._assert_guarded(rma.exception_ids[:1])
        self.assertLessEqual({"state", "res_model", "method", "owner_group_id"}, names)

    def test_guarded_fields_cannot_be_given_at_creation(self):
        for name in ("state", "stage", "requested_by_id", "event_head", "authorized_at"):
            rma = self.env["reverse.rma"]
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(
                    self.boss, "reverse.rma", "create",
                    {"partner_id": self.customer.id, name: self._sample(rma, name)},
                )
        with self.assertRaisesRegex(UserError, "Received cannot be set directly"):
            self._draft(self.delivery, 1, qty_received=1)

    @mute_logger("odoo.models")
    def test_import_cannot_set_guarded_fields(self):
        result = self._rpc(
            self.boss, "reverse.rma", "load",
            ["partner_id/.id", "state"], [[str(self.customer.id), "Authorized"]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("State cannot be set directly", result["messages"][0]["message"])
        rma = self._draft(self.delivery, 1)
        result = self._rpc(
            self.boss, "reverse.rma", "load", [".id", "stage"], [[str(rma.id), "Settled"]]
        )
        self.assertFalse(result["ids"])
        self.assertEqual(rma.stage, "draft")

    # ------------------------------------------------------------------
    # Contexts and user defaults
    # ------------------------------------------------------------------
    def test_forged_context_keys_open_nothing(self):
        rma = self._draft(self.delivery, 1)
        for value in (True, 1, "x", {}, []):
            context = {
                "reverse_workflow": value,
                "su": True,
                "import_file": True,
                "install_mode": True,
                "uid": 1,
            }
            with self.assertRaisesRegex(UserError, "State cannot be set directly"):
                self._rpc(
                    self.boss, "reverse.rma", "write", rma.ids, {"state": "done"},
                    context=context,
                )
        self.assertEqual(rma.state, "draft")

    def test_default_values_in_the_context_open_nothing(self):
        context = {
            "default_state": "authorized",
            "default_stage": "settled",
            "default_event_count": 7,
            "default_qty_received": 3.0,
            "default_requested_by_id": self.users["service"].id,
            "default_company_id": self.company.id,
        }
        rma_id = self._rpc(
            self.users["service"], "reverse.rma", "create",
            {
                "partner_id": self.customer.id,
                "line_ids": [Command.create({"move_id": self.delivery.id})],
            },
            context=context,
        )
        rma = self.env["reverse.rma"].browse(rma_id)
        self.assertEqual((rma.state, rma.stage), ("draft", "draft"))
        self.assertFalse(rma.requested_by_id or rma.event_count)
        self.assertEqual(rma.line_ids.qty_received, 0)

    def test_default_values_in_the_context_do_not_reach_later_documents(self):
        rma = self._requested(self.delivery, 2)
        self._rpc(
            self.users["receiver"], "reverse.rma", "action_receive", rma.ids,
            context={
                "default_state": "done",
                "default_disposed": True,
                "default_liability": "supplier",
                "default_note": "smuggled",
            },
        )
        part = rma.inspection_ids
        self.assertEqual((part.state, part.disposed), ("draft", False))
        self.assertEqual((part.liability, part.note), ("unknown", False))

    def test_user_defaults_open_nothing(self):
        service = self.users["service"]
        self.env["ir.default"].with_user(service).set(
            "reverse.rma", "state", "authorized", user_id=service.id
        )
        rma = self._draft(self.delivery, 1)
        self.assertEqual(rma.state, "draft")
        self.assertTrue(rma.correlation_id)

    def test_parent_named_by_the_context_is_checked(self):
        rma = self._authorized()
        with self.assertRaisesRegex(UserError, "is Authorized and can no longer be changed"):
            self._rpc(
                self.users["service"], "reverse.rma.line", "create",
                {"move_id": self.delivery.id}, context={"default_rma_id": rma.id},
            )
        self.assertEqual(len(rma.line_ids), 1)

    # ------------------------------------------------------------------
    # Private methods
    # ------------------------------------------------------------------
    def test_private_methods_are_not_callable(self):
        rma = self._draft(self.delivery, 1)
        calls = {
            "reverse.rma": ("_authorize", "_guarded_write", "_workflow", "_transition"),
            "reverse.inspection": ("_dispose", "_work", "_guarded_create"),
            "reverse.settlement": ("_release", "_propose", "_release_by_policy"),
            "reverse.event": ("_log", "_write_buffer"),
            "reverse.exception": ("_resolve", "_raise_for"),
        }
        for model, methods in calls.items():
            for method in methods:
                with self.assertRaisesRegex(AccessError, "cannot be called remotely"):
                    self._rpc(self.boss, model, method, rma.ids)
        self.assertEqual(rma.state, "draft")

    # ------------------------------------------------------------------
    # Frozen documents
    # ------------------------------------------------------------------
    def test_lines_of_a_requested_return_are_frozen(self):
        self.env["reverse.policy"].search([]).authorize = False
        self._assert_lines_frozen(self._requested(self.delivery, 1), "Requested")

    def test_lines_of_an_authorized_return_are_frozen(self):
        self._assert_lines_frozen(self._authorized(), "Authorized")

    def _assert_lines_frozen(self, rma, state):
        refused = f"is {state} and can no longer be changed"
        line = rma.line_ids
        for change in ({"quantity": 2}, {"product_id": self.product.id}, {"note": "x"}):
            with self.assertRaisesRegex(UserError, refused):
                line.write(change)
        with self.assertRaisesRegex(UserError, refused):
            rma.line_ids = [Command.create({"move_id": self.delivery.id, "quantity": 1})]
        with self.assertRaisesRegex(UserError, refused):
            rma.line_ids = [Command.update(line.id, {"quantity": 3})]
        with self.assertRaisesRegex(UserError, refused):
            rma.line_ids = [Command.delete(line.id)]
        with self.assertRaisesRegex(UserError, refused):
            rma.partner_id = self.stranger
        with self.assertRaisesRegex(UserError, refused):
            rma.settlement_type = "none"
        with self.assertRaisesRegex(UserError, refused):
            rma.unlink()
        rma.client_ref = "PO 77"
        self.assertEqual((line.quantity, rma.client_ref), (1, "PO 77"))

    def test_lines_cannot_be_moved_to_another_return(self):
        rma = self._authorized()
        draft = self._draft(self.delivery, 1)
        with self.assertRaisesRegex(UserError, "Return cannot be set directly"):
            draft.line_ids.rma_id = rma
        with self.assertRaisesRegex(UserError, "Return cannot be set directly"):
            rma.line_ids = [Command.link(draft.line_ids.id)]
        self.assertEqual(len(rma.line_ids), 1)

    def test_draft_can_be_changed_and_deleted(self):
        rma = self._draft(self.delivery, 1)
        rma.line_ids.quantity = 2
        self.assertEqual(rma.line_ids.quantity, 2)
        rma.unlink()
        self.assertFalse(rma.exists())

    def test_completed_inspection_is_frozen(self):
        part = self._inspected(self.delivery, 2).inspection_ids
        part = self._as("inspector", part)
        for change in (
            {"condition_id": self.conditions["D"].id},
            {"disposition_id": self.dispositions["SCRAP"].id},
            {"quantity": 1},
            {"liability": "supplier"},
        ):
            with self.assertRaisesRegex(UserError, "is Inspected and can no longer be"):
                part.write(change)
        with self.assertRaisesRegex(AccessError, "not allowed to delete"):
            part.unlink()
        self.assertEqual(part.condition_id.code, "A")

    def test_inspected_quantity_can_be_split_and_never_grow(self):
        part = self._as("inspector", self._received(self.delivery, 3).inspection_ids)
        part.quantity = 1
        self.assertEqual(part.line_id.inspection_ids.mapped("quantity"), [1, 2])
        for quantity in (2, 0, -1):
            with self.assertRaisesRegex(UserError, "can only be split into smaller ones"):
                part.quantity = quantity
        self.assertEqual(sum(part.line_id.inspection_ids.mapped("quantity")), 3)

    def test_lot_that_did_not_come_in_cannot_be_inspected(self):
        lots = self._create_lots(self.lot_product, "L1", "L2")
        order = self._order(self.lot_product, 4)
        delivery = self._deliver(order, lots={lots[0]: 2, lots[1]: 2})
        parts = self._received(delivery, 2, lot_id=lots[0].id).inspection_ids
        with self.assertRaisesRegex(UserError, "0 of L2 came in, not 2"):
            self._as("inspector", parts).lot_id = lots[1]
            self._inspect(parts)
        self.assertEqual(parts.state, "draft")

    def test_settlement_lines_are_frozen_after_submit(self):
        rma = self._inspected(self.delivery, 1, "E")
        settlement = rma.settlement_ids
        self._as("service", settlement.line_ids).write(
            {"deduction": 0.0, "deduction_reason": "none"}
        )
        self._as("service", settlement).action_submit()
        for role in ("service", "releaser", "administrator"):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                self._as(role, settlement.line_ids).deduction = 5
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                self._as(role, settlement.line_ids).unlink()
            with self.assertRaisesRegex(UserError, "Submitted and can no longer be changed"):
                self._as(role, settlement).line_ids = [
                    Command.create({"rma_line_id": rma.line_ids.id, "price_unit": 5})
                ]
            with self.assertRaisesRegex(UserError, "Submitted and can no longer be changed"):
                self._rpc(
                    self.users[role], "reverse.settlement.line", "create",
                    {"rma_line_id": rma.line_ids.id, "price_unit": 5},
                    context={"default_settlement_id": settlement.id},
                )
        self.assertEqual(settlement.state, "submitted")

    def test_price_and_quantity_of_a_settlement_line_come_from_the_invoice(self):
        line = self._inspected(self.delivery, 1, "E").settlement_ids.line_ids[:1]
        for change in ({"quantity": 9}, {"price_unit": 900}, {"kind": "value"}):
            with self.assertRaisesRegex(UserError, "come from the invoice"):
                self._as("releaser", line).write(change)
        self.assertEqual(line.quantity, 1)

    # ------------------------------------------------------------------
    # Links on Odoo's documents
    # ------------------------------------------------------------------
    def test_links_of_transfers_are_set_by_the_return_only(self):
        rma = self._authorized()
        for model, record, name in (
            ("stock.move", self.delivery, "reverse_rma_line_id"),
            ("stock.move", self.delivery, "reverse_inspection_id"),
            ("stock.picking", self.delivery.picking_id, "reverse_rma_id"),
        ):
            with self.assertRaisesRegex(UserError, "is set by the return only"):
                self._rpc(self.boss, model, "write", record.ids, {name: rma.id})
        self.assertFalse(self.delivery.reverse_rma_line_id)

    def test_goods_in_returns_cannot_be_moved_into_stock_by_hand(self):
        self._received(self.delivery, 3)
        receiver = self.users["receiver"]
        picking = self.env["stock.picking"].with_user(receiver).create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": self.inspection_location.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 3,
                            "location_id": self.inspection_location.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._validate(picking, 3)
        self.assertEqual(self._available()[0], 0)

    def test_finished_inspection_does_not_cover_more_goods(self):
        rma = self._inspected(self.delivery, 1)
        self._received(self.delivery, 3)
        move = rma.inspection_ids.move_ids
        values = {
            "picking_type_id": self.warehouse.int_type_id.id,
            "location_id": self.inspection_location.id,
            "location_dest_id": self.warehouse.lot_stock_id.id,
            "move_ids": [
                Command.create(
                    {
                        "product_id": self.product.id,
                        "product_uom_qty": 3,
                        "location_id": self.inspection_location.id,
                        "location_dest_id": self.warehouse.lot_stock_id.id,
                        "reverse_inspection_id": move.reverse_inspection_id.id,
                    }
                )
            ],
        }
        picking = self.env["stock.picking"].with_user(self.users["receiver"]).create(values)
        picking.action_confirm()
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._validate(picking, 3)
        self.assertEqual(self._available()[0], 1)

    # ------------------------------------------------------------------
    # Transition tables
    # ------------------------------------------------------------------
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
                    UserError, f"is {labels[state]}: this step is not possible from there"
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
        with self.assertRaisesRegex(UserError, "is not finished: something is still to be"):
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
        self.env["reverse.policy"].search([]).authorize = False
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
        with self.assertRaisesRegex(ValidationError, "is limited to groups and would run"):
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
        other = self._server_action(model_id=self.env["ir.model"]._get_id("res.partner"))
        with self.assertRaisesRegex(ValidationError, "does not work on return inspections"):
            self.dispositions["QUARANTINE"].step_ids = [
                Command.create({"action_id": other.id})
            ]
        self.assertNotIn(other, self.dispositions["QUARANTINE"].step_ids.action_id)

    def test_steps_run_as_the_inspector(self):
        action = self._server_action(code="raise UserError('%s %s' % (env.uid, env.su))")
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
        self.assertEqual(rma.exception_ids.filtered(
            lambda e: e.type == "work_failure").state, "open")
        self.assertEqual(rma.state, "authorized")

    def test_disposal_methods_do_only_what_the_disposition_says(self):
        self.dispositions["QUARANTINE"].step_ids.unlink()
        rma = self._inspected(self.delivery, 1, "C")
        part = self._as("inspector", rma.inspection_ids)
        self.assertFalse(part.disposed)
        for method in ("action_dispose_scrap", "action_dispose_customer", "action_dispose_keep"):
            with self.assertRaisesRegex(UserError, "“Quarantine” asks for something else"):
                getattr(part, method)()
        part.action_dispose_move()
        self.assertTrue(part.disposed)
        with self.assertRaisesRegex(UserError, "is not waiting to be moved"):
            part.action_dispose_move()
