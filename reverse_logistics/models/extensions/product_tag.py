from odoo import models


class ProductTag(models.Model):
    _name = "product.tag"
    _inherit = ["product.tag", "reverse.rule.named.mixin"]
