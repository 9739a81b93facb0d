from odoo import models


class ReverseSettlement(models.Model):
    _inherit = "reverse.settlement"

    def _release_refund(self, bypassed=()):
        res = super()._release_refund(bypassed)
        self.line_ids._book_card_points(1)
        return res

    def _unsettle(self, event):
        # The cards of credits that are gone already were charged then.
        self.line_ids.filtered(lambda line: not line.credit_gone)._book_card_points(-1)
        return super()._unsettle(event)
