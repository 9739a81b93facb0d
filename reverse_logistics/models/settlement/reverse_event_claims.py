from odoo import models


class ReverseEvent(models.Model):
    """Words for replacements and claims."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "AdvanceProposed": self.env._("Replacement in advance proposed"),
            "ReplacementReleased": self.env._("Replacement released"),
            "ReplacementSent": self.env._("Replacement sent"),
            "ClaimCorrected": self.env._("Shipping error corrected"),
        }
