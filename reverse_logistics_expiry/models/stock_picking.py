from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _check_expired_lots(self):
        """Expired goods come in and go back without a question: that is what they are
        returned for, and inspection decides what becomes of them.
        """
        return super(
            StockPicking, self.filtered(lambda p: not p.reverse_rma_id)
        )._check_expired_lots()
