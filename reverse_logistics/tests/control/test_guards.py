"""What clients send past the buttons: fields, contexts, methods, other steps."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestGuards(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)
        cls.boss = cls.users["administrator"]

    def _authorized(self):
        self._set_policy(authorize=True)
        return self._requested(self.delivery, 1)

    # ------------------------------------------------------------------
    # Guarded fields
    # ------------------------------------------------------------------
    def test_records_that_get_the_same_are_written_together(self):
        rma = self._draft(self.delivery, 1)
        rma.line_ids = [
            Command.create({"move_id": self.delivery.id, "quantity": quantity})
            for quantity in (1, 2)
        ]
        lines = rma.line_ids
        model = type(lines)
        with patch.object(
            model, "_guarded_write", autospec=True, side_effect=model._guarded_write
        ) as written:
            lines._guarded_write_each(
                {line: {"qty_authorized": line.quantity} for line in lines}
            )
        self.assertEqual(written.call_count, 2)
        self.assertEqual(lines.mapped("qty_authorized"), [1, 1, 2])

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
            with self.assertRaisesRegex(
                (UserError, AccessError), f"{label}|not allowed"
            ):
                self._rpc(
                    self.boss,
                    record._name,
                    "write",
                    record.ids,
                    {name: self._sample(record, name)},
                )
        return names

    def test_guarded_fields_of_a_draft_return(self):
        names = self._assert_guarded(self._draft(self.delivery, 1))
        self.assertLessEqual(
            {"state", "stage", "event_head", "event_count", "correlation_id", "name"},
            names,
        )

    def test_guarded_fields_of_a_draft_line(self):
        names = self._assert_guarded(self._draft(self.delivery, 1).line_ids)
        self.assertLessEqual(
            {
                "state",
                "stage",
                "qty_authorized",
                "qty_received",
                "qty_settled",
                "rma_id",
            },
            names,
        )

    def test_guarded_fields_of_an_inspection(self):
        names = self._assert_guarded(self._received(self.delivery, 1).inspection_ids)
        self.assertLessEqual(
            {"state", "location_id", "disposed", "inspected_by_id", "facility_id"},
            names,
        )

    def test_guarded_fields_of_an_exception(self):
        rma = self._requested(self.product, 9)
        names = self._assert_guarded(rma.exception_ids[:1])
        self.assertLessEqual({"state", "res_model", "method", "owner_group_id"}, names)

    def test_guarded_fields_cannot_be_given_at_creation(self):
        for name in (
            "state",
            "stage",
            "requested_by_id",
            "event_head",
            "authorized_at",
        ):
            rma = self.env["reverse.rma"]
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(
                    self.boss,
                    "reverse.rma",
                    "create",
                    {"partner_id": self.customer.id, name: self._sample(rma, name)},
                )
        with self.assertRaisesRegex(UserError, "Received cannot be set directly"):
            self._draft(self.delivery, 1, qty_received=1)

    @mute_logger("odoo.models")
    def test_import_cannot_set_guarded_fields(self):
        result = self._rpc(
            self.boss,
            "reverse.rma",
            "load",
            ["partner_id/.id", "state"],
            [[str(self.customer.id), "Authorized"]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("State cannot be set directly", result["messages"][0]["message"])
        rma = self._draft(self.delivery, 1)
        result = self._rpc(
            self.boss,
            "reverse.rma",
            "load",
            [".id", "stage"],
            [[str(rma.id), "Settled"]],
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
                    self.boss,
                    "reverse.rma",
                    "write",
                    rma.ids,
                    {"state": "done"},
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
            self.users["service"],
            "reverse.rma",
            "create",
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
            self.users["receiver"],
            "reverse.rma",
            "action_receive",
            rma.ids,
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
        with self.assertRaisesRegex(
            UserError, "is Authorized and can no longer be changed"
        ):
            self._rpc(
                self.users["service"],
                "reverse.rma.line",
                "create",
                {"move_id": self.delivery.id},
                context={"default_rma_id": rma.id},
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
        self._set_policy(authorize=False)
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
            rma.line_ids = [
                Command.create({"move_id": self.delivery.id, "quantity": 1})
            ]
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
            with self.assertRaisesRegex(
                UserError, "Submitted and can no longer be changed"
            ):
                self._as(role, settlement).line_ids = [
                    Command.create({"rma_line_id": rma.line_ids.id, "price_unit": 5})
                ]
            with self.assertRaisesRegex(
                UserError, "Submitted and can no longer be changed"
            ):
                self._rpc(
                    self.users[role],
                    "reverse.settlement.line",
                    "create",
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
            with self.assertRaisesRegex(UserError, "cannot be set by hand"):
                self._rpc(self.boss, model, "write", record.ids, {name: rma.id})
        self.assertFalse(self.delivery.reverse_rma_line_id)

    def test_goods_in_returns_cannot_be_moved_into_stock_by_hand(self):
        self._received(self.delivery, 3)
        receiver = self.users["receiver"]
        picking = (
            self.env["stock.picking"]
            .with_user(receiver)
            .create(
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
        picking = (
            self.env["stock.picking"].with_user(self.users["receiver"]).create(values)
        )
        picking.action_confirm()
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._validate(picking, 3)
        self.assertEqual(self._available()[0], 1)
