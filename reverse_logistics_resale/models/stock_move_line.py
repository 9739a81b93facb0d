from odoo import models


class StockMoveLine(models.Model):
    """What regraded goods is not edited afterwards."""

    _inherit = "stock.move.line"

    def _check_reverse_done(self):
        # sudo: whoever edits a transfer need not read returns
        moves = self.sudo().move_id
        moves.filtered("reverse_regrade_id")._refuse_reverse_evidence()
        return super()._check_reverse_done()
