from odoo import Command

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


class DropshipCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.supplier = cls.env["res.partner"].create({"name": "Cobalt Works"})
        cls.lamp = cls._create_dropped("Lamp")
        cls.dropship_type = cls.env["stock.picking.type"].search(
            [("code", "=", "dropship"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.direct = cls.env.ref("reverse_logistics_dropshipping.disposition_direct")

    @classmethod
    def _create_dropped(cls, name, **values):
        route = cls.env.ref("stock_dropshipping.route_drop_shipping")
        return cls._create_product(
            name,
            categ_id=cls.perpetual.id,
            standard_price=0.0,
            route_ids=[Command.link(route.id)],
            supplier_taxes_id=[Command.clear()],
            seller_ids=[Command.create({"partner_id": cls.supplier.id, "price": 30.0})],
            **values,
        )

    @classmethod
    def _dropship(cls, quantity=5, bill=True, product=None):
        """Sell goods that the supplier ships; give the order line."""
        order = cls._new_order((product or cls.lamp, quantity, {"price_unit": 100.0}))
        purchase = order._get_purchase_orders()
        purchase.button_confirm()
        picking = purchase.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        assert picking.state == "done" and picking.is_dropship
        if bill:
            purchase.action_create_invoice()
            purchase.invoice_ids.invoice_date = purchase.date_order
            purchase.invoice_ids.action_post()
        cls._invoice(order)
        return order.order_line

    def _direct(self, line, quantity=2, **values):
        """Authorize a return that goes straight to the supplier."""
        rma = self._requested(line, quantity, return_to="supplier", **values)
        self.assertEqual(rma.state, "authorized")
        return rma

    def _send(self, rma, quantity=None):
        """Validate the transfer to the supplier; give the part to complete."""
        picking = rma.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        self._validate(self._as("receiver", picking), quantity)
        self.assertEqual(picking.state, "done")
        return rma.inspection_ids.filtered(lambda part: part.state == "draft")

    def assertPurchase(self, line, received):
        purchase = line.purchase_line_ids
        purchase.invalidate_recordset()
        self.assertEqual(purchase.qty_received, received)

    def _value(self, product=None):
        product = (product or self.lamp).with_company(self.company)
        product.invalidate_recordset()
        return product.total_value
