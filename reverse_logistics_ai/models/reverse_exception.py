from odoo import models


class ReverseException(models.Model):
    """Exceptions say what waiting costs."""

    _name = "reverse.exception"
    _inherit = ["reverse.exception", "reverse.ai.waiting.mixin"]
