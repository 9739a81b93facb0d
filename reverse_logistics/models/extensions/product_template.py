import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: Fields that must not change while goods are in returns: how goods are counted.
COUNTED_BY = ("is_storable", "tracking", "type")


class ProductTemplate(models.Model):
    """What returns need to know of a product: warranty, limits, handling, rates."""

    _name = "product.template"
    _inherit = [
        "product.template",
        "reverse.origin.mixin",
        "reverse.rate.mixin",
        "reverse.rule.named.mixin",
    ]
    _reverse_origin_path = "product_id.product_tmpl_id"
    _reverse_rate_path = "product_id.product_tmpl_id"
    _reverse_limits_not_negative = models.Constraint(
        "CHECK (reverse_warranty_months >= 0 AND reverse_min_pack >= 0 "
        "AND reverse_min_value >= 0 AND reverse_min_life_days >= 0)",
        "Warranty and minimums of a return cannot be negative.",
    )

    reverse_quantity = fields.Float(
        "In Returns",
        digits="Product Unit",
        compute="_compute_reverse_quantity",
        compute_sudo=True,
    )
    reverse_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_trait_product_rel",
        "product_tmpl_id",
        "trait_id",
        string="Return Traits",
        ondelete="restrict",
        domain="[('follows_from', 'not in', ['serial', 'lot'])]",
        help="Tracking by lot or serial number is known without being named here.",
    )
    reverse_un_number = fields.Char(
        "UN Number", help="Of dangerous goods, for example UN3480."
    )
    reverse_handling = fields.Text(
        "Handling on Return",
        translate=True,
        help="Instructions for anyone who packs, carries or receives these goods.",
    )
    reverse_warranty_months = fields.Integer(
        "Warranty (months)", help="0 when no warranty is given."
    )
    reverse_accessory_ids = fields.Many2many(
        "product.product",
        "reverse_accessory_product_rel",
        "product_tmpl_id",
        "product_id",
        string="Comes With",
        ondelete="restrict",
        help="Accessories that have to come back with it.",
    )
    reverse_packaging_note = fields.Text(
        "Packaging for Return",
        translate=True,
        help="How the customer has to pack it.",
    )
    reverse_min_pack = fields.Float(
        "Return Pack",
        digits="Product Unit",
        help="Comes back in multiples of this, in the product's unit; 0 for any "
        "quantity.",
    )
    reverse_min_value = fields.Monetary(
        "Minimum Value",
        help="The smallest net value of it in a return that is taken back; 0 for any.",
    )
    reverse_min_life_days = fields.Integer(
        "Minimum Remaining Life (days)",
        help="Goods that expire sooner are not taken back; 0 for any.",
    )

    def write(self, vals):
        names = [name for name in COUNTED_BY if name in vals]
        if names:
            self.filtered(
                lambda template: any(template[name] != vals[name] for name in names)
            )._check_reverse_not_here()
        if "tracking" in vals:
            self.filtered(
                lambda template: template.tracking not in ("none", vals["tracking"])
            )._check_reverse_numbered()
        return super().write(vals)

    def _check_reverse_numbered(self):
        """Refuse to forget the numbers by which returns know what came back."""
        # sudo: whether any came back, in whichever company
        parts = self.env["reverse.inspection"].sudo()
        for part in parts.search(
            [
                ("product_id.product_tmpl_id", "in", self.ids),
                ("lot_id", "!=", False),
                ("receipt_move_id", "!=", False),
            ],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "Returns know pieces of %(product)s by their numbers, such as "
                    "%(lot)s: it stays tracked as it is. Archive it and make another "
                    "product instead.",
                    product=part.product_id.display_name,
                    lot=part.lot_id.name,
                )
            )

    def _check_reverse_not_here(self):
        """Refuse to change how goods are tracked while some of them lie in returns."""
        if not self:
            return
        # sudo: whether anything of them is there, in whichever company
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        companies = companies.search([("reverse_root_location_id", "!=", False)])
        quant = self.env["stock.quant"].sudo()  # sudo: as above
        found = quant.search(
            self.env["stock.location"]._get_reverse_domain(companies)
            & Domain("product_id.product_tmpl_id", "in", self.ids)
            & Domain("location_id.usage", "in", ("internal", "transit"))
            & Domain("quantity", ">", 0),
            limit=1,
        )
        if found:
            raise UserError(
                self.env._(
                    "%(product)s lies in returns. Until these goods are inspected and "
                    "put away, it stays storable and tracked as it is.",
                    product=found.product_id.display_name,
                )
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

    # ------------------------------------------------------------------
    # What is to be known of a product when it comes back.
    # ------------------------------------------------------------------
    @api.constrains("reverse_un_number")
    def _check_reverse_un_number(self):
        for template in self:
            number = template.reverse_un_number
            if number and not re.fullmatch(r"UN ?\d{4}", number):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is not a UN number: write UN and four digits, "
                        "for example UN3480.",
                        number=number,
                    )
                )

    def _get_rule_values(self):
        """Give the variants, which the database deletes together with the template."""
        return self.with_context(active_test=False).product_variant_ids
