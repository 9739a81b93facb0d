from odoo import models


class ReverseSettlement(models.Model):
    """Give and take points of cards with a credit, and undo that with it."""

    _inherit = "reverse.settlement"

    def _release_refund(self, bypassed=()):
        res = super()._release_refund(bypassed)
        self.line_ids._book_card_points(1)
        self.line_ids._take_earned_points()
        return res

    def _unsettle(self, event):
        # Cards of a credit note that was taken back before were charged then.
        refunds = self.filtered(lambda settlement: settlement.type == "refund")
        lines = refunds.line_ids.filtered(lambda line: not line.credit_gone)
        lines._book_card_points(-1)
        lines._return_earned_points()
        return super()._unsettle(event)
