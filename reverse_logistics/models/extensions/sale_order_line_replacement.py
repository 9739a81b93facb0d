from collections import defaultdict

from odoo import api, models

from ...engine import transitions


class SaleOrderLine(models.Model):
    """Nobody pays for a replacement, unless what it replaces does not come back."""

    _inherit = "sale.order.line"

    @api.depends(
        "move_ids.reverse_settlement_line_id",
        "reverse_line_ids.qty_received",
        "reverse_line_ids.qty_closed_short",
        "reverse_line_ids.state",
    )
    def _compute_qty_to_invoice(self):
        return super()._compute_qty_to_invoice()

    def _compute_invoice_status(self):
        res = super()._compute_invoice_status()
        for line in self.filtered(lambda r: r.invoice_status == "upselling"):
            lent = line._get_reverse_lent()
            more = line.qty_delivered - lent - line.product_uom_qty
            if lent and line.product_uom_id.compare(more, 0) <= 0:
                line.invoice_status = "invoiced"
        return res

    def _get_reverse_lent(self):
        """Quantity sent in advance of goods that are still to come back."""
        self.ensure_one()
        lent = defaultdict(float)
        # sudo: invoicing need not read the warehouse's documents
        for move in self.sudo().move_ids:
            source = move.reverse_settlement_line_id
            if source and move.state == "done" and source._is_in_advance():
                lent[source.rma_line_id] += self._to_reverse_quantity(move)
        return sum(
            max(quantity - line._to_order_quantity(line._get_ended_quantity()), 0.0)
            for line, quantity in lent.items()
            if line.state in transitions.LIVE
        )


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_ended_quantity(self):
        """What came in, or is not waited for any more."""
        self.ensure_one()
        return self.qty_received + self.qty_closed_short
