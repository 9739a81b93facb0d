"""Goods that come back without a return: adopted, or refused."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestUnannounced(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)

    def _adopted(self, quantity=2, user="receiver"):
        picking = self._return_button(self.delivery.picking_id, quantity)
        self._validate(picking.with_user(self.users[user]))
        return picking, picking.reverse_rma_id

    def test_return_button_goes_to_inspection_through_returns(self):
        picking = self._return_button(self.delivery.picking_id, 2)
        self.assertEqual(
            picking.picking_type_id, self.warehouse.reverse_receipt_type_id
        )
        self.assertEqual(picking.location_dest_id, self.inspection_location)
        self.assertRegex(picking.name, "WH/RET/")
        self._validate(picking)
        self.assertEqual(self._available(), (0, 0, 0))

    def test_unauthorized_goods_are_adopted(self):
        picking, rma = self._adopted()
        self.assertEqual(rma.partner_id, self.customer)
        self.assertEqual((rma.state, rma.facility_id), ("requested", self.facility))
        self.assertEqual(rma.exception_ids.type, "no_authorization")
        self.assertEqual(
            rma.exception_ids.owner_group_id,
            self.env.ref("reverse_logistics.group_approver"),
        )
        self.assertEqual(rma.line_ids.move_id, self.delivery)
        self.assertEqual((rma.line_ids.quantity, rma.line_ids.qty_received), (2, 2))
        self.assertEqual(picking.move_ids.reverse_rma_line_id, rma.line_ids)
        self.assertEqual(
            self._events(rma).mapped("name"),
            ["ReturnRequested", "ExceptionRaised", "ReturnReceived"],
        )

    def test_goods_that_were_delivered_to_nobody_are_our_own(self):
        delivery = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 4,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.delivery.location_dest_id.id,
                        }
                    )
                ],
            }
        )
        delivery.action_confirm()
        self._validate(delivery, 4)
        picking = self._return_button(delivery, 2)
        self._validate(picking)
        rma = picking.reverse_rma_id
        self.assertEqual(rma.partner_id, self.company.partner_id)
        self.assertEqual(rma.exception_ids.type, "no_authorization")
        self.assertEqual(rma.line_ids.qty_received, 2)

    def test_adopted_goods_wait_for_a_decision(self):
        _picking, rma = self._adopted()
        parts = self._as("inspector", rma.inspection_ids)
        parts.condition_id = self.conditions["A"]
        self.assertFalse(parts.is_authorized, "the form offers no Complete")
        with self.assertRaisesRegex(
            UserError, "is not authorized: an approver decides"
        ):
            parts.action_complete()
        self.assertEqual(self._available(), (0, 0, 0))
        self.assertFalse(rma.settlement_ids)

    def test_adopted_goods_can_be_authorized(self):
        _picking, rma = self._adopted()
        self._as("approver", rma.exception_ids).action_authorize()
        self.assertEqual(rma.state, "authorized")
        self.assertEqual((rma.line_ids.qty_authorized, rma.stage), (2, "received"))
        self.assertEqual(rma.exception_ids.resolution, "authorize")
        self.assertTrue(rma.inspection_ids.is_authorized)
        self._inspect(rma.inspection_ids)
        self.assertEqual(self._available(), (2, 2, 2))

    def test_authorizing_on_the_return_closes_the_exception(self):
        _picking, rma = self._adopted()
        self._as("approver", rma).action_authorize()
        exception = rma.exception_ids
        self.assertEqual(
            (exception.state, exception.resolution, exception.resolved_by_id),
            ("resolved", "authorize", self.users["approver"]),
        )
        self.assertFalse(exception.activity_id.active)
        event = self._events(rma).filtered(lambda e: e.name == "ExceptionResolved")
        self.assertEqual(
            event.data,
            {"exception": exception.id, "resolution": "authorize", "by_itself": True},
        )
        self.assertIn("closed by itself: its cause has gone", event.data_text)
        self._inspect(rma.inspection_ids, "E")
        self._as("service", rma.settlement_ids).action_cancel()
        self.assertEqual((rma.stage, rma.state), ("settled", "done"))

    def test_adopted_goods_can_be_sent_back(self):
        _picking, rma = self._adopted()
        self._as("approver", rma.exception_ids).action_send_back()
        self.assertEqual(rma.exception_ids.resolution, "send_back")
        self.assertEqual((rma.state, rma.settlement_type), ("authorized", "none"))
        parts = self._inspect(rma.inspection_ids, "C")
        self.assertEqual(parts.disposition_id.code, "CUSTOMER")
        outgoing = rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(outgoing)
        self.assertEqual((rma.stage, rma.state), ("settled", "done"))
        self.assertFalse(rma.settlement_ids)
        self.assertEqual(self.order_line.qty_delivered, 4)

    def test_adopted_goods_cannot_be_rejected_or_cancelled_away(self):
        _picking, rma = self._adopted()
        with self.assertRaisesRegex(UserError, "are here already: send them back"):
            self._as("approver", rma).action_reject("No.")
        with self.assertRaisesRegex(
            UserError, "its goods are here: an approver decides"
        ):
            self._as("service", rma).action_cancel()
        self.assertEqual(rma.state, "requested")

    def test_exception_is_the_approvers(self):
        _picking, rma = self._adopted()
        for role in ("service", "receiver", "inspector", "releaser"):
            with self.assertRaisesRegex(UserError, "belongs to the role “Approver”"):
                self._as(role, rma.exception_ids).action_authorize()
        with self.assertRaisesRegex(UserError, "cannot be resolved in this way"):
            self._as("approver", rma.exception_ids).action_retry()
        self.assertEqual(rma.exception_ids.state, "open")

    def test_whoever_took_it_in_does_not_authorize_it(self):
        both = self._create_user("receiver", "approver")
        picking = self._return_button(self.delivery.picking_id, 2)
        self._validate(picking.with_user(both))
        rma = picking.reverse_rma_id
        with self.assertRaisesRegex(UserError, "somebody else has to take this one"):
            rma.exception_ids.with_user(both).action_authorize()
        self.assertEqual((rma.state, rma.requested_by_id), ("requested", both))

    def test_adopted_rest_is_adopted_again(self):
        picking = self._return_button(self.delivery.picking_id, 3)
        self._validate(picking, 2)
        backorder = picking.backorder_ids
        self.assertEqual(backorder.move_ids.product_uom_qty, 1)
        self._validate(backorder)
        self.assertNotEqual(backorder.reverse_rma_id, picking.reverse_rma_id)
        self.assertEqual(backorder.reverse_rma_id.line_ids.qty_received, 1)

    def test_two_moves_of_one_delivery_are_two_lines(self):
        picking = self._return_button(self.delivery.picking_id, 1)
        move = picking.move_ids
        second = move.copy({"origin_returned_move_id": self.delivery.id})
        second._action_confirm(merge=False)
        second._action_assign()
        self._validate(picking)
        rma = picking.reverse_rma_id
        self.assertEqual(rma.line_ids.mapped("qty_received"), [1, 1])
        self.assertEqual(rma.line_ids.move_ids, picking.move_ids)

    def test_company_can_refuse_unauthorized_goods(self):
        self.company.reverse_unauthorized = "refuse"
        with self.assertRaisesRegex(
            UserError, "takes goods back only with a return authorization"
        ):
            self._return_button(self.delivery.picking_id, 2)
        rma = self._received(self.delivery, 2)
        self.assertEqual(rma.line_ids.qty_received, 2)

    def test_refusal_also_holds_for_transfers_made_before(self):
        picking = self._return_button(self.delivery.picking_id, 2)
        self.company.reverse_unauthorized = "refuse"
        with self.assertRaisesRegex(
            UserError, "takes goods back only with a return authorization"
        ):
            self._validate(picking)
        self.assertFalse(picking.reverse_rma_id)

    def _negative_order(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": -2}
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    def test_negative_order_lines_are_returns_too(self):
        order = self._negative_order()
        self.assertEqual(order.picking_ids.picking_type_code, "incoming")
        self.company.reverse_unauthorized = "refuse"
        with self.assertRaisesRegex(
            UserError, "takes goods back only with a return authorization"
        ):
            self._negative_order()

    def test_return_button_of_a_receipt_from_a_supplier_is_not_a_return(self):
        supplier = self.env.ref("stock.stock_location_suppliers")
        stock = self.warehouse.lot_stock_id
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": stock.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "location_id": supplier.id,
                            "location_dest_id": stock.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        self._validate(receipt, 2)
        picking = self._return_button(receipt, 1)
        self._validate(picking, 1)
        self.assertEqual(picking.state, "done")
        self.assertFalse(picking.reverse_rma_id)
