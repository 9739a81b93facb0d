from odoo import models


class ReverseEvent(models.Model):
    """Events about models in words."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "CreditsCompared": self.env._("Credits compared"),
            "ModelActivated": self.env._("Model suggests from now on"),
            "ModelRetired": self.env._("Model suggests no longer"),
            "TaskSwitched": self.env._("Suggestions switched"),
        }
