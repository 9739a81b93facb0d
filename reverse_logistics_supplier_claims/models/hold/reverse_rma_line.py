from odoo import models


class ReverseRmaLine(models.Model):
    """Goods that nobody sends to a supplier on hold are routed to us."""

    _inherit = "reverse.rma.line"

    def _decide(self, versions):
        self.rma_id._keep_from_held()
        return super()._decide(versions)
