from odoo import models


class ReverseEvent(models.Model):
    """Words for the events of recalled goods."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "RecallAnswered": self.env._("The customer's answer to a recall was noted"),
            "RecallStarted": self.env._("Recall started"),
            "RecallClosed": self.env._("Recall closed"),
            "RecallReopened": self.env._("Recall opened again"),
            "RecallCancelAsked": self.env._("Asked to take a recall back"),
            "RecallCancelled": self.env._("Recall taken back"),
            "RecallStockReleased": self.env._("Stock of recalled products let go"),
        }
