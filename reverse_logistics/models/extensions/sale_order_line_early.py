from odoo import api, models


class SaleOrderLine(models.Model):
    """What is credited before it is back is not billed as if it had stayed sold."""

    _inherit = "sale.order.line"

    @api.depends("reverse_line_ids.qty_early", "reverse_line_ids.qty_billed_again")
    def _compute_qty_to_invoice(self):
        return super()._compute_qty_to_invoice()

    def _get_reverse_lent(self):
        # sudo: invoicing need not read returns
        lines = self.sudo().reverse_line_ids.filtered("qty_early")
        return super()._get_reverse_lent() + sum(
            line._to_order_quantity(line._get_lent_quantity()) for line in lines
        )

    def _book_proposals(self, lines):
        """Proposals lower what is owed as soon as their goods are back, not before."""
        proposed = super()._book_proposals(lines)
        # sudo: proposals of every user count
        for line in self.sudo().reverse_line_ids:
            waiting = line._get_early_lines().filtered(
                lambda r: r.kind == "goods" and r.state != "released"
            )
            if waiting:
                whole = sum(waiting.mapped("quantity"))
                missing = max(whole - max(line._get_back_quantity(), 0.0), 0.0)
                order_line = line.sale_line_id
                proposed[order_line.id] -= line._to_order_quantity(missing)
        return proposed
