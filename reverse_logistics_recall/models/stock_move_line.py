from odoo import models


class StockMoveLine(models.Model):
    """Nothing recalled leaves by a done transfer that is made another one."""

    _inherit = "stock.move.line"

    def _check_reverse_done(self):
        res = super()._check_reverse_done()
        self.move_id._check_reverse_recalled()
        return res
