"""Goods that leak, are burnt or swollen: from their receipt on in quarantine only."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..control_common import ControlCase

SAFE = ("quarantine", "scrap", "vendor_return")


@tagged("post_install", "-at_install")
class TestDangerousGoods(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=6)
        cls.order_line.order_id._create_invoices().action_post()
        cls.quarantine = cls.facility._get_location("quarantine")

    def _announced(self, quantity=2):
        """A return of which the customer has said that the goods are swollen."""
        rma = self._draft(self.delivery, quantity)
        rma.line_ids._guarded_write({"hazard_answer": "yes"})
        self._call(rma, "action_request")
        self._call(self._as("approver", rma), "action_authorize")
        return rma

    def test_they_are_received_into_quarantine(self):
        rma = self._announced()
        receipt = rma.picking_ids
        self.assertEqual(receipt.move_ids.location_dest_id, self.quarantine)
        self.assertEqual(receipt.location_dest_id, self.quarantine)
        part = self._receive(rma)
        self.assertEqual(part.location_id, self.quarantine)
        self._inspect(part, "C", "QUARANTINE")
        self.assertTrue(part.disposed)
        self.assertFalse(part.move_ids, "they lie there already")
        self.assertEqual(rma._check_quantities(), {})
        self.assertEqual(self._available(), (0, 0, 0))

    def test_only_the_dangerous_line_of_a_return_goes_there(self):
        rma = self._draft(self.delivery, 1)
        rma.line_ids._guarded_write({"hazard_answer": "yes"})
        _line, other = self._sold(self._create_product("Cable"), 1)
        rma.line_ids = [(0, 0, {"move_id": other.id, "quantity": 1})]
        self._call(rma, "action_request")
        self._call(self._as("approver", rma), "action_authorize")
        parts = self._receive(rma)
        self.assertEqual(
            {part.product_id: part.location_id for part in parts},
            {
                self.product: self.quarantine,
                other.product_id: self.inspection_location,
            },
        )

    def test_no_disposition_takes_them_out(self):
        part = self._receive(self._announced())
        part = self._as("inspector", part)
        part.condition_id = self.conditions["A"]
        self.assertEqual(part.recommended_disposition_id.code, "QUARANTINE")
        self.assertEqual(part.disposition_id.code, "QUARANTINE")
        fitting = self.env["reverse.disposition"].search(
            [("keeps_goods", "=", False), ("location_state", "not in", SAFE)]
        )
        self.assertIn("CUSTOMER", fitting.mapped("code"))
        for disposition in fitting:
            with self.subTest(disposition=disposition.code):
                part.disposition_id = disposition
                with self.assertRaisesRegex(
                    UserError, "is leaking, burnt or swollen, so “.*” is not possible"
                ):
                    self._call(part, "action_complete")
        self._inspect(part, "E", "SCRAP")
        self.assertEqual(part.state, "done")

    def test_who_inspects_can_say_so_and_nobody_takes_it_back(self):
        rma = self._received(self.delivery, 3)
        part = self._as("inspector", rma.inspection_ids)
        self.assertEqual(part.location_id, self.inspection_location)
        self._call(part, "write", {"quantity": 1, "found_danger": True})
        rest = rma.inspection_ids - part
        self.assertFalse(rest.found_danger, "the other two are sound")
        with self.assertRaisesRegex(UserError, "leaking, burnt or swollen"):
            self._inspect(part, "A", "RESTOCK")
        self._inspect(part, "C", "QUARANTINE")
        self.assertEqual(part.location_id, self.quarantine)
        self._inspect(rest, "A", "RESTOCK")
        self.assertEqual(self._available(), (2, 2, 2))
        event = self._events(rma).filtered(lambda e: e.name == "InspectionCompleted")
        self.assertEqual(
            [p.get("danger") for e in event for p in e.data["parts"]], [True, None]
        )
        # a second look finds more, never less
        self._call(part, "action_reinspect")
        again = self._as("inspector", (rma.inspection_ids - rest - part))
        self.assertTrue(again.found_danger)
        self._call(again, "write", {"found_danger": False})
        with self.assertRaisesRegex(UserError, "leaking, burnt or swollen"):
            self._inspect(again, "A", "RESTOCK")

    def test_what_was_found_too_late_comes_back_into_quarantine(self):
        rma = self._announced(1)
        part = self._receive(rma)
        self._inspect(part, "E", "SCRAP")
        self._call(self._as("inspector", part), "action_correct")
        again = rma.inspection_ids - part
        self.assertEqual(again.location_id, self.quarantine)
        self.assertEqual(again.state, "draft")

    def test_nobody_moves_them_elsewhere_by_hand(self):
        part = self._receive(self._announced())
        hold = self.facility._get_location("hold")
        for target in (hold, self.inspection_location):
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "location_id": self.quarantine.id,
                    "location_dest_id": target.id,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": 1,
                                "location_id": self.quarantine.id,
                                "location_dest_id": target.id,
                            },
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.action_assign()
            with self.assertRaisesRegex(UserError, "is only safe in quarantine"):
                self._validate(picking)
        self.assertEqual(part.location_id, self.quarantine)
        # what is sound beside it may be moved
        self._as("inspector", self._received(self.delivery, 1).inspection_ids)
        sound = self._received(self.delivery, 1).inspection_ids
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "location_id": self.inspection_location.id,
                "location_dest_id": hold.id,
                "picking_type_id": self.warehouse.int_type_id.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.picked = True
        move._action_done()
        self.assertIn(hold, sound.rma_id.inspection_ids.location_id | self._all_here())

    def _all_here(self):
        return (
            self.env["reverse.inspection"]
            .search([("product_id", "=", self.product.id)])
            .location_id
        )
