"""Sales from before Odoo, and goods of which nothing is known."""

from odoo import Command, fields

from .common import ReturnsCommon


class SourcesCommon(ReturnsCommon):
    def _historic(self, quantity=4, days=5, **values):
        """A sale of the time before Odoo, imported by the administrator."""
        today = fields.Date.today()
        return (
            self.env["reverse.historic.sale"]
            .with_user(self.users["administrator"])
            .create(
                {
                    "invoice_name": "OLD-1",
                    "date": fields.Date.subtract(today, days=days),
                    "partner_id": self.customer.id,
                    "product_id": self.product.id,
                    "quantity": quantity,
                    "price_unit": 50.0,
                    "cost": 30.0,
                    **values,
                }
            )
            .with_env(self.env)
        )

    def _draft_of(self, sale, quantity=1, **values):
        """Enter a return of a historic sale."""
        return self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {"historic_sale_id": sale.id, "quantity": quantity, **values}
                    )
                ],
            }
        )

    def _requested_of(self, sale, quantity=1, **values):
        rma = self._draft_of(sale, quantity, **values)
        rma.action_request()
        return rma

    @classmethod
    def _unknown(cls, quantity=2, product=None):
        """Request a return of goods that were never sold to this customer."""
        product = product or cls._create_product("Lamp", categ_id=cls.perpetual.id)
        rma = cls._requested(product, quantity)
        assert cls._open_exceptions(rma) == ["no_source"]
        return rma
