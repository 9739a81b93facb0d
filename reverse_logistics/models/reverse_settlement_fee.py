from odoo import models


class ReverseSettlement(models.Model):
    """Fees are charged when the credit is released, and taken back with it."""

    _inherit = "reverse.settlement"

    def _release_refund(self, bypassed=()):
        res = super()._release_refund(bypassed)
        self.line_ids._bill_fees()
        return res

    def _unsettle(self, event):
        self.line_ids._take_back_fees()
        return super()._unsettle(event)
