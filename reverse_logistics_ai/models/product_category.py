from odoo import fields, models


class ProductCategory(models.Model):
    """Some goods lose their value faster than others while they wait."""

    _inherit = "product.category"

    reverse_decay_percent = fields.Float(
        "Loses Value (% a Month)",
        digits=(5, 1),
        help="What returned goods of this category lose while they wait. At 0, the "
        "category above it says so, else the company's own percentage.",
    )

    def _get_reverse_decay(self):
        """Give the percentage that holds, or None where no category says one."""
        category = self
        while category:
            if category.reverse_decay_percent:
                return category.reverse_decay_percent
            category = category.parent_id
        return None
