from odoo import models


class ReverseEvent(models.Model):
    """Events of goods whose sale is not known."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "GoodsTakenIn": self.env._("Taken in as the customer's property"),
            "TitleTaken": self.env._("Goods taken over from the customer"),
        }
