"""Where returned goods came from: deliveries, orders, lots, or nothing known."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestSources(ControlCase):
    # ------------------------------------------------------------------
    # Order line and delivery
    # ------------------------------------------------------------------
    def test_delivery_names_its_order_line(self):
        order_line, delivery = self._sold()
        rma = self._requested(delivery, 2)
        self.assertEqual(rma.line_ids.sale_line_id, order_line)
        self.assertEqual(rma.sale_order_ids, order_line.order_id)

    def test_order_line_of_another_customer_is_refused(self):
        order_line, delivery = self._sold(partner_id=self.stranger.id)
        number = order_line.order_id.name
        with self.assertRaisesRegex(UserError, f"{number} belongs to another customer"):
            self._draft(order_line, 1)
        with self.assertRaisesRegex(UserError, "belongs to another customer than Ada"):
            self._draft(delivery, 1)

    def test_contact_of_the_customer_may_return(self):
        contact = self.env["res.partner"].create(
            {
                "name": "Ada's warehouse",
                "parent_id": self.customer.id,
                "type": "delivery",
            }
        )
        order_line, _delivery = self._sold(partner_shipping_id=contact.id)
        rma = self._requested(order_line, 1, rma={"partner_id": contact.id})
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(rma.picking_ids.partner_id, contact)

    def test_changing_the_customer_of_a_draft_is_checked_at_request(self):
        order_line, _delivery = self._sold()
        rma = self._draft(order_line, 1)
        rma.partner_id = self.stranger
        with self.assertRaisesRegex(UserError, "belongs to another customer than Bolt"):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    def test_delivery_and_order_line_must_belong_together(self):
        cheap, delivery = self._sold()
        dear, _other = self._sold()
        with self.assertRaisesRegex(UserError, "did not deliver this line"):
            self._draft(delivery, 1, sale_line_id=dear.id)
        rma = self._draft(delivery, 1, sale_line_id=cheap.id)
        self.assertEqual(rma.line_ids.sale_line_id, cheap)

    def test_product_must_be_that_of_the_source(self):
        order_line, _delivery = self._sold()
        with self.assertRaisesRegex(
            UserError, "does not match the product of its source"
        ):
            self._draft(order_line, 1, product_id=self.lot_product.id)
        rma = self._draft(order_line, 1)
        with self.assertRaisesRegex(
            UserError, "does not match the product of its source"
        ):
            rma.line_ids.product_id = self.lot_product

    def test_open_delivery_is_refused(self):
        order = self._order(self.product, 4)
        with self.assertRaisesRegex(
            UserError, "has not been delivered to the customer"
        ):
            self._draft(order.picking_ids.move_ids, 1)
        with self.assertRaisesRegex(UserError, "only 0 units .* can be returned"):
            self._requested(order.order_line, 1)

    def test_receipt_of_a_supplier_is_no_delivery(self):
        location = self.env.ref("stock.stock_location_suppliers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": location.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "location_id": location.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self._validate(picking, 1)
        self.assertEqual(picking.state, "done")
        with self.assertRaisesRegex(
            UserError, "has not been delivered to the customer"
        ):
            self._draft(picking.move_ids, 1)

    def test_lines_of_several_orders_come_in_one_return(self):
        first, _delivery = self._sold()
        second, _delivery = self._sold()
        rma = self._draft(first, 1)
        rma.line_ids = [Command.create({"sale_line_id": second.id, "quantity": 2})]
        rma.action_request()
        self.assertEqual(rma.sale_order_ids, first.order_id | second.order_id)
        self.assertEqual(len(rma.picking_ids), 1)
        self.assertEqual(rma.picking_ids.move_ids.mapped("product_uom_qty"), [1, 2])

    def test_zero_and_negative_quantities_are_refused(self):
        order_line, _delivery = self._sold()
        for quantity in (0, -1):
            with self.assertRaisesRegex(Exception, "above zero|quantity_positive"):
                self._draft(order_line, quantity)
                self.env.flush_all()
        self.assertFalse(order_line.reverse_line_ids)

    # ------------------------------------------------------------------
    # Product and quantity only
    # ------------------------------------------------------------------
    def test_product_is_allocated_over_the_customers_deliveries(self):
        _line, first = self._sold(quantity=2)
        _line, second = self._sold(quantity=3)
        first.date = "2026-01-01 08:00:00"
        rma = self._requested(self.product, 4)
        self.assertEqual(
            [(line.move_id, line.quantity) for line in rma.line_ids],
            [(second, 3), (first, 1)],
        )
        self.assertEqual(
            rma.line_ids.sale_line_id, first.sale_line_id | second.sale_line_id
        )

    def test_product_is_allocated_oldest_first_by_policy(self):
        self._set_policy(allocation="oldest")
        _line, first = self._sold(quantity=2)
        _line, second = self._sold(quantity=3)
        first.date = "2026-01-01 08:00:00"
        rma = self._requested(self.product, 3)
        self.assertEqual(
            [(line.move_id, line.quantity) for line in rma.line_ids],
            [(first, 2), (second, 1)],
        )
        self.assertEqual(rma.line_ids.mapped("decision_code"), ["late", "in_window"])

    def test_deliveries_of_other_customers_are_not_allocated(self):
        self._sold(quantity=5, partner_id=self.stranger.id)
        rma = self._requested(self.product, 1)
        self.assertFalse(rma.line_ids.move_id)
        self.assertEqual(rma.exception_ids.type, "no_source")

    def test_each_customer_of_a_batch_gets_their_own_deliveries(self):
        _line, theirs = self._sold(quantity=2, partner_id=self.stranger.id)
        _line, own = self._sold(quantity=2)
        rmas = self._draft(self.product, 2) | self._draft(
            self.product, 2, rma={"partner_id": self.stranger.id}
        )
        rmas.action_request()
        self.assertEqual([rma.line_ids.move_id for rma in rmas], [own, theirs])
        self.assertEqual(rmas.mapped("state"), ["authorized"] * 2)

    def test_remainder_without_delivery_goes_to_a_person(self):
        _line, delivery = self._sold(quantity=2)
        rma = self._requested(self.product, 5)
        known, unknown = rma.line_ids
        self.assertEqual((known.move_id, known.quantity), (delivery, 2))
        self.assertEqual((unknown.move_id.id, unknown.quantity), (False, 3))
        self.assertEqual(rma.state, "requested")
        exception = rma.exception_ids
        self.assertEqual((exception.type, exception.line_id), ("no_source", unknown))
        self.assertIn("no delivery of this product", unknown.explanation)

    def test_naming_the_delivery_later(self):
        rma = self._requested(self.product, 3)
        self.assertEqual(rma.state, "requested")
        _line, delivery = self._sold(quantity=4)
        rma.line_ids.move_id = delivery
        self.assertEqual(rma.line_ids.decision, "authorize")
        self.assertEqual(rma.line_ids.sale_line_id, delivery.sale_line_id)
        self.assertEqual(rma.exception_ids.resolution, "source_named")
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.picking_ids.move_ids.product_uom_qty, 3)

    def test_naming_an_order_line_later_finds_its_delivery(self):
        rma = self._requested(self.product, 3)
        order_line, delivery = self._sold(quantity=4)
        rma.line_ids.sale_line_id = order_line
        self.assertEqual(rma.line_ids.move_id, delivery)
        self.assertEqual(rma.exception_ids.state, "resolved")

    def test_naming_a_delivery_that_is_too_small_is_refused(self):
        rma = self._requested(self.product, 3)
        _line, delivery = self._sold(quantity=2)
        with self.assertRaisesRegex(
            UserError, "delivered 2 units .* 3 units would come"
        ):
            rma.line_ids.move_id = delivery
        self.assertEqual(rma.exception_ids.state, "open")

    def test_naming_a_delivery_of_another_customer_is_refused(self):
        rma = self._requested(self.product, 3)
        _line, delivery = self._sold(quantity=4, partner_id=self.stranger.id)
        with self.assertRaisesRegex(UserError, "belongs to another customer"):
            rma.line_ids.move_id = delivery
        self.assertFalse(rma.line_ids.move_id)

    def test_only_customer_service_names_deliveries(self):
        rma = self._requested(self.product, 3)
        _line, delivery = self._sold(quantity=4)
        with self.assertRaisesRegex(UserError, "Customer service|not allowed"):
            self._as("approver", rma.line_ids).move_id = delivery
        self.assertFalse(rma.line_ids.move_id)

    def test_line_without_source_can_be_dropped(self):
        _line, _delivery = self._sold(quantity=2)
        rma = self._requested(self.product, 5)
        self._as("service", rma.exception_ids).action_drop()
        self.assertEqual(rma.line_ids[1].qty_closed_short, 3)
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.line_ids.mapped("qty_authorized"), [2, 0])
        self.assertEqual(rma.picking_ids.move_ids.product_uom_qty, 2)

    def test_return_without_any_delivery_cannot_be_authorized(self):
        rma = self._requested(self.product, 3)
        with self.assertRaisesRegex(UserError, "No delivery is known for any line"):
            self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "requested")

    # ------------------------------------------------------------------
    # Lots and serial numbers
    # ------------------------------------------------------------------
    def _sold_serials(self, *names, **values):
        lots = self._create_lots(self.serial_product, *names)
        order = self._order(self.serial_product, len(lots), **values)
        return lots, self._deliver(order, lots=dict.fromkeys(lots, 1))

    def test_serial_finds_its_delivery(self):
        lots, delivery = self._sold_serials("S1", "S2")
        rma = self._requested(self.serial_product, 1, lot_id=lots[1].id)
        self.assertEqual(rma.line_ids.move_id, delivery)
        self.assertEqual(rma.picking_ids.move_line_ids.lot_id, lots[1])

    def test_serial_cannot_be_requested_twice(self):
        lots, delivery = self._sold_serials("S1", "S2")
        self._requested(delivery, 1, lot_id=lots[0].id)
        with self.assertRaisesRegex(UserError, r"delivered 1 unit of Scanner \(S1\)"):
            self._requested(delivery, 1, lot_id=lots[0].id)
        with self.assertRaisesRegex(
            UserError, r"only 0 units of Scanner \(S1\) can be returned"
        ):
            self._requested(self.serial_product, 1, lot_id=lots[0].id)
        self.assertEqual(
            self._requested(delivery, 1, lot_id=lots[1].id).state, "authorized"
        )

    def test_two_pieces_of_one_serial_are_refused(self):
        lots, delivery = self._sold_serials("S1", "S2")
        with self.assertRaisesRegex(UserError, r"delivered 1 unit of Scanner \(S1\)"):
            self._requested(delivery, 2, lot_id=lots[0].id)
        self.assertFalse(delivery.reverse_line_ids)

    def test_serial_never_sold_is_refused(self):
        _lots, delivery = self._sold_serials("S1")
        unsold = self._create_lots(self.serial_product, "S9")
        with self.assertRaisesRegex(UserError, r"delivered 0 units of Scanner \(S9\)"):
            self._requested(delivery, 1, lot_id=unsold.id)
        with self.assertRaisesRegex(UserError, r"only 0 .* \(S9\) can be returned"):
            self._requested(self.serial_product, 1, lot_id=unsold.id)
        with self.assertRaisesRegex(UserError, r"only 0 .* \(S9\) can be returned"):
            self._requested(delivery.sale_line_id, 1, lot_id=unsold.id)

    def test_serial_sold_to_another_customer_is_refused(self):
        lots, _delivery = self._sold_serials("S1", partner_id=self.stranger.id)
        with self.assertRaisesRegex(
            UserError, r"Ada Distribution: only 0 .*\(S1\) can be returned"
        ):
            self._requested(self.serial_product, 1, lot_id=lots.id)
        self.assertFalse(
            self.env["reverse.rma.line"].search([("lot_id", "=", lots.id)])
        )

    def test_lot_of_another_product_is_refused(self):
        order_line, _delivery = self._sold()
        lot = self._create_lots(self.lot_product, "L1")
        with self.assertRaisesRegex(
            UserError, "L1 is not a lot or serial number of Kettle"
        ):
            self._draft(order_line, 1, lot_id=lot.id)
        rma = self._draft(order_line, 1)
        with self.assertRaisesRegex(
            UserError, "L1 is not a lot or serial number of Kettle"
        ):
            rma.line_ids.lot_id = lot

    def test_lots_are_counted_each_for_itself(self):
        lots = self._create_lots(self.lot_product, "L1", "L2")
        order = self._order(self.lot_product, 5)
        delivery = self._deliver(order, lots={lots[0]: 2, lots[1]: 3})
        with self.assertRaisesRegex(UserError, r"delivered 2 units of Paint \(L1\)"):
            self._requested(delivery, 3, lot_id=lots[0].id)
        rma = self._requested(delivery, 3, lot_id=lots[1].id)
        self.assertEqual(rma.picking_ids.move_line_ids.lot_id, lots[1])
        self.assertEqual(
            delivery._get_returnable(by_lot=True),
            {(delivery.id, lots[0].id): 2, (delivery.id, lots[1].id): 0},
        )

    def test_restocked_serial_sold_again_may_come_back_again(self):
        lots, first = self._sold_serials("S1")
        rma = self._inspected(first, 1, lot_id=lots.id)
        self.assertFalse(rma.exception_ids.mapped("message"))
        self.assertEqual(rma.line_ids.qty_put_away, 1)
        order = self._order(self.serial_product, 1)
        self._validate(order.picking_ids)
        second = order.picking_ids.move_ids
        self.assertEqual((second.state, second.lot_ids), ("done", lots))
        again = self._requested(self.serial_product, 1, lot_id=lots.id)
        self.assertEqual(again.line_ids.move_id, second)
        with self.assertRaisesRegex(
            UserError, "delivered 1 unit of Scanner; .* 2 units"
        ):
            self._requested(first, 1, lot_id=lots.id)
