from odoo import models


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnLabelRequested": self.env._("Return label asked for"),
            "ReturnLabelMade": self.env._("Return label made"),
            "ReturnLabelFailed": self.env._("Return label not made"),
        }
