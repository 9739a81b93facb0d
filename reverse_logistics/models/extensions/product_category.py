from odoo import models


class ProductCategory(models.Model):
    """Categories that rules of returns name cannot be deleted."""

    _name = "product.category"
    _inherit = ["product.category", "reverse.rule.named.mixin"]

    def _get_rule_values(self):
        """The database deletes the categories below with it."""
        return self.search([("id", "child_of", self.ids)])
