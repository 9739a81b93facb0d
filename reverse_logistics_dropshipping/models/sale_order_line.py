from odoo import models


class SaleOrderLine(models.Model):
    """Count goods that went back to their supplier as returned."""

    _inherit = "sale.order.line"

    def _get_reverse_signed_moves(self):
        """Add transfers to the supplier: their goods left the customer as well."""
        # sudo: whoever invoices need not have access to transfers
        moves = self.sudo().move_ids.filtered(
            lambda m: m.state == "done" and m.to_refund and m.reverse_supplier_line_id
        )
        return super()._get_reverse_signed_moves() + [(move, 1) for move in moves]
