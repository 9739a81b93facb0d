"""Goods that the law protects, destroyed as components of a kit."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

OWN = "reverse_logistics_disposal"


@tagged("post_install", "-at_install")
class TestKitsDestroyed(ReturnsCommon):
    def test_components_of_a_kit_need_a_derogation(self):
        """Whoever the scrap order says owns them: they are taken from ours."""
        self.company.reverse_espr = True
        trait = self.env.ref(f"{OWN}.trait_destruction")
        self.product.reverse_trait_ids = [Command.link(trait.id)]
        kit = self._create_product("Carton", is_storable=False)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": self.product.id, "product_qty": 3})
                ],
            }
        )
        stocker = new_test_user(self.env, login="kits", groups="stock.group_stock_user")
        scrap = self.env["stock.scrap"].with_user(stocker)
        scrap = scrap.create(
            {
                "product_id": kit.id,
                "scrap_qty": 2,
                "location_id": self.warehouse.lot_stock_id.id,
                "owner_id": self.customer.id,
            }
        )
        self.assertTrue(scrap.reverse_needs_derogation)
        picking = self._enter_transfer(kit, scrap.scrap_location_id, stocker)
        with self.assertRaisesRegex(UserError, "would destroy Kettle"):
            self._call(picking, "button_validate")
        with self.assertRaisesRegex(UserError, "may neither be destroyed"):
            self._call(scrap, "do_scrap")
        damage = self.env.ref(f"{OWN}.derogation_damage")
        self._call(scrap, "write", {"reverse_derogation_id": damage.id})
        self.env["ir.attachment"].create(
            {
                "name": "proof.txt",
                "raw": b"torn",
                "res_model": scrap._name,
                "res_id": scrap.id,
            }
        )
        self._call(scrap, "do_scrap")
        self.assertEqual(scrap.state, "done")
        paper = self.env["reverse.disposal"].search([("scrap_id", "=", scrap.id)])
        line = paper.line_ids
        self.assertEqual(
            (line.product_id, line.quantity, line.derogation_id),
            (self.product, 6, damage),
        )

    def _enter_transfer(self, product, place, user):
        """Enter one to this place, by which Odoo has not resolved a kit yet."""
        places = {
            "location_id": self.warehouse.lot_stock_id.id,
            "location_dest_id": place.id,
        }
        move = {
            **places,
            "product_id": product.id,
            "state": "assigned",
            "quantity": 1,
            "picked": True,
        }
        return (
            self.env["stock.picking"]
            .with_user(user)
            .create(
                {
                    **places,
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "move_ids": [Command.create(move)],
                }
            )
        )
