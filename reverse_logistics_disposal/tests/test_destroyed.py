"""What the law protects is destroyed by no way round: two transfers, or a done one."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

DESTROYS = "would destroy Kettle, which needs a derogation"


@tagged("post_install", "-at_install")
class TestDestroyed(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loss = cls.company._ensure_reverse_scrap()
        cls.company.reverse_espr = True
        trait = cls.env.ref("reverse_logistics_disposal.trait_destruction")
        cls.product.reverse_trait_ids = [Command.link(trait.id)]
        cls.stocker = new_test_user(
            cls.env, login="destroyer", groups="stock.group_stock_user"
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.shelf = cls.stock.copy({"name": "Shelf"})
        cls.production = cls.product.property_stock_production
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls._stock(cls.product, 9)

    def _transfer(self, source, target, product=None):
        """Move two pieces by hand, as a plain user of the warehouse."""
        places = {"location_id": source.id, "location_dest_id": target.id}
        move = {"product_id": (product or self.product).id, "product_uom_qty": 2}
        picking = (
            self.env["stock.picking"]
            .with_user(self.stocker)
            .create(
                {
                    **places,
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "move_ids": [Command.create({**move, **places})],
                }
            )
        )
        self._call(picking, "action_confirm")
        picking.move_ids.write({"quantity": 2, "picked": True})
        self._call(picking, "button_validate")
        return picking

    def test_from_wherever_it_was_brought_before(self):
        self.assertEqual(self._transfer(self.stock, self.suppliers).state, "done")
        for source, target in (
            (self.stock, self.loss),
            (self.stock, self.production),
            (self.suppliers, self.loss),
            (self.suppliers, self.production),
            (self.production, self.loss),
            (self.customers, self.loss),
        ):
            with (
                self.subTest(source=source.name, target=target.name),
                self.assertRaisesRegex(UserError, DESTROYS),
            ):
                self._transfer(source, target)
        # what nobody protects is used up, and thrown away, as ever
        other = self._create_product("Box")
        self._stock(other, 4)
        for goal in (self.production, self.loss):
            self.assertEqual(self._transfer(self.stock, goal, other).state, "done")

    def test_nor_by_a_transfer_that_was_done(self):
        done = self._transfer(self.stock, self.shelf)
        move = done.sudo().move_ids
        line = move.move_line_ids
        for goal in (self.loss, self.production):
            with self.assertRaisesRegex(UserError, DESTROYS):
                self._rpc(
                    self.stocker,
                    line._name,
                    "write",
                    line.ids,
                    {"location_dest_id": goal.id},
                )
            for link in ({}, {"move_id": move.id}):
                vals = {
                    **link,
                    "picking_id": done.id,
                    "product_id": self.product.id,
                    "quantity": 2,
                    "location_id": self.stock.id,
                    "location_dest_id": goal.id,
                }
                with (
                    self.subTest(goal=goal.name, link=link),
                    self.assertRaisesRegex(UserError, DESTROYS),
                ):
                    self._rpc(self.stocker, line._name, "create", [vals])
        self.assertEqual(line.location_dest_id, self.shelf)

    def test_what_is_built_into_something_is_not_destroyed(self):
        """Orders that make or repair something say so of their moves."""
        vals = {"product_id": self.product.id, "product_uom_qty": 1}
        moves = self.env["stock.move"].create(
            [
                {**vals, "location_id": source.id, "location_dest_id": target.id}
                for source, target in (
                    (self.stock, self.production),
                    (self.production, self.loss),
                    (self.stock, self.loss),
                )
            ]
        )
        self.patch(type(moves), "_is_reverse_made", lambda move: True)
        self.assertEqual(
            [move._is_reverse_destroying() for move in moves], [False, False, True]
        )
        # a transfer by hand that names such an order is none of its moves
        with self.assertRaisesRegex(UserError, DESTROYS):
            self._transfer(self.stock, self.production)
