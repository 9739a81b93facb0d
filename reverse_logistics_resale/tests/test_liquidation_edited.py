"""A delivery of a lot that is done takes no more than the lot sells."""

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from .common import ResaleCommon


@tagged("post_install", "-at_install")
class TestLiquidationEdited(ResaleCommon):
    def test_nothing_more_leaves_by_a_delivery_that_is_done(self):
        stocker = new_test_user(self.env, login="lots", groups="stock.group_stock_user")
        self._decide(self._back(self.product, self.toaster), "LIQUIDATE", "D")
        lot = self._as("service", self.env["reverse.liquidation"]).create(
            {"partner_id": self.stranger.id, "price": 50.0}
        )
        self._call(lot, "action_take_waiting")
        self._call(lot, "action_confirm")
        extra = self._back(self.product)
        self._decide(extra, "LIQUIDATE", "D")
        picking = lot.sudo().order_id.picking_ids
        move = picking.move_ids.filtered(lambda m: m.product_id == self.product)
        picking.move_ids.picked = False
        move.picked = True
        delivery = picking.with_user(stocker).with_context(skip_backorder=True)
        self._call(delivery, "button_validate")
        self.assertEqual((move.state, lot.state), ("done", "confirmed"))
        line = move.move_line_ids
        place = line.location_id
        with self.assertRaisesRegex(UserError, "delivers the liquidation lot"):
            self._rpc(stocker, line._name, "write", line.ids, {"quantity": 4})
        vals = {
            "move_id": move.id,
            "picking_id": move.picking_id.id,
            "product_id": self.product.id,
            "quantity": 2,
            "location_id": place.id,
            "location_dest_id": move.location_dest_id.id,
        }
        with self.assertRaisesRegex(UserError, "delivers the liquidation lot"):
            self._rpc(stocker, line._name, "create", [vals])
        self.env.invalidate_all()
        self.assertEqual(move.quantity, 2)
        self.assertFalse(extra.sudo().goods_gone)
