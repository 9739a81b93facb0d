from odoo import models


class ProductProduct(models.Model):
    """Know which lots of a product were recalled."""

    _inherit = "product.product"

    def _find_reverse_recalled_lots(self):
        # sudo: a recall stops lots for everybody
        lots = self.env["stock.lot"].sudo()
        return lots.search(
            [("product_id", "in", self.ids), ("reverse_recall_id", "!=", False)]
        )
