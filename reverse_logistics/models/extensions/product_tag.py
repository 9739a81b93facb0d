from odoo import models


class ProductTag(models.Model):
    """Tags that rules of returns name cannot be deleted."""

    _name = "product.tag"
    _inherit = ["product.tag", "reverse.rule.named.mixin"]
