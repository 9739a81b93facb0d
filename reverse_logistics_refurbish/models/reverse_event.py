from odoo import models


class ReverseEvent(models.Model):
    """Titles of the events about goods with vendors that refurbish them."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "RefurbishingOrdered": self.env._("Sent for refurbishing to a vendor"),
            "RefurbishingMoved": self.env._("On the way to the vendor, or back"),
        }
