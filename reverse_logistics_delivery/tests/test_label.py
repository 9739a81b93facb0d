from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged
from odoo.tools import format_date

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.stock_delivery.models.delivery_carrier import DeliveryCarrier

from ..engine.labels import next_step
from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestLabel(CarrierCase):
    def setUp(self):
        super().setUp()
        self.calls = []
        self.answer = self._print
        labels = self

        def get_return_label(carrier, picking, number=None, date=None):
            labels.calls.append(picking)
            return labels.answer(carrier, picking)

        def generates(carriers):
            carriers.can_generate_return = True

        self.commits = []
        for owner, name, stub in (
            (DeliveryCarrier, "get_return_label", get_return_label),
            (type(self.carrier), "_compute_can_generate_return", generates),
            (IrCron, "_commit_progress", self._commit),
        ):
            patcher = patch.object(owner, name, stub)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.rma = self._draft(self._sell(3), 2, rma={"carrier_id": self.carrier.id})
        self.rma.action_request()
        self.receipt = self.rma.picking_ids

    def _commit(self, *args, **kwargs):
        self.env.flush_all()
        self.commits.append(self.env["reverse.label"].search([]).mapped("state"))
        return 60.0

    def _print(self, carrier, picking):
        self.env["ir.attachment"].create(
            {
                "name": f"{carrier.get_return_label_prefix()}-1.pdf",
                "res_model": "stock.picking",
                "res_id": picking.id,
                "raw": b"label",
            }
        )
        picking.carrier_tracking_ref = "BACK1"

    def _ask(self, role="service"):
        return self._as(role, self.rma).action_get_return_label()

    def _work(self):
        self.env["reverse.label"]._cron_send()

    def test_nothing_is_said_before_a_label_is_asked_for(self):
        rma = self.env["reverse.rma"].new({"partner_id": self.customer.id})
        self.assertIs(rma.label_hint, False)
        self.assertFalse(rma.label_ids)

    def test_carrier_is_called_after_the_wish_is_kept(self):
        self._ask()
        label = self.rma.label_ids
        self.assertEqual((label.state, self.calls), ("pending", []))
        self.assertEqual(label.requested_by_id, self.users["service"])
        self.assertRegex(self.rma.label_hint, "has been asked for")
        self._work()
        # marked and committed before the carrier was called
        self.assertEqual(self.commits, [["pending"], ["sending"], ["done"]])
        self.assertEqual((label.state, self.calls), ("done", [self.receipt]))
        self.assertEqual(self.rma.carrier_tracking_ref, "BACK1")
        attachment = self._as("service", self.rma).label_attachment_ids
        self.assertEqual(attachment.raw, b"label")
        self.assertFalse(self.rma.label_hint)
        names = self._events(self.rma).mapped("name")
        self.assertEqual(names[-2:], ["ReturnLabelRequested", "ReturnLabelMade"])
        self._work()
        self.assertEqual(len(self.calls), 1)
        # a label bears the customer's address
        self.rma.action_cancel()
        self.rma._erase_personal_data()
        self.assertFalse(self.rma.label_attachment_ids)
        self.assertFalse(attachment.exists())

    def test_authorization_calls_nobody(self):
        self.assertEqual(self.rma.state, "authorized")
        self.assertFalse(self.rma.label_ids)
        self.assertEqual(self.calls, [])

    def test_carriers_answer_is_shown_and_can_be_asked_again(self):
        def refuse(carrier, picking):
            picking.carrier_tracking_ref = "HALF"
            raise ValueError("Address unknown")

        self.answer = refuse
        self._ask()
        self._work()
        self.assertEqual(self.rma.label_ids.state, "failed")
        self.assertEqual(
            self.rma.label_hint,
            "The return label could not be made: Address unknown",
        )
        self.assertFalse(self.receipt.carrier_tracking_ref)
        self.answer = self._print
        self._ask()
        self._work()
        self.assertEqual(
            self.rma.label_ids.sorted("id").mapped("state"), ["failed", "done"]
        )
        self.assertFalse(self.rma.label_hint)

    def test_answer_without_a_label(self):
        self.answer = lambda carrier, picking: None
        self._ask()
        self._work()
        self.assertEqual(self.rma.label_ids.state, "failed")
        self.assertRegex(self.rma.label_hint, "the carrier answered without a label")

    def test_broken_connection_fails_one_label_only(self):
        other = self._draft(self._sell(3), rma={"carrier_id": self.carrier.id})
        other.action_request()

        def answer(carrier, picking):
            if picking == self.receipt:
                raise ConnectionError("no route to host")
            self._print(carrier, picking)

        self.answer = answer
        (self.rma | other).action_get_return_label()
        self._work()
        self.assertEqual(self.rma.label_ids.state, "failed")
        self.assertEqual(self.rma.label_ids.message, "no route to host")
        self.assertEqual(other.label_ids.state, "done")

    def _wait(self, days):
        """Do what the scheduled action does some days after the label was made."""
        with freeze_time(self.rma.label_ids[:1].create_date + timedelta(days)):
            self.env["reverse.label"]._cron_cancel_unused()

    def test_unused_label_is_cancelled_after_a_reminder(self):
        self.company.reverse_portal = "request"
        self.customer.email = "ada@example.com"
        told = []

        def cancel_shipment(carrier, pickings):
            told.append(pickings.carrier_tracking_ref)
            if len(told) > 1:
                raise ValueError("Too late")

        stub = patch.object(DeliveryCarrier, "cancel_shipment", cancel_shipment)
        stub.start()
        self.addCleanup(stub.stop)
        self._ask()
        self._work()
        label = self.rma.label_ids
        for day, reminded in ((22, False), (23, True), (24, True), (29, True)):
            self._wait(day)
            self.assertEqual(
                (label.state, bool(label.reminded_on)), ("done", reminded), day
            )
        subject = f"{self.rma.name}: your return label waits"
        (mail,) = self.env["mail.mail"].search([("subject", "=", subject)])
        end = format_date(self.env, label.create_date.date() + timedelta(30))
        self.assertIn(end, mail.body_html)
        self._wait(30)
        self.assertEqual((label.state, told), ("cancelled", ["BACK1"]))
        self.assertFalse(self.rma.label_attachment_ids)
        self.assertFalse(self.rma.carrier_tracking_ref)
        self.assertFalse(self.receipt.carrier_tracking_ref)
        self.assertRegex(self.rma.label_hint, "because the goods were not sent")
        self.assertEqual(
            self._events(self.rma).mapped("name")[-1], "ReturnLabelCancelled"
        )
        # marked and committed before the carrier was told, and told once
        self.assertIn(["cancelled"], self.commits)
        self._wait(31)
        self.assertEqual(len(told), 1)
        # of a return that has ended, at once; what the carrier answers is kept
        self._ask()
        self._work()
        again = self.rma.label_ids - label
        self.rma.action_cancel()
        self._wait(1)
        self.assertEqual(again.state, "cancelled")
        self.assertEqual(
            again.message, "The carrier did not cancel the label: Too late"
        )

    def test_days_of_a_label(self):
        day = date(2031, 5, 1)
        for passed, reminded, days, ahead, step in (
            (29, None, 30, 0, None),
            (30, None, 30, 0, "cancel"),
            (23, None, 30, 7, "remind"),
            # nobody is cancelled without the days that a reminder leaves
            (90, None, 30, 7, "remind"),
            (95, 90, 30, 7, None),
            (97, 90, 30, 7, "cancel"),
            (0, None, 5, 9, "remind"),
            (5, 0, 5, 9, "cancel"),
        ):
            told = None if reminded is None else day + timedelta(reminded)
            found = next_step(day + timedelta(passed), day, told, days, ahead)
            self.assertEqual(found, step, (passed, reminded, days, ahead))

    def test_refusals(self):
        self._ask()
        with self.assertRaisesRegex(UserError, "has been asked for. Wait a moment"):
            self._ask()
        self._as("service", self.rma.label_ids).action_give_up()
        self.assertRegex(self.rma.label_hint, "See with the carrier")
        with self.assertRaisesRegex(UserError, "is not being waited for"):
            self._as("service", self.rma.label_ids).action_give_up()
        self._as("service", self.rma).carrier_id = False
        with self.assertRaisesRegex(UserError, "Choose the carrier of"):
            self._ask()
        self._as("service", self.rma).carrier_id = self.carrier
        self._receive(self.rma)
        with self.assertRaisesRegex(UserError, "expects no goods, so there is no"):
            self._ask()
        self.assertEqual(len(self.rma.label_ids), 1)

    def test_carrier_that_makes_no_labels(self):
        def none(carriers):
            carriers.can_generate_return = False

        with patch.object(type(self.carrier), "_compute_can_generate_return", none):
            self.carrier.invalidate_recordset()
            with self.assertRaisesRegex(
                UserError, "Swift Parcels makes no return labels. Choose another"
            ):
                self._ask()
        self.assertFalse(self.rma.label_ids)

    def test_labels_are_for_customer_service(self):
        for role in ("receiver", "auditor"):
            with self.assertRaisesRegex(AccessError, "This step of a return is for"):
                self._ask(role)
        values = {"rma_id": self.rma.id, "picking_id": self.receipt.id}
        for labels in (
            self._as("service", self.env["reverse.label"]),
            self.env["reverse.label"].sudo(),
        ):
            with self.assertRaisesRegex(UserError, "Ask for a label with the button"):
                labels.create(values)
        self._ask()
        with self.assertRaisesRegex(UserError, "State cannot be set directly"):
            self.rma.label_ids.sudo().state = "done"
        self.assertEqual(self.rma.label_ids.state, "pending")
