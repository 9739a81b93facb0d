"""Moves of orders that make something, or take it apart, say so."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestMade(ReturnsCommon):
    def test_what_is_made_of_something_is_no_loss(self):
        stock = self.warehouse.lot_stock_id
        kettle, handle = self._create_product("Steel Kettle"), self.product
        self._stock(handle, 4)
        bill = self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kettle.product_tmpl_id.id,
                "bom_line_ids": [
                    Command.create({"product_id": handle.id, "product_qty": 2})
                ],
            }
        )
        order = self.env["mrp.production"].create(
            {"product_id": kettle.id, "product_qty": 1, "bom_id": bill.id}
        )
        order.action_confirm()
        order.qty_producing = 1
        order.move_raw_ids.write({"quantity": 2, "picked": True})
        order.button_mark_done()
        self.assertEqual(order.state, "done")
        made = order.move_raw_ids | order.move_finished_ids
        apart = self.env["mrp.unbuild"].create(
            {"mo_id": order.id, "product_id": kettle.id, "product_qty": 1}
        )
        apart.action_validate()
        made |= apart.consume_line_ids | apart.produce_line_ids
        self.assertEqual(len(made), 4)
        for move in made:
            with self.subTest(move=move.display_name):
                self.assertTrue(move._is_reverse_made())
        plain = self.env["stock.move"].create(
            {
                "product_id": handle.id,
                "product_uom_qty": 1,
                "location_id": stock.id,
                "location_dest_id": handle.property_stock_production.id,
            }
        )
        self.assertFalse(plain._is_reverse_made())
