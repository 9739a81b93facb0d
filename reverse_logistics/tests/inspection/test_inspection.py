"""Inspected parts: split, frozen, parked, looked at again, kept by the customer."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import html2plaintext

from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestInspection(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=4)
        cls.order_line.order_id._create_invoices().action_post()

    def test_parked_goods_are_inspected_again(self):
        rma = self._inspected(self.delivery, 2, "C")
        first = rma.inspection_ids
        self.assertEqual(first.location_id, self.facility._get_location("quarantine"))
        self._as("inspector", first).action_reinspect()
        second = rma.inspection_ids - first
        self.assertEqual((first.state, second.supersedes_id), ("superseded", first))
        self.assertEqual(
            (rma.line_ids.qty_inspected, rma.line_ids.qty_put_away), (0, 0)
        )
        self._inspect(second, "A")
        self.assertEqual(self._available(), (2, 2, 2))
        self.assertEqual(rma._check_quantities(), {})

    def test_quarantine_is_left_for_a_reason(self):
        rma = self._inspected(self.delivery, 2, "C")
        first = rma.inspection_ids
        self._as("inspector", first).action_reinspect()
        part = self._as("inspector", rma.inspection_ids - first)
        part.condition_id = self.conditions["C"]
        self.assertEqual(part.disposition_id.code, "QUARANTINE")
        self.assertFalse(part.leaves_quarantine)
        part.disposition_id = self.dispositions["SCRAP"]
        self._say_why(part)
        for reason in (False, " "):
            part.release_reason = reason
            with self.assertRaisesRegex(
                UserError, "was in quarantine: enter why it becomes “Scrap” now"
            ):
                self._call(part, "action_complete")
        self.assertEqual(part.state, "draft")
        part.release_reason = "The pump is cracked"
        self._call(part, "action_complete")
        self.assertEqual(
            (part.state, part.inspected_by_id), ("done", self.users["inspector"])
        )
        event = self._events(rma).filtered(lambda e: e.name == "InspectionCompleted")
        self.assertEqual(
            [part.get("released") for data in event for part in data.data["parts"]],
            [None, True],
        )
        self.assertIn("out of quarantine", event[-1].data_text)
        self.assertNotIn("cracked", str(event[-1].data))

    def test_what_was_scrapped_in_packages_comes_back_whole(self):
        rma = self._received(self.delivery, 3)
        part = rma.inspection_ids
        quants = self.env["stock.quant"].sudo()
        for name in ("BOX-1", "BOX-2"):
            box = self.env["stock.package"].create({"name": name})
            for quantity, package in ((-1, None), (1, box)):
                quants._update_available_quantity(
                    self.product,
                    self.inspection_location,
                    quantity,
                    package_id=package,
                )
        before = self.product.total_value
        self._inspect(part, "E", "SCRAP")
        self.assertGreater(len(part.move_ids), 1)
        self._as("inspector", part).action_correct()
        again = rma.inspection_ids - part
        self.assertEqual((again.quantity, again.goods_gone), (3, False))
        here = quants.search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "=", self.inspection_location.id),
            ]
        )
        self.assertEqual(sum(here.mapped("quantity")), 3)
        self.assertEqual(self.product.total_value, before)
        self._inspect(again, "A", "RESTOCK")
        self.assertEqual(rma._check_quantities(), {})

    def test_archived_places_are_named(self):
        scrap, hold = (
            self.company._ensure_reverse_scrap(),
            self.facility._get_location("hold"),
        )
        places = (
            (scrap, "E", "SCRAP", "is archived. Take it"),
            (hold, "C", "HOLD", "has no location to put"),
        )
        self.dispositions["HOLD"] = self.env["reverse.disposition"].create(
            {"name": "Hold", "code": "HOLD", "location_state": "hold"}
        )
        step = self.env.ref("reverse_logistics.action_dispose_move")
        self.dispositions["HOLD"].step_ids = [Command.create({"action_id": step.id})]
        for place, condition, code, told in places:
            with self.subTest(code):
                part = self._received(self.delivery, 1).inspection_ids
                place.active = False
                self._inspect(part, condition, code)
                exception = self._as("administrator", part.rma_id.exception_ids)
                self.assertFalse(part.disposed)
                self.assertEqual(exception.type, "work_failure")
                self.assertIn(told, exception.message)
                self.assertEqual(part.location_id, self.inspection_location)
                place.active = True
                exception.action_retry()
                self.assertTrue(part.disposed)

    def test_nothing_is_written_off_without_an_account(self):
        self.product.categ_id = self.env["product.category"].create(
            {
                "name": "Booked at once",
                "property_valuation": "real_time",
                "property_cost_method": "average",
            }
        )
        rma = self._received(self.delivery, 1)
        place = self.company._ensure_reverse_scrap()
        account = place.valuation_account_id
        place.valuation_account_id = self.company.expense_account_id = False
        self._inspect(rma.inspection_ids, "E", "SCRAP")
        self.assertFalse(rma.inspection_ids.disposed)
        exception = self._as("administrator", rma.exception_ids)
        self.assertEqual(exception.type, "work_failure")
        # what it is about is said once
        part = rma.inspection_ids.display_name
        told = f"{part}: no account says where the value of “Scrap”"
        self.assertTrue(exception.message.startswith(told), exception.message)
        body = html2plaintext(rma.message_ids[:1].body)
        self.assertTrue(body.startswith(f"{part} could not be completed: no account"))
        place.valuation_account_id = account
        exception.action_retry()
        self.assertTrue(rma.inspection_ids.disposed)

    def test_goods_whose_way_back_is_cancelled_are_inspected_anew(self):
        """The warehouse cancels the delivery, or sends less and nothing later."""
        stocker = new_test_user(self.env, login="way", groups="stock.group_stock_user")
        rma = self._received(self.delivery, 3)
        part = rma.inspection_ids
        self._inspect(part, "D", "CUSTOMER")
        picking = part.move_ids.picking_id.filtered(lambda p: p.state == "assigned")
        self._call(picking.with_user(stocker), "action_cancel")
        self.assertEqual((picking.state, part.state), ("cancel", "superseded"))
        again = rma.inspection_ids - part
        self.assertEqual((again.state, again.quantity), ("draft", 3))
        self.assertEqual(again.condition_id, self.conditions["D"])
        self.assertEqual(again.location_id, self.inspection_location)
        self.assertEqual(rma.line_ids.qty_put_away, 0)
        # as decided before; what left stays gone
        self._call(self._as("inspector", again), "action_complete")
        picking = again.move_ids.picking_id.filtered(lambda p: p.state == "assigned")
        self._validate(picking.with_user(stocker), 1, backorder=False)
        self.assertEqual(again.state, "superseded")
        left, gone = (rma.inspection_ids - part - again).sorted("goods_gone")
        self.assertEqual((left.quantity, left.goods_gone), (2, False))
        self.assertEqual((gone.quantity, gone.goods_gone), (1, True))
        self._inspect(gone, "D", "CUSTOMER")
        self._inspect(left, "A", "RESTOCK")
        self.assertEqual(rma.line_ids.qty_put_away, 3)
        self.assertEqual(rma._check_quantities(), {})

    def test_what_is_sent_back_in_two_deliveries_is_decided_once(self):
        rma = self._received(self.delivery, 3)
        part = rma.inspection_ids
        self._inspect(part, "D", "CUSTOMER")
        self._validate(part.move_ids.picking_id.filtered("state"), 1)
        rest = part.move_ids.picking_id.filtered(lambda p: p.state == "assigned")
        self.assertEqual((part.state, len(rest)), ("done", 1))
        self._validate(rest)
        self.assertEqual((part.state, rma.line_ids.qty_put_away), ("done", 3))

    def test_finally_placed_goods_are_not_inspected_again(self):
        rma = self._inspected(self.delivery, 2)
        with self.assertRaisesRegex(UserError, "is at its final destination"):
            self._as("inspector", rma.inspection_ids).action_reinspect()
        self.assertEqual(rma.inspection_ids.state, "done")

    def test_scrap_leaves_stock(self):
        rma = self._inspected(self.delivery, 2, "E")
        part = rma.inspection_ids
        self.assertEqual(part.location_id, self.company.reverse_scrap_location_id)
        self.assertEqual(part.move_ids.location_dest_id, part.location_id)
        self.assertEqual(self._available(), (0, 0, 0))
        self.assertEqual(rma._check_quantities(), {})

    def test_goods_the_customer_keeps_are_not_expected(self):
        rma = self._requested(self.delivery, 2)
        part = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 1,
                "disposition_id": self.dispositions["KEEP"].id,
            }
        )
        with self.assertRaisesRegex(UserError, "expects 1 unit more"):
            part.create([{"line_id": rma.line_ids.id, "quantity": 2}])
        part.action_complete()
        self.assertEqual(rma.picking_ids.move_ids.product_uom_qty, 1)
        self.assertEqual((rma.line_ids.qty_kept, rma.line_ids.qty_put_away), (1, 1))
        self._receive(rma)
        self.assertEqual((rma.line_ids.qty_received, rma.stage), (1, "received"))
        self.assertEqual(rma._check_quantities(), {})

    def test_received_goods_cannot_be_kept_nor_kept_goods_restocked(self):
        rma = self._received(self.delivery, 1)
        part = self._as("inspector", rma.inspection_ids)
        part.condition_id = self.conditions["A"]
        part.disposition_id = self.dispositions["KEEP"]
        with self.assertRaisesRegex(UserError, "does not fit goods that were received"):
            part.action_complete()
        with self.assertRaisesRegex(UserError, "expects 0 units more"):
            part.create([{"line_id": rma.line_ids.id, "quantity": 1}])
        self.assertEqual(part.state, "draft")

    def test_ten_pieces_are_split_by_condition(self):
        _line, delivery = self._sold(quantity=10)
        rma = self._received(delivery, 10)
        part = self._as("inspector", rma.inspection_ids)
        part.write({"quantity": 7, "condition_id": self.conditions["A"].id})
        damaged = rma.inspection_ids.filtered(lambda p: not p.condition_id)
        damaged = self._as("inspector", damaged)
        damaged.write({"quantity": 2, "condition_id": self.conditions["D"].id})
        wrong = rma.inspection_ids.filtered(lambda p: not p.condition_id)
        self._as("inspector", wrong).condition_id = self.conditions["X"]
        self._as("inspector", rma.inspection_ids).action_complete()
        self.assertEqual(
            {p.condition_id.code: p.quantity for p in rma.inspection_ids},
            {"A": 7, "D": 2, "X": 1},
        )
        self.assertEqual(self._available()[0], 7)
        self.assertEqual(rma.line_ids.qty_put_away, 10)
        self.assertEqual(rma._check_quantities(), {})

    def test_completed_inspection_is_frozen(self):
        part = self._inspected(self.delivery, 2).inspection_ids
        part = self._as("inspector", part)
        for change in (
            {"condition_id": self.conditions["D"].id},
            {"disposition_id": self.dispositions["SCRAP"].id},
            {"quantity": 1},
            {"liability": "supplier"},
        ):
            with self.assertRaisesRegex(UserError, "is Inspected and can no longer be"):
                part.write(change)
        with self.assertRaisesRegex(AccessError, "not allowed to delete"):
            part.unlink()
        self.assertEqual(part.condition_id.code, "A")

    def test_inspected_quantity_can_be_split_and_never_grow(self):
        part = self._as("inspector", self._received(self.delivery, 3).inspection_ids)
        part.quantity = 1
        self.assertEqual(part.line_id.inspection_ids.mapped("quantity"), [1, 2])
        for quantity in (2, 0, -1):
            with self.assertRaisesRegex(
                UserError, "can only be split into smaller ones"
            ):
                part.quantity = quantity
        self.assertEqual(sum(part.line_id.inspection_ids.mapped("quantity")), 3)

    def test_lot_that_did_not_come_in_cannot_be_inspected(self):
        lots = self._create_lots(self.lot_product, "L1", "L2")
        order = self._order(self.lot_product, 4)
        delivery = self._deliver(order, lots={lots[0]: 2, lots[1]: 2})
        parts = self._received(delivery, 2, lot_id=lots[0].id).inspection_ids
        with self.assertRaisesRegex(UserError, "0 of L2 came in, not 2"):
            self._as("inspector", parts).lot_id = lots[1]
            self._inspect(parts)
        self.assertEqual(parts.state, "draft")
