from odoo import models


class SaleOrderLine(models.Model):
    """What the customer paid, for those who ask which goods come back."""

    _inherit = "sale.order.line"

    def _get_reverse_price(self):
        """Give price and currency of one unit, before tax and after discount.

        Of the newest posted invoice; what is not invoiced yet counts as ordered.
        """
        self.ensure_one()
        # sudo: the price of the customer's own goods
        line = self.sudo()
        invoiced = line.invoice_lines.filtered(
            lambda aml: (
                aml.parent_state == "posted"
                and aml.move_id.move_type == "out_invoice"
                and aml.quantity > 0
            )
        ).sorted("id")[-1:]
        if not invoiced:
            return line.price_reduce_taxexcl, line.currency_id
        quantity = invoiced.product_uom_id._compute_quantity(
            invoiced.quantity, line.product_uom_id, round=False
        )
        return invoiced.price_subtotal / quantity, invoiced.currency_id
