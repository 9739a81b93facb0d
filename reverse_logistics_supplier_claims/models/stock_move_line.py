from odoo import models

from .stock_move import LINKS


class StockMoveLine(models.Model):
    """Done transfers of claims stay as they are."""

    _inherit = "stock.move.line"

    def _check_reverse_done(self):
        res = super()._check_reverse_done()
        # sudo: whoever edits a transfer need not read claims
        moves = self.sudo().move_id
        linked = moves.filtered(lambda move: any(move[name] for name in LINKS))
        linked._refuse_reverse_evidence()
        return res
