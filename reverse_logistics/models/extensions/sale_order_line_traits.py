from odoo import fields, models


class SaleOrderLine(models.Model):
    """What was ordered, where it differs from what the product is otherwise."""

    _inherit = "sale.order.line"

    reverse_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_trait_sale_line_rel",
        "sale_line_id",
        "trait_id",
        string="Return Traits",
        ondelete="restrict",
        domain="[('follows_from', 'not in', ['serial', 'lot'])]",
        help="In addition to those of the product, for example goods cut to size.",
    )
