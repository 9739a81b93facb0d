from odoo import models


class ReverseInspection(models.Model):
    """Parts to inspect say what waiting costs."""

    _name = "reverse.inspection"
    _inherit = ["reverse.inspection", "reverse.ai.waiting.mixin"]
