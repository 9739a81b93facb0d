from odoo import api, models
from odoo.exceptions import UserError


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "done")._check_reverse_done()
        return lines

    def write(self, vals):
        changes = {"quantity", "product_uom_id", "lot_id", "lot_name"} & set(vals)
        done = (
            self.filtered(lambda line: line.state == "done")
            if changes
            else self.browse()
        )
        res = super().write(vals)
        done._check_reverse_done()
        return res

    def _check_reverse_done(self):
        """Odoo lets done transfers be edited; receipts of returns are corrected
        instead.
        """
        moves = self.move_id
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
        receipts = moves.filtered(lambda move: move._is_reverse_receipt())
        claimed = moves.filtered(
            lambda move: move.reverse_line_ids or move.returned_move_ids
        )
        (receipts.origin_returned_move_id | claimed)._check_over_return()
