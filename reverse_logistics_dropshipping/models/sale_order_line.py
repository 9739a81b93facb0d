from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_reverse_signed_moves(self):
        """What went straight to the supplier came back from the customer as well."""
        # sudo: invoicing need not read the warehouse's documents
        moves = self.sudo().move_ids.filtered(
            lambda m: m.state == "done" and m.to_refund and m.reverse_supplier_line_id
        )
        return super()._get_reverse_signed_moves() + [(move, 1) for move in moves]
