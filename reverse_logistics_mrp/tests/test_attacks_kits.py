"""Kits that carry goods of customers and returns past those who look at them."""

from odoo import Command
from odoo.tests.common import tagged

from odoo.addons.reverse_logistics.tests.goods_common import GoodsCase


@tagged("post_install", "-at_install")
class TestAttacksKits(GoodsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carton = cls._create_product("Carton", is_storable=False)
        cls.line = cls._sell(4)

    @classmethod
    def _make_kit(cls, product=None, part=None, quantity=1):
        """Say by a bill of materials that this is a kit."""
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": (product or cls.carton).product_tmpl_id.id,
                "type": "phantom",
                "company_id": cls.company.id,
                "bom_line_ids": [
                    Command.create(
                        {
                            "product_id": (part or cls.product).id,
                            "product_qty": quantity,
                        }
                    )
                ],
            }
        )

    def _enter_carton(self, source, target, owner=None):
        """Enter one by a written call, past the step in which kits are resolved."""
        places = {"location_id": source.id, "location_dest_id": target.id}
        picking = (
            self.env["stock.picking"]
            .with_user(self.stocker)
            .create(
                {
                    **places,
                    "picking_type_id": self.internal.id,
                    "partner_id": self.customer.id,
                }
            )
        )
        line = {
            **places,
            "picking_id": picking.id,
            "product_id": self.carton.id,
            "quantity": 1,
            "picked": True,
            "owner_id": owner and owner.id,
        }
        move = {
            **places,
            "picking_id": picking.id,
            "product_id": self.carton.id,
            "product_uom_qty": 0,
            "state": "assigned",
            "picked": True,
            "move_line_ids": [Command.create(line)],
        }
        self._rpc(self.stocker, "stock.move", "create", [move])
        return picking

    def test_what_customers_send_comes_in_by_no_kit(self):
        rma = self._requested(self.line, 4)
        self._make_kit()
        for target in (self.stock, self.inspection_location):
            picking = self._enter_carton(self.customers, target)
            with self.subTest(target=target.name):
                self.assertRefused(
                    f"{rma.name}.* waits for Kettle|Carton is a kit",
                    lambda picking=picking: self._call(picking, "button_validate"),
                )
                self.assertEqual(self._lies(target), 96 * (target == self.stock))
        self.assertEqual(rma.line_ids.qty_received, 0)
        # goods that nobody was delivered come in as before
        part = self._create_product("Never sold")
        self._make_kit(self.carton, part).sequence = -1
        self._call(self._enter_carton(self.customers, self.stock), "button_validate")
        self.assertEqual(self._lies(self.stock, part), 1)

    def test_goods_leave_returns_by_no_kit(self):
        rma = self._received(self.line, 2)
        self._make_kit()
        here = self.inspection_location
        for target, owner in (
            (self.customers, self.customer),
            (self.suppliers, self.stranger),
            (self.loss, self.stranger),
            (self.stock, self.stranger),
        ):
            picking = self._enter_carton(here, target, owner)
            with self.subTest(target=target.name):
                self.assertRefused(
                    "Carton is a kit.*Enter the components",
                    lambda picking=picking: self._call(picking, "button_validate"),
                )
                self.assertEqual(self._lies(here), 2)
        self.assertEqual(rma.inspection_ids.mapped("state"), ["draft"])
        # what is entered as a kit is looked at as its components
        self.assertRefused(
            "Kettle lies in .*Inspection, and no inspection has decided",
            lambda: self._call(
                self._open_parts(self.inspection_location, self.suppliers),
                "button_validate",
            ),
        )

    def test_no_kit_takes_a_receipt_back(self):
        """The customer's own goods may leave again; those of another return may not."""
        own = self._requested(self._sell(1), 1)
        own.line_ids._guarded_write({"customer_owned": True})
        owner = own.partner_id.commercial_partner_id
        coming = own.sudo().picking_ids.move_ids
        coming.restrict_partner_id = coming.move_line_ids.owner_id = owner
        self._receive(own)
        laptop = self._create_product("Laptop")
        self._stock(laptop, 10)
        other = self._received(self._sell(2, product=laptop), 2)
        self._make_kit(part=laptop, quantity=2)
        picking = self._enter_carton(self.inspection_location, self.customers, owner)
        move = picking.sudo().move_ids
        self.assertRefused(
            "says that it sends again what came back",
            lambda: self._rpc(
                self.stocker,
                "stock.move",
                "write",
                move.ids,
                {"origin_returned_move_id": coming.id},
            ),
        )
        move.origin_returned_move_id = coming
        self.assertRefused(
            "Carton is a kit", lambda: self._call(picking, "button_validate")
        )
        self.assertEqual(other.inspection_ids.state, "draft")
        self.assertEqual(self._lies(self.inspection_location, laptop), 2)

    def _open_parts(self, source, target):
        """Enter a carton as the screens do; its components are what is moved."""
        places = {"location_id": source.id, "location_dest_id": target.id}
        move = {"product_id": self.carton.id, "product_uom_qty": 1, **places}
        picking = self.env["stock.picking"].with_user(self.stocker)
        picking = picking.create(
            {
                **places,
                "picking_type_id": self.internal.id,
                "move_ids": [Command.create(move)],
            }
        )
        self._call(picking, "action_confirm")
        self.assertEqual(picking.move_ids.product_id, self.product)
        picking.move_ids.write({"quantity": 1, "picked": True})
        return picking

    def test_what_was_approved_becomes_nothing_else(self):
        """A bill comes after the approval: one carton leaves, and no kettle."""
        self._received(self.line, 3)
        picking = self.env["stock.picking"].with_user(self.stocker)
        places = {
            "location_id": self.inspection_location.id,
            "location_dest_id": self.suppliers.id,
        }
        move = {"product_id": self.carton.id, "product_uom_qty": 0, **places}
        picking = picking.create(
            {
                **places,
                "picking_type_id": self.internal.id,
                "move_ids": [Command.create(move)],
            }
        )
        self._call(picking, "action_confirm")
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.move_line_ids.owner_id = self.stranger
        change = self._approve(picking)
        self._make_kit(quantity=3)
        self._call(picking, "button_validate")
        self.assertEqual((picking.state, change.state), ("done", "done"))
        self.assertEqual(picking.move_ids.product_id, self.carton)
        self.assertEqual(self._lies(self.inspection_location), 3)

    def test_an_approved_scrap_order_becomes_nothing_else(self):
        self._received(self.line, 3)
        self.carton.is_storable = True
        self._stock(self.carton, 1, location=self.inspection_location)
        scrap = self.env["stock.scrap"].with_user(self.stocker)
        scrap = scrap.create(
            {
                "product_id": self.carton.id,
                "scrap_qty": 1,
                "location_id": self.inspection_location.id,
            }
        )
        self._call(scrap, "action_reverse_ask_scrap", reason="Torn")
        change = scrap.sudo().reverse_quantity_change_ids
        self._make_kit(quantity=3)
        approval = change.approval_ids.with_user(self.users["approver"])
        self.assertRefused(
            "Carton is a kit", lambda: self._call(approval, "action_approve")
        )
        self.assertEqual(self._lies(self.inspection_location), 3)

    def test_returned_goods_stay_what_they_are(self):
        """The company sells kettles as kits of cups by now: these are kettles."""
        cup = self._create_product("Cup")
        self._stock(cup, 20)
        waits = self._requested(self.line, 1)
        lies = self._received(self.line, 2)
        here, stocked = self._lies(self.inspection_location), self._lies(self.stock)
        self._make_kit(self.product, cup, 2)
        self._receive(waits)
        self.assertEqual(waits.line_ids.qty_received, 1)
        self.assertEqual(self._lies(self.inspection_location), here + 1)
        self._inspect((waits | lies).inspection_ids)
        self.assertEqual((waits | lies).inspection_ids.mapped("disposed"), [True] * 2)
        self.assertEqual(self._lies(self.inspection_location), 0)
        self.assertEqual(self._lies(self.stock), stocked + 3)
        self.assertEqual(self._lies(self.stock, cup), 20)

    def test_returned_goods_are_put_where_none_are_left(self):
        """Odoo has no stock of kits, but of these kettles."""
        lies = self._received(self.line, 2)
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.stock, -self._lies(self.stock)
        )
        self.env["stock.quant"]._unlink_zero_quants()
        self._make_kit(self.product, self._create_product("Cup"), 2)
        self._inspect(lies.inspection_ids)
        self.assertTrue(lies.inspection_ids.disposed)
        self.assertEqual(self._lies(self.stock), 2)

    def test_kits_of_every_day_are_delivered_as_before(self):
        """What is a kit only after it was confirmed goes out as its components."""
        picking = self._new_order((self.carton, 2)).picking_ids
        self._make_kit(quantity=3)
        stocked = self._lies(self.stock)
        picking = picking.with_user(self.stocker)
        picking.move_ids.write({"product_uom_qty": 0})
        picking.move_ids.write({"quantity": 2, "picked": True})
        self._call(picking, "button_validate")
        self.assertEqual(picking.move_ids.product_id, self.product)
        self.assertEqual(self._lies(self.stock), stocked - 6)
