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
        invoiced = line._get_reverse_invoiced()
        if not invoiced:
            return line.price_reduce_taxexcl, line.currency_id
        quantity = invoiced.product_uom_id._compute_quantity(
            invoiced.quantity, line.product_uom_id, round=False
        )
        return invoiced.price_subtotal / quantity, invoiced.currency_id

    def _get_reverse_tax_factor(self):
        """Give what one of the price before tax is with tax, as last billed."""
        self.ensure_one()
        # sudo: as above
        line = self.sudo()
        billed = line._get_reverse_invoiced() or line
        return billed.price_total / (billed.price_subtotal or 1.0)

    def _get_reverse_invoiced(self):
        """Give the newest posted invoice line of this order line."""
        return self.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and line.quantity > 0
            )
        ).sorted("id")[-1:]
