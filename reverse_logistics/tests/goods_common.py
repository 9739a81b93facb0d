"""Goods in returns, and plain people of the warehouse who move them by hand."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from .common import ReturnsCommon

#: Keys with which a client would like to switch something off.
KEYS = {
    "_force_unlink": True,
    "force_delete": True,
    "inventory_mode": True,
    "is_scrap": True,
    "reverse_workflow": True,
    "skip_uom_conversion": True,
    "do_not_check_quant": True,
}


class GoodsCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stocker, cls.manager = (
            new_test_user(cls.env, login=f"goods-{role}", groups=f"stock.group_{role}")
            for role in ("stock_user", "stock_manager")
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.internal = cls.warehouse.int_type_id
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.loss = cls.product.property_stock_inventory
        cls.production = cls.product.property_stock_production
        cls.places = {
            place.reverse_state: place
            for place in cls.facility.location_ids
            if place.reverse_state
        }
        cls.loose = cls.env["stock.location"].create(
            {"name": "Loose", "company_id": cls.company.id}
        )

    @classmethod
    def _open_transfer(cls, source, target, quantity=1, user=None, **values):
        """Enter a transfer by hand, as a plain user of the warehouse."""
        places = {"location_id": source.id, "location_dest_id": target.id}
        move = {"product_id": cls.product.id, "product_uom_qty": quantity, **places}
        picking = (
            cls.env["stock.picking"]
            .with_user(user or cls.stocker)
            .create(
                {
                    **places,
                    "picking_type_id": cls.internal.id,
                    "move_ids": [Command.create(move)],
                    **values,
                }
            )
        )
        cls._call(picking, "action_confirm")
        picking.move_ids.write({"quantity": quantity, "picked": True})
        return picking

    @classmethod
    def _transfer(cls, *args, **values):
        """The same, and do it."""
        picking = cls._open_transfer(*args, **values)
        cls._call(picking, "button_validate")
        assert picking.state == "done"
        return cls.env["stock.picking"].browse(picking.id)

    def _approve(self, picking):
        """Let somebody else approve what a transfer does to goods of returns."""
        self._call(picking, "action_reverse_ask_quantity", reason="As agreed")
        change = picking.sudo().move_ids.reverse_quantity_change_id
        self._call(
            change.approval_ids.with_user(self.users["approver"]), "action_approve"
        )
        self.assertEqual(change.state, "permitted")
        return change

    def _lies(self, place, product=None):
        """How many pieces lie in a place, shelves included."""
        self.env.flush_all()
        self.env.invalidate_all()
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", (product or self.product).id),
                ("location_id", "child_of", place.id),
            ]
        )
        return sum(quants.mapped("quantity"))

    def assertRefused(self, regex, call):
        """Whoever calls gets a sentence, and nothing is kept."""
        with self.assertRaisesRegex((UserError, AccessError), regex):
            call()
