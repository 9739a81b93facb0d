from odoo import models
from odoo.fields import Domain


class AccountMove(models.Model):
    """From an invoice to the returns of what it charged, from every other entry to the
    returns that it was made for.
    """

    _name = "account.move"
    _inherit = ["account.move", "reverse.origin.mixin"]

    def _get_reverse_line_domain(self):
        # sudo: which order lines were invoiced, and which goods an entry values
        moves = self.sudo()
        credits = moves.filtered("reverse_rma_id")
        charged = (moves - credits).invoice_line_ids.sale_line_ids
        valued = moves.stock_move_ids.reverse_rma_line_id
        return Domain.OR(
            [
                Domain("sale_line_id", "in", charged.ids),
                Domain("rma_id", "in", credits.reverse_rma_id.ids),
                Domain("id", "in", valued.ids),
            ]
        )

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


class AccountMoveLine(models.Model):
    """From a journal item to the returns behind it."""

    _inherit = "account.move.line"

    def action_view_reverse_rmas(self):
        """Open the returns of these entries, and of what they are reconciled with."""
        self.check_access("read")
        # sudo: which entries belong together; returns are read as the user
        items = self.sudo()
        pairs = items.matched_debit_ids | items.matched_credit_ids
        paired = pairs.debit_move_id | pairs.credit_move_id
        return (items | paired).move_id.with_env(self.env).action_view_reverse_rmas()
