"""Goods that arrive when nobody waits for them any more are always taken in."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestLateGoods(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = cls._sell(5)

    def _arrive(self, rma, quantity=None, **values):
        """Let goods of the return arrive at the dock."""
        quantities = None
        if quantity is not None:
            quantities = {rma.line_ids[:1].id: quantity}
        self._as("receiver", rma).action_receive(quantities, **values)
        return rma.follow_up_ids

    def _closed_short(self, quantity=5):
        rma = self._requested(self.sold, quantity)
        self._as("service", rma.line_ids).action_close_short(None, "not_sent")
        return rma

    def _expired(self, quantity=5):
        rma = self._requested(self.sold, quantity)
        rma._guarded_write(
            {"expires_on": self.company._get_reverse_today() - timedelta(1)}
        )
        rma._work("_expire")
        return rma

    def test_long_after_the_authorization_a_person_decides_on_the_money(self):
        endless = self._requested(self.sold, 1)
        endless._guarded_write({"expires_on": False})
        self._as("service", endless.line_ids).action_close_short(None, "not_sent")
        days = timedelta(self.company.reverse_expected_days + 1)
        endless._guarded_write({"closed_at": endless.closed_at - days})
        # who says that they have sent it need not have
        shipped = self._requested(self.sold, 1)
        shipped._guarded_write({"shipped_at": fields.Datetime.now()})
        for rma in (self._expired(1), self._closed_short(1), shipped, endless):
            if rma != endless:
                ended = self.company._get_reverse_today() - days
                rma._guarded_write({"expires_on": ended})
            self._arrive(rma)
            self._inspect(rma.inspection_ids)
            self.assertEqual(rma.settlement_ids.mapped("state"), ["draft"])
            self.assertEqual(rma.state, "authorized")

    def _rejected(self, quantity=5):
        self._set_policy(authorize=False)
        rma = self._requested(self.sold, quantity)
        self._as("approver", rma).action_reject("Too late.")
        return rma

    def _cancelled(self, quantity=5):
        rma = self._requested(self.sold, quantity)
        rma.action_cancel()
        return rma

    # ------------------------------------------------------------------
    # The return takes them itself
    # ------------------------------------------------------------------
    def test_closed_short(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.product.invoice_policy = policy
                self.sold = self._sell(5)
                rma = self._closed_short()
                self.assertEqual(rma.state, "done")
                self._arrive(rma)
                self.assertEqual((rma.state, rma.stage), ("authorized", "received"))
                line = rma.line_ids
                self.assertEqual((line.qty_received, line.qty_closed_short), (5, 0))
                self._inspect(rma.inspection_ids)
                self.assertEqual((rma.state, line.qty_settled), ("done", 5))
                self.assertLine(self.sold, 0, 0, 0)
                self.assertFalse(rma.follow_up_ids)

    def test_a_part_of_what_was_closed_short(self):
        rma = self._closed_short()
        self._arrive(rma, 2)
        line = rma.line_ids
        self.assertEqual((line.qty_received, line.qty_closed_short), (2, 3))
        self.assertEqual((rma.state, rma.stage), ("authorized", "received"))
        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, rma.sudo()._check_quantities()), ("done", {}))
        self.assertIn("ReturnReopened", self._events(rma).mapped("name"))

    def test_while_the_rest_is_waited_for(self):
        rma = self._requested(self.sold, 5)
        self._as("service", rma.line_ids).action_close_short(2, "lost")
        self._arrive(rma, 4)
        line = rma.line_ids
        self.assertEqual((line.qty_received, line.qty_closed_short), (4, 1))
        self.assertEqual(rma.stage, "received")
        self.assertFalse(rma.follow_up_ids)

    def test_expired(self):
        rma = self._expired()
        self.assertEqual(rma.state, "expired")
        self._arrive(rma, 3)
        line = rma.line_ids
        self.assertEqual((rma.state, line.qty_received), ("authorized", 3))
        self.assertEqual((line.qty_closed_short, line.short_reason), (2, "not_sent"))
        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, line.qty_settled), ("done", 3))
        self.assertLine(self.sold, 2, 2, 0)
        self.assertEqual(self._requested(self.sold, 2).state, "authorized")

    def test_serial_number_of_an_expired_return(self):
        lot = self._create_lots(self.serial_product, "S1")
        self.sold = self._sell(1, product=self.serial_product, lots={lot: 1})
        rma = self._draft(self.sold, 1, lot_id=lot.id)
        rma.action_request()
        rma._guarded_write(
            {"expires_on": self.company._get_reverse_today() - timedelta(1)}
        )
        rma._work("_expire")
        self._arrive(rma)
        self.assertEqual((rma.state, rma.inspection_ids.lot_id), ("authorized", lot))
        self.assertFalse(rma.follow_up_ids)

    # ------------------------------------------------------------------
    # A return of their own takes them
    # ------------------------------------------------------------------
    def test_rejected_or_cancelled(self):
        for make in (self._rejected, self._cancelled):
            with self.subTest(make=make.__name__):
                self.sold = self._sell(5)
                rma = make()
                state = rma.state
                follow_up = self._arrive(rma)
                self.assertEqual(rma.state, state)
                self.assertEqual(follow_up.state, "requested")
                self.assertEqual(follow_up.origin_rma_id, rma)
                line = follow_up.line_ids
                self.assertEqual(line.move_id, rma.line_ids.move_id)
                self.assertEqual((line.quantity, line.qty_received), (5, 5))
                self.assertEqual(self._open_exceptions(follow_up), ["late_goods"])
                self.assertEqual(self._available()[1], self._available()[0])
                self.assertIn("LateGoodsTaken", self._events(rma).mapped("name"))

    def test_authorized_after_all(self):
        follow_up = self._arrive(self._cancelled())
        self._as("approver", follow_up.exception_ids).action_authorize()
        self.assertEqual((follow_up.state, follow_up.stage), ("authorized", "received"))
        self._inspect(follow_up.inspection_ids)
        self.assertEqual((follow_up.state, follow_up.line_ids.qty_settled), ("done", 5))
        self.assertLine(self.sold, 0, 0, 0)

    def test_sent_back(self):
        follow_up = self._arrive(self._cancelled())
        self._as("approver", follow_up.exception_ids).action_send_back()
        parts = self._inspect(follow_up.inspection_ids, "C")
        self.assertEqual(parts.disposition_id.code, "CUSTOMER")
        out = follow_up.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing"
        )
        self._validate(out)
        self.assertEqual((follow_up.state, follow_up.settlement_ids.ids), ("done", []))
        self.assertLine(self.sold, 5, 5, 0)

    def test_claimed_by_another_return_meanwhile(self):
        rma = self._closed_short()
        other = self._requested(self.sold, 4)
        follow_up = self._arrive(rma)
        self.assertEqual((rma.state, rma.line_ids.qty_received), ("authorized", 1))
        line = follow_up.line_ids
        self.assertEqual((line.quantity, line.qty_received), (4, 4))
        self.assertTrue(line.customer_owned)
        self.assertFalse(line.move_id)
        self.assertEqual(
            follow_up.picking_ids.move_ids.restrict_partner_id, self.customer
        )
        self.assertEqual(follow_up.picking_ids.move_ids.value, 0)
        self._receive(other)
        self.assertEqual(other.line_ids.qty_received, 4)
        self.assertEqual(other.line_ids.move_id, rma.line_ids.move_id)

    def test_more_than_ever_left(self):
        rma = self._requested(self.sold, 5)
        follow_up = self._arrive(rma, 7)
        self.assertEqual((rma.stage, rma.line_ids.qty_received), ("received", 5))
        self.assertEqual(follow_up.line_ids.quantity, 2)
        self.assertTrue(follow_up.line_ids.customer_owned)
        self.assertEqual(self._open_exceptions(follow_up), ["late_goods"])
        self._as("approver", follow_up.exception_ids).action_send_back()
        self._inspect(follow_up.inspection_ids, "A")
        out = follow_up.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing"
        )
        self._validate(out)
        self.assertEqual(follow_up.state, "done")
        self.assertLine(self.sold, 0, 5, 0)

    def test_more_than_this_return_asked_for(self):
        rma = self._requested(self.sold, 2)
        follow_up = self._arrive(rma, 3)
        self.assertEqual(rma.line_ids.qty_received, 2)
        self.assertEqual(follow_up.line_ids.move_id, rma.line_ids.move_id)
        self.assertEqual(follow_up.line_ids.quantity, 1)
        self.assertFalse(follow_up.line_ids.customer_owned)

    def test_late_a_second_time(self):
        rma = self._received(self.sold, 5)
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.state, "done")
        follow_up = self._arrive(rma, 1)
        self.assertTrue(follow_up.line_ids.customer_owned)
        self.assertEqual(rma.state, "done")
        second = self._arrive(rma, 1) - follow_up
        self.assertEqual(second.line_ids.qty_received, 1)

    # ------------------------------------------------------------------
    # Refusals and repetition
    # ------------------------------------------------------------------
    def test_no_goods_are_no_goods(self):
        rma = self._received(self.sold, 5)
        self._inspect(rma.inspection_ids)
        with self.assertRaisesRegex(UserError, "Nothing is expected for RMA"):
            self._arrive(rma)
        with self.assertRaisesRegex(UserError, "at least one line how much is here"):
            self._arrive(rma, 0)
        self.assertFalse(rma.follow_up_ids)

    def test_nothing_entered_is_not_everything(self):
        rma = self._requested(self.sold, 3)
        other = self._requested(self.sold, 1)
        for quantity in (0, -1):
            with self.assertRaisesRegex(UserError, "at least one line how much"):
                self._arrive(rma, quantity)
        with self.assertRaisesRegex(UserError, "at least one line how much is here"):
            self._as("receiver", rma).action_receive({other.line_ids.id: 1})
        self.assertEqual(
            (rma.line_ids.qty_received, other.line_ids.qty_received), (0, 0)
        )

    def test_role_and_rpc(self):
        rma = self._cancelled()
        with self.assertRaisesRegex(AccessError, "for the role “Receiver”"):
            self._as("service", rma).action_receive()
        self._rpc(
            self.users["receiver"],
            "reverse.rma",
            "action_receive",
            rma.ids,
            {str(rma.line_ids.id): 2},
        )
        self.assertEqual(rma.follow_up_ids.line_ids.qty_received, 2)
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma.follow_up_ids).origin_rma_id = False

    def test_dialog(self):
        rma = self._requested(self.sold, 3)
        wizard = (
            self._as("receiver", self.env["reverse.late.wizard"])
            .with_context(active_id=rma.id)
            .create({})
        )
        self.assertEqual(wizard.line_ids.quantity, 3)
        wizard.line_ids.quantity = 0
        with self.assertRaisesRegex(UserError, "Enter on at least one line how much"):
            wizard.action_receive()
        wizard.line_ids.quantity = 4
        action = wizard.action_receive()
        self.assertEqual(action["res_id"], rma.follow_up_ids.id)
        self.assertEqual(rma.line_ids.qty_received, 3)

    def test_repeated_receipt_of_a_part(self):
        rma = self._requested(self.sold, 5)
        seen = rma.receipt_mark
        rma.picking_ids.move_ids.quantity = 2
        rma.picking_ids.move_ids.picked = True
        self._arrive(rma, seen=seen)
        self.assertEqual(rma.line_ids.qty_received, 2)
        with self.assertRaisesRegex(UserError, "received or changed meanwhile. Reload"):
            self._arrive(rma, seen=seen)
        receiver = self._as("receiver", rma).with_context(reverse_seen=seen)
        with self.assertRaisesRegex(UserError, "received or changed meanwhile. Reload"):
            receiver.action_receive()
        self.assertEqual(rma.line_ids.qty_received, 2)
        self._arrive(rma, seen=rma.receipt_mark)
        self.assertEqual(rma.line_ids.qty_received, 5)
