from odoo import api, fields, models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "reverse.origin.mixin", "reverse.rate.mixin"]

    reverse_quantity = fields.Float(
        "In Returns",
        digits="Product Unit",
        compute="_compute_reverse_quantity",
        compute_sudo=True,
    )

    @api.depends_context("allowed_company_ids", "company")
    @api.depends("product_variant_ids.reverse_quantity")
    def _compute_reverse_quantity(self):
        for template in self:
            template.reverse_quantity = sum(
                template.with_context(active_test=False).product_variant_ids.mapped(
                    "reverse_quantity"
                )
            )

    def action_view_reverse_quants(self):
        return self.with_context(
            active_test=False
        ).product_variant_ids.action_view_reverse_quants()

    def _reverse_origin_path(self):
        return "product_id.product_tmpl_id"

    def _reverse_rate_path(self):
        return "product_id.product_tmpl_id"
