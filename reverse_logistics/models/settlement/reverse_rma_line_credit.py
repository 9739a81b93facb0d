from odoo import models


class ReverseRmaLine(models.Model):
    """What a line is credited from: the invoices of its order line, unless extended."""

    _inherit = "reverse.rma.line"

    def _get_credit_ledger(self):
        """What was invoiced of these lines' sources, and what is left to credit of it.

        :rtype: engine.settlement.Ledger
        """
        return self.sale_line_id._get_credit_ledger()

    def _get_value_origins(self):
        """Invoice lines that an amount without goods may be credited from: those of
        these goods, then whatever was billed with them, such as freight.
        """
        own = self._get_invoice_lines()
        invoices = own.move_id | own.sale_line_ids.order_id.invoice_ids
        more = invoices.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
                and not line.is_downpayment
                and line.price_subtotal > 0
            )
        )
        return own | more

    def _find_value_origin(self):
        """Give the invoice line that an amount without goods is credited from: that of
        the goods while anything of it is left, else what has most left.
        """
        own, origins = self._get_invoice_lines(), self._get_value_origins()
        left = origins._get_reverse_uncredited()
        first = own.filtered(
            lambda line: line.currency_id.compare_amounts(left[line], 0) > 0
        )
        most = max(origins, key=lambda line: left[line], default=origins)
        return first[:1] or most

    def _lacks_invoice(self):
        """Whether inspected goods of this line wait for an invoice to be credited."""
        self.ensure_one()
        # sudo: what was proposed, for whoever takes the step
        parts = self.sudo().inspection_ids.filtered(
            lambda part: (
                part.state == "done" and part._is_creditable() and not part.denied
            )
        )
        return any(
            part.uom_id.compare(
                part.quantity,
                sum(part._get_live_settlement_lines().mapped("quantity")),
            )
            > 0
            for part in parts
        )

    def _get_credit_currency(self):
        self.ensure_one()
        return self.sudo().sale_line_id.currency_id  # sudo: currency only

    def _to_order_quantity(self, quantity):
        """Give a quantity of this line in its order line's unit, as fine as it is.

        What is sold as a part of something else counts as that part of it.
        """
        self.ensure_one()
        # sudo: the unit only
        order_uom = self.sudo().sale_line_id.product_uom_id
        return self.uom_id._compute_quantity(quantity, order_uom, round=False)
