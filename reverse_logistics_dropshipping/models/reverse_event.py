from odoo import models


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnSentToSupplier": self.env._("Sent straight to the supplier"),
        }
