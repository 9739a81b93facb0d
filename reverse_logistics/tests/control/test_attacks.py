"""What somebody may try: each attack as the person who could, and what stops it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon


class AttackCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # people who have nothing to do with returns
        cls.stocker = new_test_user(
            cls.env, login="plain-stock", groups="stock.group_stock_user"
        )
        cls.seller = new_test_user(
            cls.env,
            login="plain-sales",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        cls.stock = cls.warehouse.lot_stock_id

    def _reinspect(self, part, disposition=None):
        self._as("inspector", part).action_reinspect()
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        return self._inspect(again, "A", disposition)

    def _transfer(self, picking_type, source, destination, move=None, line=None):
        """Fill in a transfer by hand, as a plain user of the warehouse, and do it."""
        places = {"location_id": source.id, "location_dest_id": destination.id}
        picking = (
            self.env["stock.picking"]
            .with_user(self.stocker)
            .create(
                {
                    **places,
                    "picking_type_id": picking_type.id,
                    "partner_id": self.customer.id,
                    "move_ids": [
                        Command.create(
                            {
                                **places,
                                "product_id": self.product.id,
                                "product_uom_qty": 1,
                                **(move or {}),
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        if line:
            picking.move_line_ids.unlink()
            picking.move_ids.move_line_ids = [
                Command.create(
                    {
                        **places,
                        "product_id": self.product.id,
                        "picking_id": picking.id,
                        "quantity": 1,
                        **line,
                    }
                )
            ]
        picking.move_ids.picked = True
        picking.button_validate()
        return picking


@tagged("post_install", "-at_install")
class TestGoodsAttacks(AttackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.received = cls._received(cls._sell(4), 2)

    def test_done_receipt_cannot_be_diverted_into_stock(self):
        rma = self.received
        before = self._available()
        line = rma.picking_ids.move_line_ids
        for values in (
            {"location_dest_id": self.stock.id},
            {"location_id": self.stock.id},
            {"owner_id": self.customer.id},
            {"quantity": 3},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(
                    UserError, "has received goods of RMA.* changed"
                ),
            ):
                self._rpc(self.stocker, "stock.move.line", "write", line.ids, values)
        self.assertEqual(self._available(), before)

    def test_done_put_away_cannot_be_enlarged(self):
        rma = self._return(self._sell(4), 1)
        self._received(rma.line_ids.sale_line_id, 2)
        before = self._available()
        line = rma.inspection_ids.move_ids.move_line_ids
        with self.assertRaisesRegex(
            UserError, "moved inspected goods of RMA.* changed"
        ):
            self._rpc(
                self.stocker, "stock.move.line", "write", line.ids, {"quantity": 3}
            )
        self.assertEqual(self._available(), before)

    def test_lines_say_what_a_transfer_moves(self):
        before = self._available()
        internal = self.warehouse.int_type_id
        hold = self.facility._get_location("hold")
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(
                internal,
                self.inspection_location,
                hold,
                line={"location_dest_id": self.stock.id},
            )
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(
                internal,
                self.stock,
                self.stock,
                line={"location_id": self.inspection_location.id},
            )
        self.assertEqual(self._available(), before)

    def test_shelf_below_returns_is_no_way_out(self):
        before = self._available()
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.inspection_location.id}
        )
        internal = self.warehouse.int_type_id
        moved = self._transfer(internal, self.inspection_location, shelf)
        self.assertEqual(moved.state, "done")
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(internal, shelf, self.stock)
        self.assertEqual(self._available(), before)

    def test_location_outside_of_everything_is_no_way_out(self):
        elsewhere = self.env["stock.location"].create(
            {"name": "Elsewhere", "company_id": self.company.id}
        )
        self.assertFalse(elsewhere.warehouse_id)
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(
                self.warehouse.int_type_id, self.inspection_location, elsewhere
            )

    def test_goods_that_are_gone_are_not_restocked(self):
        line = self._sell(4)
        rma = self._received(line, 2)
        before = self._available()
        self._validate(self._return_button(rma.picking_ids, 2))
        self.assertEqual(line.qty_delivered, 4)
        self.assertEqual(rma.inspection_ids.state, "cancelled")
        with self.assertRaisesRegex(UserError, "is Cancelled and can no longer be"):
            self._inspect(rma.inspection_ids)
        self.assertEqual(self._available(), before)
        self.assertEqual((rma.stage, rma.line_ids.qty_received), ("authorized", 0))
        self.assertFalse(rma.credit_note_ids)

    def test_put_away_is_retried_when_the_goods_are_back(self):
        rma = self.received
        self._stock(self.product, -1, location=self.inspection_location)
        part = self._inspect(rma.inspection_ids)
        self.assertEqual(self._open_exceptions(rma), ["work_failure"])
        self.assertFalse(rma.settlement_ids)
        self._stock(self.product, 1, location=self.inspection_location)
        self._as("administrator", rma.exception_ids).action_retry()
        self.assertTrue(part.disposed)
        self.assertEqual(rma.stage, "settled")

    def test_transfer_cannot_pretend_to_be_of_an_inspection(self):
        rma = self._received(self._sell(4), 1)
        part = rma.inspection_ids
        with self.assertRaisesRegex(UserError, "its inspection decides where it goes"):
            self._transfer(
                self.warehouse.out_type_id,
                self.inspection_location,
                part.receipt_move_id.location_id,
                move={"reverse_inspection_id": part.id},
            )
        self.assertEqual((part.state, rma.line_ids.qty_put_away), ("draft", 0))

    def test_transfer_back_to_the_customer_is_not_multiplied(self):
        rma = self._received(self._sell(4), 1)
        part = self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        with self.assertRaisesRegex(UserError, "its inspection decides where it goes"):
            self._transfer(
                self.warehouse.out_type_id,
                self.inspection_location,
                part.receipt_move_id.location_id,
                move={"reverse_inspection_id": part.id},
            )
        self.assertEqual(len(part.move_ids), 1)

    def test_transfer_back_to_the_customer_can_be_split(self):
        rma = self.received
        part = self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        out = part.move_ids.picking_id.with_user(self.stocker)
        out.move_ids.write({"quantity": 1, "picked": True})
        out.with_context(skip_backorder=True).button_validate()
        self.assertEqual(rma.line_ids.qty_put_away, 1)
        self.assertEqual(len(part.move_ids), 2)

    def test_cancelled_receipt_is_announced_again(self):
        rma = self._requested(self._sell(4), 2)
        rma.picking_ids.with_user(self.stocker).action_cancel()
        part = self._receive(rma)
        self.assertEqual(part.quantity, 2)
        states = rma.picking_ids.sorted("id").mapped("state")
        self.assertEqual(states, ["cancel", "done"])

    def test_rest_comes_although_no_backorder_was_made(self):
        rma = self._requested(self._sell(4), 3)
        picking = rma.picking_ids.with_user(self.users["receiver"])
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=picking.ids
        ).button_validate()
        self.assertEqual(rma.stage, "receiving")
        self._receive(rma)
        self.assertEqual(rma.line_ids.qty_received, 3)


@tagged("post_install", "-at_install")
class TestPersonAttacks(AttackCase):
    def test_scheduled_action_takes_no_decision(self):
        rma = self._received(self._sell(4), 1)
        self._inspect(rma.inspection_ids, "B", "QUARANTINE")
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        cron = self.env["ir.cron"].create(
            {
                "name": "Approve",
                "model_id": self.env["ir.model"]._get_id("reverse.settlement"),
                "code": f"model.browse({settlement.id}).action_approve()",
                "user_id": self.users["approver"].id,
            }
        )
        with self.assertRaisesRegex(AccessError, "or a scheduled action"):
            cron.ir_actions_server_id.with_user(
                self.users["approver"]
            ).sudo().with_context(cron_id=cron.id).run()
        self.assertFalse(settlement.approved_by_id)

    def test_work_of_others_is_not_disturbed(self):
        line = self._sell(4)
        delivery = line.move_ids
        move_line = delivery.move_line_ids
        self._rpc(
            self.stocker, "stock.move.line", "write", move_line.ids, {"quantity": 3}
        )
        self.assertEqual(line.qty_delivered, 3)
        self._requested(line, 2)
        with self.assertRaisesRegex(UserError, "Lower the quantity, or cancel"):
            self._rpc(
                self.stocker, "stock.move.line", "write", move_line.ids, {"quantity": 1}
            )
        (order,) = self._rpc(self.seller, "sale.order", "read", line.order_id.ids)
        self.assertEqual(order["reverse_rma_count"], 1, "salespeople see it")
        (warehouse,) = self._rpc(
            self.stocker, "stock.warehouse", "read", self.warehouse.ids
        )
        self.assertNotIn("reverse_facility_ids", warehouse)

    def test_receipt_says_who_receives(self):
        rma = self._requested(self._sell(4), 2)
        with self.assertRaisesRegex(AccessError, "for the role “Receiver”. Ask"):
            self._rpc(
                self.stocker, "stock.picking", "button_validate", rma.picking_ids.ids
            )
        self.assertEqual(rma.stage, "authorized")

    def test_warehouses_are_made_without_a_role_in_returns(self):
        # Odoo asks its administrator to allow more than one.
        self.env["stock.warehouse"].create({"name": "First", "code": "FIR"})
        manager = new_test_user(
            self.env, login="plain-manager", groups="stock.group_stock_manager"
        )
        warehouse = (
            self.env["stock.warehouse"]
            .with_user(manager)
            .create({"name": "Second", "code": "SEC"})
        )
        warehouse.write({"name": "Third", "code": "THI"})
        facility = warehouse.sudo().reverse_facility_ids
        self.assertEqual(facility.name, "Third")
        self.assertEqual(
            facility._get_location("inspection").barcode, "THI-RETURNS-INSPECTION"
        )
