"""Nobody who keeps operation types or products switches a recall off."""

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user

from .common import RecallCommon

UNNAMED = "takes Paint without a number, and lot L7 of it was recalled with"


class TestRecallNumbers(RecallCommon):
    def setUp(self):
        super().setUp()
        self.stocker = new_test_user(
            self.env, login="recall-stock", groups="stock.group_stock_user"
        )
        self.lot_product.name = "Paint"
        self._stock(self.lot_product, 6, self.lot)
        self.order = self._new_order((self.lot_product, 3, {}))

    def _deliver_unnamed(self, **values):
        """Deliver pieces of which nobody says the lot."""
        picking = self.order.picking_ids.with_user(self.stocker)
        move = picking.move_ids
        move.move_line_ids.unlink()
        self.env["stock.move.line"].with_user(self.stocker).create(
            {
                "move_id": move.id,
                "picking_id": picking.id,
                "product_id": self.lot_product.id,
                "quantity": 3,
                "picked": True,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
                **values,
            }
        )
        self._call(picking, "button_validate")
        return picking

    def test_deliveries_name_their_lots_whatever_their_type_asks_for(self):
        self._start()
        self.warehouse.out_type_id.write(
            {"use_existing_lots": False, "use_create_lots": False}
        )
        for values in ({}, {"lot_name": "L7"}, {"lot_name": "L9"}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(
                    UserError, f"{UNNAMED}|cannot take Paint of lot"
                ),
            ):
                self._deliver_unnamed(**values)
        # neither are they added to a delivery that is done
        picking = self._deliver_unnamed(lot_id=self.other_lot.id)
        self.assertEqual(picking.state, "done")
        move = picking.sudo().move_ids
        with self.assertRaisesRegex(UserError, UNNAMED):
            self._rpc(
                self.stocker,
                "stock.move.line",
                "create",
                [
                    {
                        "move_id": move.id,
                        "picking_id": picking.id,
                        "product_id": self.lot_product.id,
                        "quantity": 1,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                    }
                ],
            )

    def test_others_are_delivered_as_their_type_says(self):
        """Nothing of the product is recalled: numbers are the warehouse's matter."""
        self.warehouse.out_type_id.write(
            {"use_existing_lots": False, "use_create_lots": False}
        )
        self.assertEqual(self._deliver_unnamed().state, "done")

    def test_products_with_recalled_lots_stay_tracked(self):
        keeper = new_test_user(
            self.env, login="recall-product", groups="product.group_product_manager"
        )
        changes = (
            {"tracking": "none"},
            {"tracking": "serial"},
            {"is_storable": False},
            {"type": "service"},
        )
        self._start()
        for vals in changes:
            for record in (self.lot_product.product_tmpl_id, self.lot_product):
                with (
                    self.subTest(vals=vals, model=record._name),
                    self.assertRaisesRegex(UserError, "Lot L7 of Paint was recalled"),
                ):
                    self._rpc(keeper, record._name, "write", record.ids, vals)
        self.assertEqual(self.lot_product.tracking, "lot")
        # what says the same changes nothing
        self._rpc(
            keeper,
            "product.product",
            "write",
            self.lot_product.ids,
            {"tracking": "lot"},
        )
