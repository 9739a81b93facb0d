from odoo import models


class AccountMoveLine(models.Model):
    """Cost of goods by first in, first out, or by lot, where some came back.

    Before the invoice, Odoo takes the mean of all transfers of the order line, those
    that brought goods back as if they had left as well; after it, the mean of the
    invoice, whichever of the goods came back.
    """

    _inherit = "account.move.line"

    def _get_cogs_value(self):
        cost = self._get_reverse_received_cost()
        if cost is None:
            cost = self._get_reverse_net_cost()
        return super()._get_cogs_value() if cost is None else cost

    def _get_reverse_received_cost(self):
        """Unit cost of goods that were credited: what they were taken in at.

        :return: None where the cost does not depend on which goods came back
        """
        self.ensure_one()
        # sudo: the cost does not depend on who posts the credit note
        part = self.sudo().reverse_settlement_line_id.inspection_id
        receipt = part.receipt_move_id
        product = self.product_id
        differs = product.cost_method == "fifo" or (
            product.lot_valuated and product.cost_method == "average"
        )
        quantity = receipt._get_valued_qty() if receipt.is_in and differs else 0.0
        return receipt.value / quantity if quantity else None

    def _get_reverse_net_cost(self):
        """Unit cost of what is with the customer, less what was booked of it before.

        :return: None where Odoo's own answer is right: nothing came back, or the cost
            does not depend on which goods left
        """
        self.ensure_one()
        product, invoice = self.product_id, self.move_id
        if (
            product.cost_method != "fifo"
            or invoice.move_type != "out_invoice"
            or invoice.reversed_entry_id
        ):
            return None
        # sudo: the cost does not depend on who posts the invoice
        moves = self.sudo()._get_stock_moves().filtered(lambda m: m.state == "done")
        back = moves.filtered(lambda m: m.is_in and m.location_id._is_outgoing())
        left = moves - back
        quantity = sum(move._get_valued_qty() for move in left)
        quantity -= sum(move._get_valued_qty() for move in back)
        value = sum(left.mapped("value")) - sum(back.mapped("value"))
        invoiced = self.product_uom_id._compute_quantity(self.quantity, product.uom_id)
        if (
            not back
            or moves.product_id != product
            or product.uom_id.compare(quantity, 0) <= 0
            or product.uom_id.is_zero(invoiced)
        ):
            return None
        before, booked = self._get_reverse_booked_cost()
        return (value / quantity * (before + invoiced) - booked) / invoiced

    def _get_reverse_booked_cost(self):
        """Quantity and cost that documents of the order line booked, less credits."""
        self.ensure_one()
        accounts = self.product_id.product_tmpl_id.get_product_accounts(
            fiscal_pos=self.move_id.fiscal_position_id
        )
        # sudo: as in _get_reverse_net_cost
        documents = self.sudo().sale_line_ids.invoice_lines.move_id
        own = documents.line_ids.filtered(
            lambda line: (
                line.display_type == "cogs"
                and line.account_id == accounts["stock_valuation"]
                and line.cogs_origin_id.sale_line_ids & self.sale_line_ids
            )
        )
        quantity = 0.0
        for line in own:
            sign = -1 if line.move_id.move_type == "out_refund" else 1
            quantity += sign * line.product_uom_id._compute_quantity(
                line.quantity, line.product_id.uom_id
            )
        return quantity, -sum(own.mapped("balance"))
