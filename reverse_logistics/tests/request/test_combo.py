"""Combos: components come back at what each of them was invoiced for."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestCombo(ReturnsCommon):
    """A breakfast set for 90: kettle (100 alone) and toaster (50 alone)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.toaster = cls._create_product(
            "Toaster", list_price=50, categ_id=cls.perpetual.id
        )
        cls._buy(cls.toaster, 100, 20.0)
        combos = cls.env["product.combo"].create(
            [
                {
                    "name": product.name,
                    "combo_item_ids": [Command.create({"product_id": product.id})],
                }
                for product in (cls.product, cls.toaster)
            ]
        )
        cls.set = cls.env["product.product"].create(
            {
                "name": "Breakfast Set",
                "type": "combo",
                "list_price": 90.0,
                "taxes_id": [Command.clear()],
                "combo_ids": [Command.set(combos.ids)],
            }
        )
        cls.sold = cls._sell_sets()

    @classmethod
    def _sell_sets(cls, quantity=2):
        """Sell, deliver and invoice sets; give the order's lines: set, then goods."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {"product_id": cls.set.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        header = order.order_line
        order.order_line = [
            Command.create(
                {
                    "product_id": combo.combo_item_ids.product_id.id,
                    "product_uom_qty": quantity,
                    "combo_item_id": combo.combo_item_ids.id,
                    "linked_line_id": header.id,
                }
            )
            for combo in cls.set.combo_ids
        ]
        order.action_confirm()
        cls._deliver(order)
        cls._invoice(order)
        return header, *(order.order_line - header)

    def test_price_lies_on_the_components(self):
        header, kettle, toaster = self.sold
        self.assertEqual(header.price_unit, 0)
        self.assertEqual((kettle.price_unit, toaster.price_unit), (60, 30))

    def test_one_component(self):
        _header, _kettle, toaster = self.sold
        rma = self._return(toaster, 1)
        self.assertEqual(rma.line_ids.product_id, self.toaster)
        self.assertAmounts(rma.credit_note_ids, 30)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -20)
        self.assertLine(toaster, 1, 1, 0)

    def test_whole_combo_is_all_components(self):
        header, kettle, toaster = self.sold
        rma = header.order_id.with_user(self.users["service"])._create_rmas({header: 1})
        self.assertEqual(rma.line_ids.sale_line_id, kettle | toaster)
        self.assertEqual(rma.line_ids.mapped("quantity"), [1, 1])
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 90)
        self.assertLine(kettle, 1, 1, 0)
        self.assertLine(toaster, 1, 1, 0)

    def test_combo_named_in_the_interface(self):
        header, kettle, toaster = self.sold
        rma = self._draft(header, 2)
        self.assertEqual(rma.line_ids.product_id, self.product | self.toaster)
        self.assertEqual(rma.line_ids.mapped("quantity"), [2, 2])

    def test_no_more_components_than_were_sold(self):
        header, kettle, toaster = self.sold
        self._requested(toaster, 1)
        with self.assertRaisesRegex(
            UserError, "only 1 unit of Toaster can be returned; you entered 2"
        ):
            self._requested(header, 2)
        self.assertEqual(self._requested(header, 1).state, "authorized")

    def test_the_combo_itself_is_no_goods(self):
        header, kettle, _toaster = self.sold
        rma = self._draft(kettle)
        with self.assertRaisesRegex(
            UserError, "Breakfast Set is a combo: return what .* Kettle, Toaster"
        ):
            rma.line_ids = [Command.create({"sale_line_id": header.id, "quantity": 1})]
        with self.assertRaisesRegex(UserError, "combo: return .* product by product"):
            self._draft(self.set)

    def test_wizard_offers_the_components_only(self):
        header, kettle, toaster = self.sold
        wizard = (
            self.env["reverse.return.wizard"]
            .with_user(self.users["service"])
            .create({"order_id": header.order_id.id})
        )
        self.assertEqual(wizard.line_ids.sale_line_id, kettle | toaster)
        self.assertEqual(wizard.line_ids.mapped("returnable"), [2, 2])
