from odoo import models


class ReverseSettlement(models.Model):
    """Give cards their points back with a credit, and charge them when it is undone."""

    _inherit = "reverse.settlement"

    def _release_refund(self, bypassed=()):
        res = super()._release_refund(bypassed)
        self.line_ids._book_card_points(1)
        return res

    def _unsettle(self, event):
        # Cards of a credit note that was taken back before were charged then.
        refunds = self.filtered(lambda settlement: settlement.type == "refund")
        lines = refunds.line_ids.filtered(lambda line: not line.credit_gone)
        lines._book_card_points(-1)
        return super()._unsettle(event)
