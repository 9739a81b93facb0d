from odoo import models


class ReverseEvent(models.Model):
    """Titles of the events about return labels, pick-ups and scans."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnLabelRequested": self.env._("Return label asked for"),
            "ReturnLabelMade": self.env._("Return label made"),
            "ReturnLabelFailed": self.env._("Return label not made"),
            "ReturnLabelCancelled": self.env._("Return label cancelled, unused"),
            "PickupChosen": self.env._("Day of the pick-up chosen"),
            "ParcelScanned": self.env._("Scanned by the carrier"),
        }
