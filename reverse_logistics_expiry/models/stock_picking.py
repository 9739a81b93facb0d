from odoo import models


class StockPicking(models.Model):
    """Ask no questions about expired goods in returns."""

    _inherit = "stock.picking"

    def _check_expired_lots(self):
        """Leave transfers of returns out of Odoo's question about expired goods.

        Expiry is a usual reason for a return, and the inspection decides what becomes
        of it.
        """
        return super(
            StockPicking, self.filtered(lambda p: not p.reverse_rma_id)
        )._check_expired_lots()
