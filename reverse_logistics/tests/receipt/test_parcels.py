"""Refused and undeliverable parcels: no request, no window, inspected all the same."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestParcels(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = cls._sell(5)
        cls.parcel = cls.sold.move_ids.picking_id

    def _back(self, picking=None, reason="undeliverable", role="receiver"):
        picking = picking or self.parcel
        action = self._as(role, picking).action_parcel_back(reason)
        return self.env["reverse.rma"].browse(action["res_id"])

    def _sent_back(self, quantity=2, condition="C"):
        """Goods that the customer is not credited for, on their way back."""
        rma = self._receive_line(self.sold, quantity)
        self._inspect(rma.inspection_ids, condition, "CUSTOMER")
        out = rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(out)
        return rma, out

    def test_all_of_a_delivery(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.product.invoice_policy = policy
                sold = self._sell(5)
                rma = self._back(sold.move_ids.picking_id)
                self.assertEqual((rma.state, rma.stage), ("authorized", "received"))
                self.assertEqual(rma.channel_id.code, "CARRIER")
                line = rma.line_ids
                self.assertEqual(
                    (line.reason_id.code, line.qty_received), ("UNDELIVERABLE", 5)
                )
                self.assertEqual(line.decision_code, "carrier")
                self.assertIn("never reached you", line.explanation)
                self.assertTrue(rma.authorized_by_version_id)
                self._inspect(rma.inspection_ids)
                self.assertEqual((rma.state, line.qty_settled), ("done", 5))
                self.assertLine(sold, 0, 0, 0)
                self.assertAmounts(rma.credit_note_ids, 500)

    def test_the_same_goods_are_sent_again(self):
        rma = self._back()
        self._inspect(rma.inspection_ids, "A", "CUSTOMER")
        self._validate(
            rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        )
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(self.sold, 5, 5, 0, "invoiced")
        self.assertFalse(rma._check_quantities())

    def test_long_after_the_window(self):
        self.sold.move_ids.date = fields.Datetime.now() - timedelta(400)
        rma = self._back(reason="refused")
        self.assertEqual(rma.state, "requested", "one person says so")
        self._as("approver", rma).action_authorize()
        self._receive(rma)
        self.assertEqual(rma.line_ids.reason_id.liability, "customer")
        self.assertEqual(
            self._events(rma).mapped("name")[-2:],
            ["ReturnAuthorized", "ReturnReceived"],
        )

    def test_customer_service_announces_it(self):
        rma = self._back(role="service")
        self.assertEqual((rma.state, rma.stage), ("authorized", "authorized"))
        self._receive(rma)
        self.assertEqual(rma.line_ids.qty_received, 5)

    def test_only_what_is_still_returnable(self):
        other = self._requested(self.sold, 2)
        rma = self._back()
        self.assertEqual(rma.line_ids.quantity, 3)
        with self.assertRaisesRegex(UserError, "has come back already or is claimed"):
            self._back()
        self.assertEqual(other.line_ids.qty_received, 0)

    def test_lots_are_those_that_left(self):
        lots = self._create_lots(self.serial_product, "S1", "S2")
        sold = self._sell(2, product=self.serial_product, lots=dict.fromkeys(lots, 1))
        rma = self._back(sold.move_ids.picking_id)
        self.assertEqual(rma.line_ids.lot_id, lots)
        self.assertEqual(rma.inspection_ids.lot_id, lots)
        self.assertEqual(rma.line_ids.mapped("qty_received"), [1, 1])

    def test_never_invoiced(self):
        order = self._new_order((self.product, 3, {"price_unit": 100.0}))
        picking = self._deliver(order).picking_id
        rma = self._back(picking)
        self._inspect(rma.inspection_ids)
        self.assertLine(order.order_line, 0, 0, 0)
        self.assertFalse(rma.credit_note_ids)

    def test_sent_back_and_undeliverable(self):
        before, out = self._sent_back()
        rma = self._back(out)
        self.assertEqual((rma.origin_rma_id, rma.settlement_type), (before, "none"))
        self.assertEqual(rma.line_ids.move_id, self.sold.move_ids[:1])
        self.assertEqual((rma.line_ids.quantity, rma.stage), (2, "received"))
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        self.assertFalse(rma.settlement_ids)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_what_only_passed_through(self):
        first = self._requested(self.sold, 5)
        self._as("receiver", first).action_receive({first.line_ids.id: 7})
        late = first.follow_up_ids
        self._as("approver", late.exception_ids).action_send_back()
        self._inspect(late.inspection_ids, "A")
        out = late.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(out)
        rma = self._back(out)
        line = rma.line_ids
        self.assertTrue(line.customer_owned)
        self.assertEqual((line.qty_received, line.decision_code), (2, "carrier"))
        self.assertEqual(
            rma.picking_ids.move_ids.restrict_partner_id,
            self.customer,
        )
        self.assertEqual(rma.picking_ids.move_ids.value, 0)

    def test_a_person_decides_where_policy_says_so(self):
        self._set_policy(authorize=False)
        rma = self._back()
        self.assertEqual((rma.state, rma.line_ids.decision), ("requested", "review"))
        self._as("approver", rma).action_authorize()
        self._receive(rma)
        self.assertEqual(rma.stage, "received")

    def test_refusals(self):
        with self.assertRaisesRegex(AccessError, "for the role “Customer service”"):
            self._back(role="inspector")
        with self.assertRaisesRegex(UserError, "Say why the parcel came back"):
            self._back(reason="whatever")
        waiting = self._new_order((self.product, 1)).picking_ids
        with self.assertRaisesRegex(UserError, "has delivered nothing, so no parcel"):
            self._back(waiting)
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._draft(self.sold, 1, rma={"parcel_back": True})
        self.assertFalse(self.sold.reverse_line_ids)

    def test_dialog(self):
        wizard = (
            self._as("receiver", self.env["reverse.parcel.wizard"])
            .with_context(active_ids=self.parcel.ids)
            .create({"reason": "refused"})
        )
        action = wizard.action_parcel_back()
        rma = self.env["reverse.rma"].browse(action["res_id"])
        self.assertEqual(rma.line_ids.reason_id.code, "REFUSED")
        self.assertEqual(rma.line_ids.qty_received, 5)
