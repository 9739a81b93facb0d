"""Protected goods are built into what is made or repaired, by those orders alone."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestBuiltIn(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._ensure_reverse_scrap()
        cls.company.reverse_espr = True
        trait = cls.env.ref("reverse_logistics_disposal.trait_destruction")
        cls.product.reverse_trait_ids = [Command.link(trait.id)]
        cls._stock(cls.product, 6)
        cls.made = cls._create_product("Set")

    def test_an_order_makes_something_of_them(self):
        bill = self.env["mrp.bom"].create(
            {
                "product_tmpl_id": self.made.product_tmpl_id.id,
                "bom_line_ids": [
                    Command.create({"product_id": self.product.id, "product_qty": 2})
                ],
            }
        )
        order = self.env["mrp.production"].create(
            {"product_id": self.made.id, "product_qty": 1, "bom_id": bill.id}
        )
        order.action_confirm()
        order.qty_producing = 1
        order.move_raw_ids.write({"quantity": 2, "picked": True})
        order.button_mark_done()
        self.assertEqual(order.state, "done")

    def test_a_repair_takes_one_in_and_another_out(self):
        self._stock(self.made, 1)
        repair = self.env["repair.order"].create(
            {
                "product_id": self.made.id,
                "picking_type_id": self.warehouse.repair_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "repair_line_type": kind,
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                        }
                    )
                    for kind in ("add", "remove")
                ],
            }
        )
        repair.action_validate()
        repair.action_repair_start()
        repair.move_ids.quantity = 1
        repair.action_repair_end()
        self.assertEqual(repair.state, "done")
