from odoo import models


class SaleOrderDiscount(models.TransientModel):
    """Discounts of an order, the cents of which Odoo has shared over its taxes."""

    _inherit = "sale.order.discount"

    def _create_discount_lines(self):
        discount = self.env["sale.order.line"]._amounting(self)
        return super(SaleOrderDiscount, discount)._create_discount_lines()
