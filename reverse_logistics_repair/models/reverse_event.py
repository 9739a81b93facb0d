from odoo import models


class ReverseEvent(models.Model):
    """Titles of the events about repairs."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "RepairOrdered": self.env._("Repair ordered"),
            "RepairDone": self.env._("Repaired"),
            "RepairCancelled": self.env._("Repair cancelled"),
            "RepairQuotationAccepted": self.env._("Quotation of the repair accepted"),
            "RepairQuotationRefused": self.env._("Quotation of the repair refused"),
            "RepairResumed": self.env._("Repair taken up again"),
        }
