from odoo import fields, models


class SaleReport(models.Model):
    """Sales by who sold, and from where, when the order was confirmed."""

    _inherit = "sale.report"

    reverse_seller_id = fields.Many2one(
        "res.users", readonly=True, groups=fields.NO_ACCESS
    )
    reverse_branch_id = fields.Many2one(
        "stock.warehouse", readonly=True, groups=fields.NO_ACCESS
    )

    def _select_additional_fields(self):
        return {
            **super()._select_additional_fields(),
            "reverse_seller_id": "s.reverse_seller_id",
            "reverse_branch_id": "s.reverse_branch_id",
        }

    def _group_by_sale(self):
        return f"{super()._group_by_sale()}, s.reverse_seller_id, s.reverse_branch_id"
