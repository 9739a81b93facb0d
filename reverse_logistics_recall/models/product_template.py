from odoo import models
from odoo.exceptions import UserError


class ProductTemplate(models.Model):
    """Products with recalled lots stay known by their numbers."""

    _inherit = "product.template"

    def _check_reverse_not_here(self):
        """A recall stops what is known by its lot, wherever that lies."""
        res = super()._check_reverse_not_here()
        products = self.with_context(active_test=False).product_variant_ids
        for lot in products._find_reverse_recalled_lots()[:1]:
            raise UserError(
                self.env._(
                    "Lot %(lot)s of %(product)s was recalled with %(recall)s, which "
                    "stops it by its number: the product stays storable and tracked as "
                    "it is.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                    recall=lot.reverse_recall_id.name,
                )
            )
        return res
