"""The log of a return: complete, in order, unchangeable, and without personal data."""

import contextlib
import io
import json
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, fields
from odoo.cli.command import find_command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ..control_common import ControlCase

CHECK_LOGGER = "odoo.addons.reverse_logistics.models.rma.reverse_rma"


@tagged("post_install", "-at_install")
class TestEvents(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=8)
        cls.event = cls.env["reverse.event"]
        cls.order_line.order_id._create_invoices().action_post()
        cls.returned = cls._inspected(cls.delivery, 2)

    # ------------------------------------------------------------------
    # What is written
    # ------------------------------------------------------------------
    def test_events_of_the_standard_path(self):
        rma = self.returned
        events = self._events(rma)
        self.assertEqual(
            events.mapped("name"),
            [
                "ReturnRequested",
                "ReturnAuthorized",
                "ReturnReceived",
                "InspectionCompleted",
                "InventoryDispositionUpdated",
                "CreditApproved",
                "InvoiceAdjusted",
                "ReturnClosed",
            ],
        )
        self.assertEqual(events.mapped("sequence"), list(range(1, 9)))
        self.assertEqual(
            events.mapped("user_id"),
            self.users["service"] | self.users["receiver"] | self.users["inspector"],
        )
        self.assertEqual((rma.event_count, rma.event_head), (8, events[-1].hash))

    def test_content_of_events(self):
        rma = self.returned
        data = {event.name: event.data for event in self._events(rma)}
        line = data["ReturnRequested"]["lines"][0]
        self.assertEqual(
            (line["product"], line["quantity"], line["delivery"], line["decision"]),
            (self.product.id, 2, self.delivery.id, "in_window"),
        )
        version = self._get_version()
        policy = f"Policy “{version.policy_id.name}”, version {version.number}"
        decided = {event.name: event.decided_by for event in rma.event_ids}
        self.assertEqual(decided["CreditApproved"], policy)
        self.assertEqual(rma.settlement_ids.decided_by, policy)
        self.assertFalse(rma.settlement_ids.approved_by_id)
        self.assertEqual(decided["InspectionCompleted"], self.users["inspector"].name)
        self.assertEqual(
            data["ReturnAuthorized"]["decider"],
            f"policy:{version.policy_id.id}:{version.number}",
        )
        self.assertEqual(
            data["ReturnReceived"]["lines"],
            [{"line": rma.line_ids.id, "quantity": 2}],
        )
        part = data["InspectionCompleted"]["parts"][0]
        self.assertEqual((part["condition"], part["disposition"]), ("A", "RESTOCK"))
        credit = data["InvoiceAdjusted"]["credit_notes"][0]
        self.assertEqual(credit["number"], rma.credit_note_ids.name)
        self.assertEqual(credit["total"], 200)

    def test_events_hold_neither_names_nor_free_text(self):
        secret = "Zebra"
        self.customer.write({"name": secret, "email": "zebra@example.com"})
        self.product.name = f"{secret} kettle"
        rma = self._draft(self.delivery, 2, note=f"{secret} is unhappy")
        rma.write({"note": secret, "client_ref": secret})
        rma.action_request()
        self._receive(rma)
        self._as("inspector", rma.inspection_ids).write(
            {"note": secret, "override_reason": secret}
        )
        self._inspect(rma.inspection_ids)
        text = json.dumps(self._events(rma).mapped("data"))
        self.assertIn("ReturnReceived", rma.event_ids.mapped("name"))
        self.assertNotIn(secret, text)
        self.assertNotIn(secret.lower(), text)

    def test_rejection_text_is_not_in_the_event(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.delivery, 2)
        self._as("approver", rma).action_reject("Ada broke it")
        events = self._events(rma)
        self.assertEqual(events.mapped("name"), ["ReturnRequested", "ReturnRejected"])
        self.assertFalse(events[-1].data)

    def test_shipping_is_an_event(self):
        rma = self._requested(self.delivery, 2)
        rma.shipped_at = fields.Datetime.now()
        self.assertEqual(rma.stage, "in_transit")
        self.assertEqual(self._events(rma)[-1].name, "ReturnShipped")

    def test_events_of_a_rolled_back_savepoint_vanish(self):
        rma = self._requested(self.delivery, 2)
        before = self._events(rma).mapped("name")
        for error in (UserError("no"), ValueError("no")):
            with contextlib.suppress(UserError, ValueError), self.env.cr.savepoint():
                self._receive(rma)
                raise error
        self.assertEqual(self._events(rma).mapped("name"), before)
        self._receive(rma)
        events = self._events(rma)
        self.assertEqual(events.mapped("name"), [*before, "ReturnReceived"])
        self.assertFalse(self.event._find_breaks(rma))

    def test_refused_steps_leave_no_event(self):
        rma = self._requested(self.delivery, 2)
        before = len(self._events(rma))
        with self.assertRaisesRegex(AccessError, "role “Receiver”"):
            self._as("service", rma).action_receive()
        self.assertEqual(len(self._events(rma)), before)
        self.assertEqual(rma.event_count, before)

    # ------------------------------------------------------------------
    # The chain
    # ------------------------------------------------------------------
    def _tamper(self, query, *parameters):
        self.env.cr.flush()
        self.env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'on'")
        self.env.cr.execute(query, parameters)
        self.env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'off'")
        self.env.invalidate_all()

    def test_chain_of_a_whole_return_holds(self):
        rma = self.returned
        other = self._requested(self.delivery, 1)
        self.env.cr.flush()
        self.assertEqual(self.event._find_breaks(rma | other), {})
        events = self._events(rma)
        self.assertEqual(events[0].previous_hash, "0" * 64)
        self.assertEqual(events[1:].mapped("previous_hash"), events[:-1].mapped("hash"))

    def test_changed_content_is_found(self):
        rma = self.returned
        self._tamper(
            "UPDATE reverse_event SET data = '{}' WHERE rma_id = %s AND sequence = 3",
            rma.id,
        )
        self.assertEqual(self.event._find_breaks(rma), {rma: 3})

    def test_changed_user_date_and_name_are_found(self):
        rma = self.returned
        for column, value in (
            ("user_id", SUPERUSER_ID),
            ("date", "2001-01-01 00:00:00"),
            ("name", "ReturnLost"),
        ):
            with contextlib.suppress(ZeroDivisionError), self.env.cr.savepoint():
                self._tamper(
                    f"UPDATE reverse_event SET {column} = %s"  # noqa: S608
                    " WHERE rma_id = %s AND sequence = 2",
                    value,
                    rma.id,
                )
                self.assertEqual(self.event._find_breaks(rma), {rma: 2})
                raise ZeroDivisionError
        self.assertEqual(self.event._find_breaks(rma), {})

    def test_removed_events_are_found(self):
        rma = self.returned
        with contextlib.suppress(ZeroDivisionError), self.env.cr.savepoint():
            self._tamper(
                "DELETE FROM reverse_event WHERE rma_id = %s AND sequence = 4", rma.id
            )
            self.assertEqual(self.event._find_breaks(rma), {rma: 4})
            raise ZeroDivisionError
        self._tamper(
            "DELETE FROM reverse_event WHERE rma_id = %s AND sequence = 8", rma.id
        )
        self.assertEqual(self.event._find_breaks(rma), {rma: 8})

    def test_swapped_events_are_found(self):
        rma = self.returned
        for old, new in ((2, 99), (3, 2), (99, 3)):
            self._tamper(
                "UPDATE reverse_event SET sequence = %s"
                " WHERE rma_id = %s AND sequence = %s",
                new,
                rma.id,
                old,
            )
        self.assertEqual(self.event._find_breaks(rma), {rma: 2})

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_changes(self):
        rma = self._requested(self.delivery, 1)
        count = len(self._events(rma))
        for query in (
            "UPDATE reverse_event SET name = 'x'",
            "DELETE FROM reverse_event",
            "TRUNCATE reverse_event",
        ):
            with self.assertRaisesRegex(psycopg2.Error, "reverse_event is append-only"):
                self.env.cr.execute(query)
        self.assertEqual(len(self._events(rma)), count)

    def test_nobody_writes_events_through_odoo(self):
        rma = self._requested(self.delivery, 1)
        event = self._events(rma)[0]
        for records in (event, event.sudo(), self._as("administrator", event)):
            with self.assertRaisesRegex(UserError, "written by the system only"):
                records.create([{"rma_id": rma.id, "name": "Forged"}])
            with self.assertRaisesRegex(UserError, "Events cannot be changed"):
                records.write({"name": "Forged"})
            with self.assertRaisesRegex(UserError, "Events cannot be deleted"):
                records.unlink()
        with self.assertRaisesRegex(
            UserError, "Requested|Authorized and can no longer"
        ):
            self._as("administrator", rma).unlink()

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    def test_verification_is_for_auditors_and_administrators(self):
        rma = self.returned
        for role in ("auditor", "administrator"):
            action = self._as(role, rma).action_verify_events()
            self.assertEqual(action["params"]["type"], "success")
            self.assertEqual(
                action["params"]["message"],
                "1 return checked: no event is missing or changed.",
            )
        with self.assertRaisesRegex(
            AccessError, "verified by auditors and administrators"
        ):
            self._as("service", rma).action_verify_events()

    def test_verification_names_what_does_not_hold(self):
        rma = self.returned
        self._tamper(
            "UPDATE reverse_event SET data = '{}' WHERE rma_id = %s AND sequence = 3",
            rma.id,
        )
        action = self.env.ref("reverse_logistics.action_verify_events")
        result = (
            action.with_user(self.users["auditor"])
            .with_context(
                active_model="reverse.rma", active_ids=rma.ids, active_id=rma.id
            )
            .run()
        )
        self.assertEqual(result["params"]["type"], "danger")
        self.assertIn(f"{rma.name} #3", result["params"]["message"])

    def test_verification_command(self):
        rma = self.returned
        self.env.cr.flush()
        command = find_command("reverse_verify")()
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.assertEqual(command.verify(self.env), 0)
        self.assertRegex(output.getvalue(), r"\d+ chains checked, 0 broken")
        self._tamper(
            "UPDATE reverse_event SET data = '{}' WHERE rma_id = %s AND sequence = 3",
            rma.id,
        )
        with contextlib.redirect_stdout(output):
            self.assertEqual(command.verify(self.env), 1)
        self.assertIn(
            f"{rma.name}: event 3 was changed or is missing", output.getvalue()
        )

    # ------------------------------------------------------------------
    # Quantities against documents
    # ------------------------------------------------------------------
    def _corrupt(self, line, **amounts):
        self.env.flush_all()
        columns = ", ".join(f"{name} = %s" for name in amounts)
        self.env.cr.execute(
            f"UPDATE reverse_rma_line SET {columns} WHERE id = %s",  # noqa: S608
            [*amounts.values(), line.id],
        )
        self.env.invalidate_all()

    def test_no_drift_on_any_path(self):
        done = self._inspected(self.delivery, 1)
        parked = self._inspected(self.delivery, 1, "C")
        received = self._received(self.delivery, 1)
        requested = self._requested(self.delivery, 1)
        rmas = done | parked | received | requested
        self.assertEqual(rmas._check_quantities(), {})
        self.assertNotIn("DriftFound", self._events(rmas).mapped("name"))

    @mute_logger(CHECK_LOGGER)
    def test_drift_is_found_reported_and_put_right(self):
        rma = self._received(self.delivery, 2)
        line = rma.line_ids
        self._corrupt(line, qty_received=1, qty_settled=5, stage="put_away")
        found = rma._check_quantities()
        self.assertEqual(
            found[line],
            {"received": (1, 2), "settled": (5, 0), "stage": ("put_away", "received")},
        )
        self.assertEqual((line.qty_received, line.qty_settled), (2, 0))
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "DriftFound")
        self.assertEqual(
            event.data["drift"][0],
            {"line": line.id, "name": "received", "stored": 1, "found": 2},
        )
        self.assertIn("received: 1.0 was stored, 2.0 is right", rma.message_ids[0].body)

    def test_drift_is_logged_as_a_warning(self):
        rma = self._received(self.delivery, 2)
        self._corrupt(rma.line_ids, qty_inspected=2)
        with self.assertLogs(CHECK_LOGGER, "WARNING") as logs:
            rma._check_quantities()
        self.assertIn(rma.name, logs.output[0])
        self.assertEqual(rma.line_ids.qty_inspected, 0)

    @mute_logger(CHECK_LOGGER)
    def test_nightly_check(self):
        rma = self._received(self.delivery, 2)
        self._corrupt(rma.line_ids, qty_received=1)
        calls = []

        def commit(_self, processed=0, **kwargs):
            calls.append((processed, kwargs))
            return 1.0

        with patch.object(IrCron, "_commit_progress", commit):
            self.env["reverse.rma"].with_user(SUPERUSER_ID)._cron_check_quantities()
        self.assertEqual(rma.line_ids.qty_received, 2)
        self.assertGreaterEqual(sum(done for done, _kwargs in calls), 1)
        event = self._events(rma)[-1]
        self.assertEqual((event.name, event.user_id.id), ("DriftFound", SUPERUSER_ID))

    @mute_logger(CHECK_LOGGER)
    def test_nightly_check_continues_where_it_stopped(self):
        rma = self._received(self.delivery, 2)
        later = self._received(self.delivery, 1)
        with (
            patch.object(IrCron, "_commit_progress", lambda *args, **kwargs: 0),
            patch("odoo.addons.reverse_logistics.models.rma.reverse_rma.BATCH", 1),
        ):
            self.env["ir.config_parameter"].set_param(
                "reverse_logistics.checked_up_to", str(rma.id - 1)
            )
            self._corrupt(later.line_ids, qty_received=7)
            self.env["reverse.rma"]._cron_check_quantities()
            self.assertEqual(later.line_ids.qty_received, 7)
            self.env["reverse.rma"]._cron_check_quantities()
        self.assertEqual(later.line_ids.qty_received, 1)

    def test_goods_sent_back_in_parts_are_counted_once(self):
        rma = self._received(self.delivery, 3)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        outgoing = rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(outgoing, 1)
        self.assertEqual(rma.line_ids.qty_put_away, 1)
        rest = outgoing.backorder_ids
        self.assertEqual(rest.reverse_rma_id, rma)
        self._validate(rest)
        self.assertEqual(rma.line_ids.qty_put_away, 3)
        self.assertEqual(rma._check_quantities(), {})
