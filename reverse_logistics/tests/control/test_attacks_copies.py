"""What Odoo keeps a copy of or computes, written by a client as if it were a fact."""

from odoo import Command
from odoo.tests.common import tagged

from ..goods_common import GoodsCase

STAYS = "is neither changed nor deleted"


@tagged("post_install", "-at_install")
class TestAttacksCopies(GoodsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)
        cls.delivery = cls.line.move_ids
        cls.rma = cls._received(cls.line, 3)
        cls.receipt = cls.rma.inspection_ids.receipt_move_id
        cls.here = cls.inspection_location

    def _write(self, records, vals, user=None):
        return self._rpc(
            user or self.stocker, records._name, "write", records.ids, vals
        )

    def test_lines_say_no_state_of_their_own(self):
        """Odoo moves the goods by the state of the transfer, whatever its line says."""
        moved = self._transfer(self.here, self.places["quarantine"], 2)
        other = self._transfer(self.stock, self.loose)
        for line in (self.receipt.move_line_ids, moved.move_line_ids):
            with self.subTest(transfer=line.reference):
                self.assertRefused(
                    STAYS, lambda line=line: self._write(line, {"state": "draft"})
                )
        # nor elsewhere, and what is done stays done
        for vals, why in (
            ({"state": "draft"}, "follows from the quantity of the line"),
            ({"location_id": self.here.id}, "has to be inspected first"),
            ({"location_dest_id": self.here.id}, "somebody else has approved"),
        ):
            self.assertRefused(
                why, lambda vals=vals: self._write(other.move_line_ids, vals)
            )
        self.assertEqual(self._lies(self.here), 1)

    def test_other_lines_are_not_written_through_a_new_one(self):
        """Odoo's mark for its own steps would open for them what no client may do."""
        move = self._open_transfer(self.stock, self.loose).move_ids
        vals = {
            "move_id": move.id,
            "product_id": move.product_id.id,
            "location_id": self.stock.id,
            "location_dest_id": self.loose.id,
        }
        line = self.delivery.move_line_ids
        for name in ("consume_line_ids", "produce_line_ids"):
            for command in (
                Command.update(line.id, {"location_dest_id": self.stock.id}),
                Command.create({**vals, "quantity": 1}),
                Command.delete(line.id),
            ):
                with self.subTest(name=name, command=command[0]):
                    self.assertRefused(
                        "not changed through a new one",
                        lambda name=name, command=command: self._rpc(
                            self.stocker,
                            "stock.move.line",
                            "create",
                            [{**vals, name: [command]}],
                        ),
                    )
        self.assertNotEqual(line.location_dest_id, self.stock)

    def test_what_was_moved_is_not_rewritten(self):
        other = self._open_transfer(self.stock, self.loose)
        for move in (self.receipt, self.delivery):
            for vals in (
                {"quantity_product_uom": 99},
                {"picked": False},
                {"move_id": other.move_ids.id},
                {"picking_id": other.id},
            ):
                with self.subTest(move=move.reference, vals=vals):
                    self.assertRefused(
                        STAYS,
                        lambda move=move, vals=vals: self._write(
                            move.move_line_ids, vals
                        ),
                    )
            self.assertRefused(
                STAYS,
                lambda move=move: self._write(
                    move, {"move_line_ids": [Command.clear()]}
                ),
            )
            # nor is what was moved elsewhere added to it
            self.assertRefused(
                STAYS,
                lambda move=move: self._write(
                    other.move_line_ids, {"move_id": move.id}
                ),
            )
        # what says the same as before is no change
        line = self.receipt.move_line_ids
        self._write(line, {"state": "done", "quantity_product_uom": 3, "picked": True})

    def test_what_left_does_not_leave_again(self):
        """Its day would be a new one, by which it may come back."""
        delivery = self._sell(1).move_ids
        self.assertRefused(STAYS, lambda: self._write(delivery, {"state": "draft"}))
        picking = delivery.picking_id
        self._write(picking, {"state": "draft"})
        self.assertRefused(
            "has left: its address stays",
            lambda: self._write(picking, {"partner_id": self.stranger.id}),
        )

    def test_moves_within_returns_stay(self):
        moved = self._transfer(self.here, self.places["quarantine"], 2).move_ids
        for vals in ({"state": "draft"}, {"product_id": self.lot_product.id}):
            self.assertRefused(STAYS, lambda vals=vals: self._write(moved, vals))

    def test_goods_on_a_shelf_are_in_returns(self):
        shelf = self.env["stock.location"].create(
            {"name": "A1", "location_id": self.here.id, "company_id": self.company.id}
        )
        self._transfer(self.here, shelf, 3)
        self.assertEqual(self.product.reverse_quantity, 3)
        self.manager.group_ids += self.env.ref("product.group_product_manager")
        for vals in ({"is_storable": False}, {"tracking": "lot"}):
            self.assertRefused(
                "lies in returns",
                lambda vals=vals: self._write(
                    self.product.product_tmpl_id, vals, self.manager
                ),
            )

    def test_units_keep_their_size(self):
        """A dozen of one piece would give the price of twelve for the first."""
        self.manager.group_ids += self.env.ref("product.group_product_manager")
        unit = self.dozen.copy({"name": "Crate"})
        self._write(unit, {"relative_factor": 10}, self.manager)
        self._stock(self.product, 100)
        order = self._new_order((self.product, 1, {"product_uom_id": unit.id}))
        self._deliver(order)
        for vals in ({"relative_factor": 1}, {"factor": 1}, {"relative_uom_id": False}):
            self.assertRefused(
                "returned in Crate: what one of it contains stays",
                lambda vals=vals: self._write(unit, vals, self.manager),
            )
        self._write(unit, {"relative_factor": 10, "name": "Box"}, self.manager)
