"""An open receipt of a return stays that of these goods, and of this sale."""

from odoo import Command
from odoo.tests.common import tagged

from ..goods_common import GoodsCase

BOUND = "moves goods of a return: which goods these are"
OTHER = "takes back what .* delivered, which is Kettle of "


@tagged("post_install", "-at_install")
class TestOpenReceipts(GoodsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line, cls.other_line = cls._sell(4), cls._sell(4, 900.0)
        cls.delivery, cls.other = cls.line.move_ids, cls.other_line.move_ids
        cls.cable = cls._create_product("Cable")

    def _write(self, records, values):
        return self._call(records.with_user(self.stocker), "write", values)

    def assertBound(self, move):
        place = self.customers.copy({"name": "Other customers"})
        for values in (
            {"origin_returned_move_id": self.other.id},
            {"origin_returned_move_id": False},
            {"sale_line_id": self.other_line.id},
            {"sale_line_id": False},
            {"product_id": self.cable.id},
            {"product_uom": self.dozen.id},
            {"location_id": self.suppliers.id},
            {"location_id": place.id},
            {"restrict_partner_id": self.stranger.id},
            {"to_refund": False},
        ):
            for context in ({}, {"reverse_moving": True, "skip_uom_conversion": True}):
                with self.subTest(values=values, context=context):
                    self.assertRefused(
                        f"{BOUND}|belongs to RMA",
                        lambda values=values, context=context: self._write(
                            move.with_context(**context), values
                        ),
                    )
        self.assertRefused(
            BOUND, lambda: self._write(move.picking_id, {"location_id": place.id})
        )

    def test_of_a_return(self):
        rma = self._requested(self.line, 2)
        move = rma.line_ids.move_ids
        self.assertBound(move)
        # what is entered by whoever receives, and what says the same as before
        shelf = self.inspection_location.copy(
            {"name": "Shelf", "location_id": self.inspection_location.id}
        )
        self._write(
            move,
            {
                "quantity": 1,
                "picked": True,
                "location_dest_id": shelf.id,
                "product_id": self.product.id,
                "sale_line_id": self.line.id,
            },
        )
        self.assertEqual(move.location_dest_id, shelf)

    def test_of_odoos_return_button(self):
        picking = self._return_button(self.delivery.picking_id, 2)
        self.assertBound(picking.move_ids)
        # the contact says nothing of who bought the goods
        self._write(picking, {"partner_id": self.stranger.id})
        self._validate(self._as("receiver", picking))
        rma = picking.reverse_rma_id
        self.assertEqual(
            (rma.partner_id, rma.line_ids.sale_line_id), (self.customer, self.line)
        )

    def test_a_new_transfer_names_no_other_delivery(self):
        data = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "location_id": self.customers.id,
            "location_dest_id": self.inspection_location.id,
            "picking_type_id": self.warehouse.reverse_receipt_type_id.id,
            "origin_returned_move_id": self.delivery.id,
        }
        moves = self.env["stock.move"].with_user(self.stocker)
        for values in (
            {"product_id": self.cable.id},
            {"sale_line_id": self.other_line.id},
        ):
            self.assertRefused(
                OTHER + self.line.order_id.name,
                lambda values=values: moves.create({**data, **values}),
            )
        move = moves.create(data)
        del data["origin_returned_move_id"]
        named = moves.with_context(default_origin_returned_move_id=self.other.id)
        self.assertRefused(
            OTHER, lambda: named.create({**data, "sale_line_id": self.line.id})
        )
        self.assertEqual(move.state, "draft")

    def test_the_return_dialog_names_no_other_product(self):
        delivery = self.delivery.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.stocker)
            .with_context(active_model="stock.picking", active_id=delivery.id)
            .create({"picking_id": delivery.id})
        )
        wizard.product_return_moves = [
            Command.update(
                wizard.product_return_moves.id,
                {"product_id": self.cable.id, "quantity": 1},
            )
        ]
        self.assertRefused(OTHER, lambda: self._call(wizard, "action_create_returns"))
