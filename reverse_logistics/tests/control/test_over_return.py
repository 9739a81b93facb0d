"""No more comes back of a delivery than left with it, whatever the path."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..control_common import ControlCase

TOO_MUCH = "delivered 4 units of .*; with this return .* would come back"


@tagged("post_install", "-at_install")
class TestOverReturn(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)

    def _left(self, delivery=None):
        delivery = delivery or self.delivery
        return delivery._get_returnable()[delivery.id, False]

    # ------------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------------
    def test_request_over_the_delivery_is_refused(self):
        rma = self._draft(self.delivery, 5)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            rma.action_request()
        self.assertEqual(self._left(), 4)

    def test_two_returns_share_one_delivery(self):
        first = self._requested(self.delivery, 3)
        second = self._draft(self.delivery, 2)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            second.action_request()
        self.assertEqual(first.state, "authorized")
        self.assertEqual(self._left(), 1)

    def test_request_by_order_line_names_what_can_come_back(self):
        self._requested(self.delivery, 3)
        rma = self._draft(self.order_line, 2)
        with self.assertRaisesRegex(
            UserError, "only 1 unit .* can be returned; you entered 2"
        ):
            rma.action_request()
        self.assertEqual(self._left(), 1)

    def test_two_lines_of_one_return_share_one_delivery(self):
        rma = self._draft(self.delivery, 3)
        rma.line_ids = [Command.create({"move_id": self.delivery.id, "quantity": 2})]
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            rma.action_request()
        rma.line_ids[1].quantity = 1
        rma.action_request()
        self.assertEqual(self._left(), 0)

    def test_two_lines_naming_the_order_line_share_it(self):
        rma = self._draft(self.order_line, 3)
        rma.line_ids = [
            Command.create({"sale_line_id": self.order_line.id, "quantity": 2})
        ]
        with self.assertRaisesRegex(
            UserError, "only 1 unit .* can be returned; you entered 2"
        ):
            rma.action_request()
        self.assertEqual(self._left(), 4)

    def test_two_returns_requested_together_share_one_delivery(self):
        both = self._draft(self.order_line, 3) | self._draft(self.order_line, 3)
        with self.assertRaisesRegex(UserError, "only 1 unit .* can be returned"):
            both.action_request()
        self.assertEqual(self._left(), 4)

    def test_drafts_claim_nothing(self):
        draft = self._draft(self.delivery, 4)
        other = self._requested(self.delivery, 4)
        self.assertEqual(other.state, "authorized")
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            draft.action_request()

    def test_cancelled_return_frees_its_quantity(self):
        rma = self._requested(self.delivery, 4)
        rma.action_cancel()
        self.assertEqual(self._left(), 4)
        self.assertEqual(self._requested(self.delivery, 4).state, "authorized")

    def test_rejected_return_frees_its_quantity(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.delivery, 4)
        self.assertEqual((rma.state, self._left()), ("requested", 0))
        self._as("approver", rma).action_reject("Not in the original box.")
        self.assertEqual((rma.state, self._left()), ("rejected", 4))

    def test_authorizing_checks_again(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.delivery, 3)
        # what another system wrote past the guards
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE reverse_rma_line SET quantity = 9 WHERE id = %s", [rma.line_ids.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "requested")

    # ------------------------------------------------------------------
    # Units of measure
    # ------------------------------------------------------------------
    def test_quantities_are_compared_in_the_delivery_unit(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "product_uom_id": self.dozen.id,
                        }
                    )
                ],
            }
        )
        self._stock(self.product, 24)
        order.action_confirm()
        delivery = self._deliver(order)
        self._requested(delivery, 20, uom_id=self.unit.id)
        with self.assertRaisesRegex(
            UserError, "delivered 24 units .* 32 units would come back"
        ):
            self._requested(delivery, 1, uom_id=self.dozen.id)
        rma = self._requested(delivery, 4, uom_id=self.unit.id)
        self.assertEqual(rma.line_ids.qty_authorized, 4)
        self.assertEqual(self._left(delivery), 0)

    def test_unit_of_another_category_is_refused(self):
        kilogram = self.env.ref("uom.product_uom_kgm")
        with self.assertRaisesRegex(UserError, "cannot be counted in kg"):
            self._draft(self.delivery, 1, uom_id=kilogram.id)
        rma = self._draft(self.delivery, 1)
        with self.assertRaisesRegex(UserError, "cannot be counted in kg"):
            rma.line_ids.uom_id = kilogram

    # ------------------------------------------------------------------
    # Odoo's own documents
    # ------------------------------------------------------------------
    def test_return_button_cannot_take_back_fifty_of_four(self):
        with self.assertRaisesRegex(
            UserError, "delivered 4 units .* 50 units would come back"
        ):
            self._return_button(self.delivery.picking_id, 50)
        self.assertEqual(self._left(), 4)

    def test_return_button_cannot_be_used_twice(self):
        picking = self._return_button(self.delivery.picking_id, 3)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._return_button(self.delivery.picking_id, 2)
        self._validate(picking)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._return_button(self.delivery.picking_id, 2)
        self.assertEqual(self._left(), 1)

    def test_return_button_counts_what_returns_claim(self):
        self._requested(self.delivery, 3)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._return_button(self.delivery.picking_id, 2)
        picking = self._return_button(self.delivery.picking_id, 1)
        self.assertEqual(picking.state, "assigned")

    def test_return_counts_what_the_return_button_took(self):
        self._validate(self._return_button(self.delivery.picking_id, 3))
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._requested(self.delivery, 2)
        self.assertEqual(self._requested(self.delivery, 1).state, "authorized")

    def test_cancelled_transfer_of_the_return_button_frees(self):
        picking = self._return_button(self.delivery.picking_id, 4)
        self.assertEqual(self._left(), 0)
        picking.action_cancel()
        self.assertEqual(self._left(), 4)

    def test_open_return_transfer_cannot_be_enlarged(self):
        picking = self._return_button(self.delivery.picking_id, 2)
        with self.assertRaisesRegex(UserError, "50 units would come back"):
            picking.move_ids.product_uom_qty = 50
        with self.assertRaisesRegex(UserError, "50 units would come back"):
            self._validate(picking, 50)
        self.assertEqual(self._left(), 2)

    def test_done_return_transfer_cannot_be_enlarged(self):
        picking = self._return_button(self.delivery.picking_id, 2)
        self._validate(picking)
        picking.is_locked = False
        with self.assertRaisesRegex(
            UserError, "received goods of .* no longer be changed"
        ):
            picking.move_ids.quantity = 50
        with self.assertRaisesRegex(
            UserError, "received goods of .* no longer be changed"
        ):
            picking.move_ids.move_line_ids.quantity = 50
        self.assertEqual(self._left(), 2)

    def test_move_added_to_an_open_return_transfer_is_counted(self):
        picking = self._return_button(self.delivery.picking_id, 3)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            picking.move_ids.copy({"product_uom_qty": 2})._action_confirm(merge=False)
        self.assertEqual(self._left(), 1)

    def _loose_return(self, order_line, *quantities):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.reverse_receipt_type_id.id,
                "partner_id": self.customer.id,
                "location_id": self.delivery.location_dest_id.id,
                "location_dest_id": self.inspection_location.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.delivery.location_dest_id.id,
                            "location_dest_id": self.inspection_location.id,
                            "sale_line_id": order_line.id,
                        }
                    )
                    for quantity in quantities
                ],
            }
        )
        picking.action_confirm()
        return picking

    def test_loose_return_naming_only_the_order_line_is_counted(self):
        self._requested(self.delivery, 3)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._loose_return(self.order_line, 2)
        picking = self._loose_return(self.order_line, 1)
        self.assertEqual(picking.move_ids.origin_returned_move_id, self.delivery)
        self.assertEqual(self._left(), 0)

    def test_loose_returns_share_what_is_left_of_each_delivery(self):
        order_line, first, second = self._two_deliveries()
        moves = type(self.delivery)
        with patch.object(
            moves, "_get_returnable", autospec=True, side_effect=moves._get_returnable
        ) as asked:
            picking = self._loose_return(order_line, 2, 2)
        self.assertEqual(asked.call_count, 1, "asked once for all of them")
        returned = picking.move_ids.sorted("id")
        self.assertEqual(
            [move.origin_returned_move_id for move in returned], [second, first]
        )
        self.assertEqual((self._left(second), self._left(first)), (0, 1))

    def test_loose_return_over_several_deliveries_is_counted(self):
        order_line, first, second = self._two_deliveries()
        self._requested(first, 1)
        with self.assertRaisesRegex(
            UserError, "with this return 6 units would come back"
        ):
            self._loose_return(order_line, 5)
        picking = self._loose_return(order_line, 4)
        self.assertFalse(picking.move_ids.origin_returned_move_id)
        with self.assertRaisesRegex(
            UserError, "with this return 6 units would come back"
        ):
            self._requested(second, 1)
        with self.assertRaisesRegex(
            UserError, "with this return 6 units would come back"
        ):
            picking.move_ids.product_uom_qty = 5

    # ------------------------------------------------------------------
    # Goods that went out again
    # ------------------------------------------------------------------
    def _sent_back(self, quantity):
        rma = self._received(self.delivery, quantity)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        outgoing = rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(outgoing)
        return rma, outgoing.move_ids

    def test_goods_sent_back_to_the_customer_may_come_again(self):
        self._sent_back(4)
        self.assertEqual(self._left(), 4)
        again = self._requested(self.delivery, 4)
        self.assertEqual(again.state, "authorized")
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._requested(self.delivery, 1)

    def test_goods_on_their_way_back_to_the_customer_are_not_there_yet(self):
        rma = self._received(self.delivery, 4)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self.assertEqual(self._left(), 0)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._requested(self.delivery, 1)

    def test_goods_sent_back_come_again_once_whichever_delivery_is_named(self):
        _rma, resent = self._sent_back(4)
        picking = self._return_button(resent.picking_id, 3)
        self._validate(picking)
        self.assertEqual(self._left(), 1)
        with self.assertRaisesRegex(UserError, "would come back"):
            self._requested(self.delivery, 2)

    def test_second_delivery_of_the_same_goods_is_no_source_of_its_own(self):
        _rma, resent = self._sent_back(4)
        with self.assertRaisesRegex(UserError, "went out before with"):
            self._draft(resent, 1)
        self.assertEqual(self._left(), 4)

    # ------------------------------------------------------------------
    # Several deliveries and steps
    # ------------------------------------------------------------------
    def _two_deliveries(self):
        order = self._order(self.product, 5)
        first = self._deliver(order, quantity=3)
        second = self._deliver(order)
        first.date = "2026-01-01 08:00:00"
        second.date = "2026-01-02 08:00:00"
        self._set_policy(window_days=36500)
        return order.order_line, first, second

    def test_order_line_is_spread_over_its_deliveries_newest_first(self):
        order_line, first, second = self._two_deliveries()
        rma = self._requested(order_line, 4)
        self.assertEqual(
            [(line.move_id, line.quantity) for line in rma.line_ids],
            [(second, 2), (first, 2)],
        )
        self.assertEqual((self._left(first), self._left(second)), (1, 0))

    def test_order_line_is_spread_oldest_first_by_policy(self):
        self._set_policy(allocation="oldest")
        order_line, first, second = self._two_deliveries()
        rma = self._requested(order_line, 4)
        self.assertEqual(
            [(line.move_id, line.quantity) for line in rma.line_ids],
            [(first, 3), (second, 1)],
        )
        self.assertEqual(rma.line_ids.mapped("qty_authorized"), [3, 1])

    def test_more_than_all_deliveries_together_is_refused(self):
        order_line, first, second = self._two_deliveries()
        with self.assertRaisesRegex(
            UserError, "only 5 units .* can be returned; you entered 6"
        ):
            self._requested(order_line, 6)
        self.assertEqual((self._left(first), self._left(second)), (3, 2))

    def _multi_step(self, steps):
        self.warehouse.delivery_steps = steps
        order = self._order(self.product, 4)
        delivery = self._deliver(order)
        return order, delivery

    def test_two_steps_anchor_is_the_shipment(self):
        order, delivery = self._multi_step("pick_ship")
        self.assertEqual(len(order.picking_ids), 2)
        rma = self._requested(order.order_line, 4)
        self.assertEqual(rma.line_ids.move_id, delivery)
        self.assertEqual(delivery.picking_id.picking_type_code, "outgoing")
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(order.order_line, 1)

    def test_three_steps_anchor_is_the_shipment(self):
        order, delivery = self._multi_step("pick_pack_ship")
        self.assertEqual(len(order.picking_ids), 3)
        rma = self._requested(order.order_line, 3)
        self.assertEqual(rma.line_ids.move_id, delivery)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._return_button(delivery.picking_id, 2)

    def test_picked_goods_that_did_not_leave_cannot_come_back(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._order(self.product, 4)
        picked = order.picking_ids.filtered(lambda p: p.state == "assigned")
        self._validate(picked)
        with self.assertRaisesRegex(
            UserError, "has not been delivered to the customer"
        ):
            self._draft(picked.move_ids, 1)
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(order.order_line, 1)

    # ------------------------------------------------------------------
    # Announced before the goods have left
    # ------------------------------------------------------------------
    def test_return_of_an_open_delivery_is_announced_but_not_received(self):
        order = self._order(self.product, 4)
        delivery = order.picking_ids
        coming = self._return_button(delivery, 4)
        self.assertEqual(coming.move_ids.product_uom_qty, 4)
        with self.assertRaisesRegex(
            UserError, "delivered 0 units .* 4 units would come back"
        ):
            self._validate(coming)
        self._validate(delivery)
        self._validate(coming)
        self.assertEqual(coming.state, "done")
        self.assertEqual(self._left(delivery.move_ids), 0)

    def test_no_more_is_announced_than_an_open_delivery_will_bring(self):
        delivery = self._order(self.product, 4).picking_ids
        coming = self._return_button(delivery, 2)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._return_button(delivery, 3)
        coming.move_ids.product_uom_qty = 4
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            coming.move_ids.product_uom_qty = 5
        self.assertEqual(coming.move_ids.product_uom_qty, 4)

    def test_order_with_an_announced_return_and_its_return_can_be_cancelled(self):
        order = self._order(self.product, 4)
        coming = self._return_button(order.picking_ids, 4)
        again = self._return_button(coming, 4)
        order._action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(
            (order.picking_ids | coming | again).mapped("state"), ["cancel"] * 3
        )

    def test_lowering_a_done_delivery_below_its_returns_is_refused(self):
        self._received(self.delivery, 3)
        self.delivery.picking_id.is_locked = False
        with self.assertRaisesRegex(
            UserError, "delivered 2 units .* 3 units would come back"
        ):
            self.delivery.quantity = 2
        self.assertEqual(self._left(), 1)
