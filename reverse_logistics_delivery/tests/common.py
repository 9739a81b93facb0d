from odoo import Command

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


class CarrierCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shipping = cls.env["product.product"].create(
            {
                "name": "Shipping",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
            }
        )
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Swift Parcels",
                "product_id": cls.shipping.id,
                "fixed_price": 12.0,
                "company_id": cls.company.id,
            }
        )

    def _authorized(self, line, quantity=1, **values):
        rma = self._requested(line, quantity, **values)
        self.assertEqual(rma.state, "authorized")
        return rma
