from odoo import api, models
from odoo.exceptions import UserError

# What Odoo lets be edited on a done transfer, and moves the goods accordingly.
_RESHAPING = {
    "quantity",
    "product_uom_id",
    "lot_id",
    "lot_name",
    "location_id",
    "location_dest_id",
    "owner_id",
    "quant_id",
}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "done")._check_reverse_done()
        return lines

    def write(self, vals):
        done = (
            self.filtered(lambda line: line.state == "done")
            if _RESHAPING & set(vals)
            else self.browse()
        )
        res = super().write(vals)
        done._check_reverse_done()
        return res

    def _check_reverse_done(self):
        """Odoo lets done transfers be edited; receipts of returns are corrected
        instead.
        """
        # sudo: whoever edits a transfer need not read returns
        moves = self.sudo().move_id
        for move in moves:
            if move.reverse_rma_line_id and move._is_reverse_receipt():
                raise UserError(
                    self.env._(
                        "%(transfer)s has received goods of %(rma)s and can no longer "
                        "be "
                        "changed.",
                        transfer=move.picking_id.name,
                        rma=move.reverse_rma_line_id.rma_id.display_name,
                    )
                )
            if move.reverse_correction:
                raise UserError(
                    self.env._(
                        "%(transfer)s corrects a shipping error and can no longer be "
                        "changed.",
                        transfer=move.reference,
                    )
                )
            if move.reverse_settlement_line_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s has sent a replacement for %(rma)s and can no "
                        "longer be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=move.reverse_settlement_line_id.rma_id.display_name,
                    )
                )
            if move.reverse_inspection_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s has moved inspected goods of %(rma)s and can no "
                        "longer be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=move.reverse_inspection_id.rma_id.display_name,
                    )
                )
        moves._check_reverse_shortcut()
        receipts = moves.filtered(lambda move: move._is_reverse_receipt())
        receipts._check_reverse_destination()
        claimed = moves.filtered(
            lambda move: move.reverse_line_ids or move.returned_move_ids
        )
        (receipts.origin_returned_move_id | claimed)._check_over_return()
