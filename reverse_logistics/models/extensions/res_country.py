from odoo import models


class ResCountry(models.Model):
    """Countries that rules of returns name cannot be deleted."""

    _name = "res.country"
    _inherit = ["res.country", "reverse.rule.named.mixin"]
