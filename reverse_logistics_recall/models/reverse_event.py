from odoo import models


class ReverseEvent(models.Model):
    """Words for the events of recalled goods."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "RecallAnswered": self.env._("The customer's answer to a recall was noted"),
        }
