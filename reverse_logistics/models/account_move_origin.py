from odoo import models


class AccountMove(models.Model):
    """From an invoice to the returns of what it charged."""

    _name = "account.move"
    _inherit = ["account.move", "reverse.origin.mixin"]

    def _get_reverse_line_domain(self):
        # sudo: which order lines were invoiced
        lines = self.sudo().invoice_line_ids.sale_line_ids
        return [("sale_line_id", "in", lines.ids)]

    def _compute_reverse_rma_count(self):
        lines = self.env["reverse.rma.line"]
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        (self - invoices).reverse_rma_count = 0
        rmas = {}
        if invoices and lines.has_access("read"):
            rmas = dict(
                lines._read_group(
                    invoices._get_reverse_line_domain(),
                    ["sale_line_id"],
                    ["rma_id:array_agg"],
                )
            )
        for invoice in invoices:
            # sudo: as above
            sale_lines = invoice.sudo().invoice_line_ids.sale_line_ids
            invoice.reverse_rma_count = len(
                {rma for line in sale_lines for rma in rmas.get(line, ())}
            )
