"""Goods coming in: whole, in part, too many, to where, and by whom."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestReceipt(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)

    # ------------------------------------------------------------------
    # action_receive
    # ------------------------------------------------------------------
    def test_authorization_announces_the_goods(self):
        rma = self._requested(self.delivery, 3)
        picking = rma.picking_ids
        self.assertEqual(
            picking.picking_type_id, self.warehouse.reverse_receipt_type_id
        )
        self.assertEqual(picking.location_dest_id, self.inspection_location)
        self.assertEqual(picking.return_id, self.delivery.picking_id)
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.move_ids.origin_returned_move_id, self.delivery)
        self.assertEqual(rma.stage, "authorized")

    def test_receive_everything(self):
        rma = self._requested(self.delivery, 3)
        parts = self._receive(rma)
        self.assertEqual(rma.picking_ids.state, "done")
        self.assertEqual((rma.stage, rma.line_ids.qty_received), ("received", 3))
        self.assertEqual(rma.received_by_ids, self.users["receiver"])
        self.assertTrue(rma.received_at)
        self.assertEqual(
            (parts.quantity, parts.location_id), (3, self.inspection_location)
        )

    def test_receive_in_parts(self):
        rma = self._requested(self.delivery, 3)
        rma.picking_ids.move_ids.quantity = 2
        self._receive(rma)
        self.assertEqual((rma.stage, rma.line_ids.qty_received), ("receiving", 2))
        backorder = rma.picking_ids.filtered(lambda p: p.state != "done")
        self.assertEqual(backorder.move_ids.product_uom_qty, 1)
        self.assertEqual(backorder.move_ids.reverse_rma_line_id, rma.line_ids)
        self._receive(rma)
        self.assertEqual((rma.stage, rma.line_ids.qty_received), ("received", 3))
        self.assertEqual(rma.inspection_ids.mapped("quantity"), [2, 1])

    def test_some_lines_as_a_whole_are_a_part_of_the_return(self):
        _line, other = self._sold(quantity=3)
        rma = self._draft(self.delivery, 2)
        rma.line_ids = [Command.create({"move_id": other.id, "quantity": 3})]
        rma.action_request()
        self.assertEqual(rma.stage, "authorized")
        moves = rma.picking_ids.move_ids
        moves.filtered(lambda m: m.origin_returned_move_id == other).picked = True
        self._receive(rma)
        self.assertEqual(rma.line_ids.mapped("stage"), ["authorized", "received"])
        self.assertEqual(rma.stage, "receiving")
        self.assertIn("3 of 5 units received: a receiver books the rest", rma.next_step)

    def test_receive_only_the_lines_that_were_picked(self):
        _line, other = self._sold(quantity=2)
        rma = self._draft(self.delivery, 1)
        rma.line_ids = [Command.create({"move_id": other.id, "quantity": 2})]
        rma.action_request()
        rma.picking_ids.move_ids[1].picked = True
        self._receive(rma)
        self.assertEqual(rma.line_ids.mapped("qty_received"), [0, 2])
        self._receive(rma)
        self.assertEqual(rma.line_ids.mapped("qty_received"), [1, 2])

    def _three_lines(self):
        """A return of three lines of one product: 15, 15 and 5 are expected."""
        rma = self._draft(self._sold(quantity=15)[1], 15)
        rma.line_ids = [
            Command.create({"move_id": self._sold(quantity=q)[1].id, "quantity": q})
            for q in (15, 5)
        ]
        rma.action_request()
        return rma

    def test_what_was_counted_by_product_fills_one_line_after_the_other(self):
        rma = self._three_lines()
        moves = rma.picking_ids.move_ids
        moves[0].write({"quantity": 25, "picked": True})
        self._receive(rma)
        self.assertEqual(rma.line_ids.mapped("qty_received"), [15, 10, 0])
        self.assertEqual(rma.inspection_ids.mapped("quantity"), [15, 10])
        rest = rma.picking_ids.filtered(lambda p: p.state != "done")
        self.assertEqual(rest.move_ids.mapped("product_uom_qty"), [5, 5])
        rest.move_ids[1].write({"quantity": 11, "picked": True})
        with self.assertRaisesRegex(
            UserError, "you receive 6 units, but only 5 expected"
        ):
            self._receive(rma)

    def test_the_dialog_counts_products(self):
        rma = self._three_lines()
        wizard = (
            self._as("receiver", self.env["reverse.late.wizard"])
            .with_context(active_id=rma.id)
            .create({})
        )
        row = wizard.line_ids
        self.assertEqual((row.announced, row.received, row.quantity), (35, 0, 35))
        row.quantity = 25
        wizard.action_receive()
        self.assertEqual(rma.line_ids.mapped("qty_received"), [15, 10, 0])
        self.assertFalse(rma.follow_up_ids)

    def test_quantities_are_said_in_words(self):
        units = self.env.ref("uom.product_uom_unit")
        said = [units._say_reverse(quantity) for quantity in (1, 2, 0, 0.5, 1.0)]
        self.assertEqual(said, ["1 unit", "2 units", "0 units", "0.5 units", "1 unit"])
        self.assertEqual(units._say_reverse(-1, sign="+"), "-1 unit")
        self.assertEqual(units._say_reverse(2, sign="+"), "+2 units")
        kilograms = self.env.ref("uom.product_uom_kgm")
        self.assertEqual(kilograms._say_reverse(2.5), "2.5 kg")
        units.name = "pcs"
        self.assertEqual(units._say_reverse(1), "1 pcs")

    def test_nothing_expected_is_refused(self):
        rma = self._received(self.delivery, 3)
        with self.assertRaisesRegex(UserError, "Nothing is expected for RMA"):
            self._receive(rma)
        draft = self._draft(self.delivery, 1)
        with self.assertRaisesRegex(UserError, "Nothing is expected for RMA"):
            self._receive(draft)

    def test_more_than_authorized_is_refused(self):
        rma = self._requested(self.delivery, 2)
        rma.picking_ids.move_ids.quantity = 3
        with self.assertRaisesRegex(
            UserError, "you receive 3 units, but only 2 expected"
        ):
            self._receive(rma)
        with self.assertRaisesRegex(
            UserError, "you receive 3 units, but only 2 expected"
        ):
            self._validate(rma.picking_ids.with_user(self.users["receiver"]), 3)
        self.assertEqual(rma.line_ids.qty_received, 0)

    def test_copied_receipt_is_a_return_without_authorization(self):
        rma = self._received(self.delivery, 3)
        copy = rma.picking_ids.with_user(self.users["receiver"]).copy()
        self.assertFalse(copy.move_ids.reverse_rma_line_id)
        with self.assertRaisesRegex(
            UserError, "delivered 4 units .* 6 units would come"
        ):
            copy.action_confirm()
        copy.move_ids.product_uom_qty = 1
        copy.action_confirm()
        self.assertEqual(copy.move_ids.origin_returned_move_id, self.delivery)
        self._validate(copy, 1)
        self.assertEqual(copy.reverse_rma_id.exception_ids.type, "no_authorization")
        self.assertEqual(rma.line_ids.qty_received, 3)

    def test_receipt_of_a_cancelled_return_is_cancelled(self):
        rma = self._requested(self.delivery, 2)
        rma.action_cancel()
        self.assertEqual(rma.picking_ids.state, "cancel")
        self.assertEqual((rma.state, rma.line_ids.qty_received), ("cancelled", 0))

    def test_goods_of_a_cancelled_return_that_come_all_the_same_are_refused(self):
        rma = self._requested(self.delivery, 2)
        self.env.flush_all()
        # a transfer that survived the cancellation, however it did
        self.env.cr.execute(
            "UPDATE reverse_rma_line SET state = 'cancelled' WHERE id = %s",
            [rma.line_ids.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(
            UserError, "you receive 2 units, but only 0 expected"
        ):
            self._validate(rma.picking_ids.with_user(self.users["receiver"]))
        self.assertEqual(rma.line_ids.qty_received, 0)

    # ------------------------------------------------------------------
    # Who may receive
    # ------------------------------------------------------------------
    def test_action_is_for_receivers(self):
        rma = self._requested(self.delivery, 2)
        for role in ("service", "inspector", "approver", "releaser", "auditor"):
            with self.assertRaisesRegex(AccessError, "role “Receiver”"):
                self._as(role, rma).action_receive()
        self.assertEqual(rma.picking_ids.state, "assigned")

    def test_standard_screen_is_for_receivers_too(self):
        rma = self._requested(self.delivery, 2)
        clerk = self._create_user("user", login="clerk")
        clerk.group_ids += self.env.ref("stock.group_stock_manager")
        with self.assertRaisesRegex(AccessError, "role “Receiver”"):
            self._validate(rma.picking_ids.with_user(clerk))
        self._validate(rma.picking_ids.with_user(self.users["receiver"]))
        self.assertEqual(rma.stage, "received")
        self.assertEqual(rma.received_by_ids, self.users["receiver"])

    # ------------------------------------------------------------------
    # Where to
    # ------------------------------------------------------------------
    def test_receipt_cannot_be_diverted_into_stock(self):
        rma = self._requested(self.delivery, 2)
        picking = rma.picking_ids.with_user(self.users["receiver"])
        with self.assertRaisesRegex(
            UserError, "inspected first.*WH Returns/Inspection"
        ):
            picking.location_dest_id = self.warehouse.lot_stock_id
        with self.assertRaisesRegex(
            UserError, "inspected first.*WH Returns/Inspection"
        ):
            picking.move_ids.location_dest_id = self.warehouse.lot_stock_id
        self.assertEqual(self._available(), (0, 0, 0))

    def test_receipt_line_cannot_be_diverted_into_stock(self):
        rma = self._requested(self.delivery, 2)
        picking = rma.picking_ids.with_user(self.users["receiver"])
        picking.move_line_ids.location_dest_id = self.warehouse.lot_stock_id
        with self.assertRaisesRegex(
            UserError, "inspected first.*WH Returns/Inspection"
        ):
            self._validate(picking)
        self.assertEqual(rma.line_ids.qty_received, 0)

    def test_shelf_below_inspection_is_fine(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf 1", "location_id": self.inspection_location.id}
        )
        rma = self._requested(self.delivery, 2)
        rma.picking_ids.move_line_ids.location_dest_id = shelf
        parts = self._receive(rma)
        self.assertEqual(parts.location_id, shelf)
        self._inspect(parts)
        self.assertEqual(rma.line_ids.qty_put_away, 2)
        self.assertFalse(
            self.env["stock.quant"].search(
                [
                    ("product_id", "=", self.product.id),
                    ("quantity", "!=", 0),
                    ("location_id", "child_of", self.inspection_location.id),
                ]
            )
        )

    def test_goods_of_a_receipt_stay_those_of_its_line(self):
        rma = self._requested(self.delivery, 2)
        move = rma.picking_ids.move_ids.with_user(self.users["receiver"])
        for change in (
            {"product_id": self._create_product("Cheap").id},
            {"origin_returned_move_id": False},
            {"location_id": self.env.ref("stock.stock_location_suppliers").id},
        ):
            with self.assertRaisesRegex(UserError, "moves goods of a return: which"):
                move.write(change)
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            move.reverse_rma_line_id = False
        self.assertEqual(move.reverse_rma_line_id, rma.line_ids)

    # ------------------------------------------------------------------
    # Lots
    # ------------------------------------------------------------------
    def _sold_lots(self, **quantities):
        lots = self._create_lots(self.lot_product, *quantities)
        order = self._order(self.lot_product, sum(quantities.values()))
        delivered = dict(zip(lots, quantities.values(), strict=True))
        return lots, self._deliver(order, lots=delivered)

    def _enter_lots(self, picking, **quantities):
        picking.move_line_ids.unlink()
        picking.move_ids.move_line_ids = [
            Command.create(
                {
                    "product_id": self.lot_product.id,
                    "picking_id": picking.id,
                    "lot_name": name,
                    "quantity": quantity,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
            )
            for name, quantity in quantities.items()
        ]

    def test_announced_lot_is_expected(self):
        lots, delivery = self._sold_lots(L1=2, L2=3)
        rma = self._requested(delivery, 2, lot_id=lots[1].id)
        parts = self._receive(rma)
        self.assertEqual(parts.lot_id, lots[1])
        self.assertEqual(parts.quantity, 2)

    def test_lots_entered_at_receipt_become_parts(self):
        lots, delivery = self._sold_lots(L1=2, L2=3)
        rma = self._requested(delivery, 4)
        move = rma.picking_ids.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": self.lot_product.id,
                    "picking_id": move.picking_id.id,
                    "lot_id": lot.id,
                    "quantity": quantity,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
            )
            for lot, quantity in ((lots[0], 1), (lots[1], 3))
        ]
        parts = self._receive(rma)
        self.assertEqual(
            {part.lot_id.name: part.quantity for part in parts}, {"L1": 1, "L2": 3}
        )
        self.assertEqual(rma.line_ids.qty_received, 4)

    def test_lot_of_another_delivery_is_refused_at_receipt(self):
        _lots, delivery = self._sold_lots(L1=2)
        self._sold_lots(L5=2)
        rma = self._requested(delivery, 2)
        other = self.env["stock.lot"].search(
            [("name", "=", "L5"), ("product_id", "=", self.lot_product.id)]
        )
        rma.picking_ids.move_line_ids.lot_id = other
        with self.assertRaisesRegex(UserError, "L5 of Paint was not part of WH/OUT"):
            self._receive(rma)
        self.assertEqual(rma.line_ids.qty_received, 0)

    def test_more_of_a_lot_than_delivered_is_refused_at_receipt(self):
        lots, delivery = self._sold_lots(L1=2, L2=3)
        rma = self._requested(delivery, 3)
        rma.picking_ids.move_line_ids[1:].unlink()
        rma.picking_ids.move_line_ids.write({"lot_id": lots[0].id, "quantity": 3})
        with self.assertRaisesRegex(UserError, r"delivered 2 units of Paint \(L1\)"):
            self._receive(rma)
        self.assertEqual(rma.line_ids.qty_received, 0)

    def test_lot_is_required_at_receipt(self):
        _lots, delivery = self._sold_lots(L1=2, L2=3)
        rma = self._requested(delivery, 3)
        rma.picking_ids.move_line_ids.lot_id = False
        with self.assertRaisesRegex(UserError, "brings Paint back without its number"):
            self._receive(rma)
        self.assertEqual(rma.line_ids.qty_received, 0)
