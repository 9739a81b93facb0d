from odoo import fields, models


class ResCompany(models.Model):
    """Goods that customers do not collect."""

    _inherit = "res.company"

    reverse_unclaimed_days = fields.Integer(
        "Unclaimed After (days)",
        default=30,
        help="Days that goods wait to be sent back or collected before customer "
        "service is told. 0: never.",
    )
    reverse_notice_days = fields.Integer(
        "Time to Collect (days)",
        default=14,
        help="Days that customers are given to collect their goods once they are "
        "asked to. Disposal is possible only afterwards.",
    )
    reverse_storage_product_id = fields.Many2one(
        "product.product",
        "Storage Fee",
        domain=[("type", "=", "service")],
        help="What is invoiced for storing goods that are not collected.",
    )
    reverse_storage_price = fields.Float(
        "Storage Fee per Day",
        digits="Product Price",
        help="0: the sales price of the product, once.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reverse_unclaimed_days = fields.Integer(
        related="company_id.reverse_unclaimed_days", readonly=False
    )
    reverse_notice_days = fields.Integer(
        related="company_id.reverse_notice_days", readonly=False
    )
    reverse_storage_product_id = fields.Many2one(
        related="company_id.reverse_storage_product_id", readonly=False
    )
    reverse_storage_price = fields.Float(
        related="company_id.reverse_storage_price", readonly=False
    )
