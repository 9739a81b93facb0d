from odoo import models


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "RepairOrdered": self.env._("Repair ordered"),
            "RepairDone": self.env._("Repaired"),
            "RepairCancelled": self.env._("Repair cancelled"),
            "RepairResumed": self.env._("Repair taken up again"),
        }
