from odoo import models


class ReverseRmaLine(models.Model):
    """What a line is worth to the customer, before anything is decided about it."""

    _inherit = "reverse.rma.line"

    def _get_values_at_stake(self):
        """Give the net value of each line, in the currency of its company.

        At the price paid; of goods without a known sale, at the list price.

        :rtype: dict[reverse.rma.line, float]
        """
        # sudo: the price of goods that the reader sees anyway
        lines = self.sudo().with_prefetch()
        return {
            line: paid.company_id.currency_id.round(paid._get_value_at_stake())
            for line, paid in zip(self, lines, strict=True)
        }

    def _get_value_at_stake(self):
        order_line = self.sale_line_id or self.move_id.sale_line_id
        if not order_line:
            product, sale = self.product_id, self.historic_sale_id
            price = sale._get_unit_price() if sale else product.lst_price
            return price * self._to_unit(product.uom_id)
        order = order_line.order_id
        price = order_line.price_reduce_taxexcl
        if order.currency_id != self.company_id.currency_id:
            # the rate of the order's own day
            price /= order.currency_rate or 1.0
        return price * self._to_unit(order_line.product_uom_id)

    def _to_unit(self, unit):
        if not self.uom_id._has_common_reference(unit):
            return self.quantity
        return self.uom_id._compute_quantity(self.quantity, unit, round=False)
