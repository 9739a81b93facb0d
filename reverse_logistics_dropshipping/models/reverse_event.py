from odoo import models


class ReverseEvent(models.Model):
    """Title of the event that goods went straight to the supplier."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnSentToSupplier": self.env._("Sent straight to the supplier"),
        }
