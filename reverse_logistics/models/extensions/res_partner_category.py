from odoo import models


class ResPartnerCategory(models.Model):
    """Tags that rules of returns name cannot be deleted."""

    _name = "res.partner.category"
    _inherit = ["res.partner.category", "reverse.rule.named.mixin"]
