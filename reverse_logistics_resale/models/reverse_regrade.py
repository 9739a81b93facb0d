from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.regrading import Goods, Option, find_options


class ReverseRegrade(models.Model):
    """What returned goods become in which condition, and what they are worth then.

    The most specific row is proposed to the inspector, who may choose any other that
    fits the goods; see ``engine.regrading``.
    """

    _name = "reverse.regrade"
    _inherit = ["reverse.governed.mixin"]
    _description = "Regrading"
    _order = "company_id, sequence, id"
    _check_company_auto = True
    _free_fields = frozenset()
    _product_or_category = models.Constraint(
        "CHECK ((product_tmpl_id IS NULL) != (categ_id IS NULL))",
        "Say what is regraded: either a product, or a category of products.",
    )
    _percent_is_share = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 100)",
        "Regraded goods are worth between 0 and 100 percent of what they cost.",
    )
    _target_once = models.UniqueIndex(
        "(company_id, COALESCE(product_tmpl_id, 0), COALESCE(categ_id, 0), "
        "COALESCE(condition_id, 0), target_id) WHERE active",
        "These goods become this product in this condition already: change that row.",
    )

    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="Which of several rows for the same goods is proposed."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        check_company=True,
        ondelete="restrict",
        domain="[('is_storable', '=', True)]",
    )
    categ_id = fields.Many2one(
        "product.category",
        "Category",
        ondelete="restrict",
        help="All products of it, and of the categories below it.",
    )
    condition_id = fields.Many2one(
        "reverse.condition",
        ondelete="restrict",
        help="Empty: in whatever condition they are.",
    )
    target_id = fields.Many2one(
        "product.product",
        "Becomes",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('is_storable', '=', True)]",
    )
    percent = fields.Float(
        "Share of the Cost (%)",
        digits=(5, 2),
        default=50.0,
        required=True,
        help="What the goods are worth then. Goods that become a product with a "
        "standard price are worth that, whatever is entered here.",
    )

    @api.depends("product_tmpl_id", "categ_id", "condition_id", "target_id")
    def _compute_display_name(self):
        for row in self:
            goods = row.product_tmpl_id.display_name or row.categ_id.display_name
            if row.condition_id:
                goods = f"{goods} ({row.condition_id.name})"
            row.display_name = f"{goods} → {row.target_id.display_name}"

    @api.constrains("active", "company_id", "product_tmpl_id", "categ_id", "target_id")
    def _check_target(self):
        # sudo: products of other companies must be seen to be refused
        for row in self.sudo().filtered("active"):
            goods = row.product_tmpl_id.product_variant_ids
            problem = (
                row.target_id._find_reverse_target_problem(
                    goods if len(goods) == 1 else goods.browse(), row.company_id
                )
                if row.target_id
                else None
            )
            if problem:
                raise ValidationError(problem)

    @api.model
    def _find_for(self, parts):
        """Find the rows for inspected goods, the one to propose first.

        :param parts: ``reverse.inspection``
        :return: ``{part: rows}``
        """
        if not parts:
            return {}
        # sudo: configuration that an inspector need not read
        parts = parts.sudo()
        companies = parts.company_id.parent_ids
        rows = self.sudo().search([("company_id", "in", companies.ids)])
        options = {
            company: [
                row._get_option()
                for row in rows
                if row.company_id in company.parent_ids
            ]
            for company in parts.company_id
        }
        return {
            part: self.browse(
                find_options(part._get_regrade_goods(), options[part.company_id])
            )
            for part in parts
        }

    def _get_option(self):
        self.ensure_one()
        return Option(
            id=self.id,
            template=self.product_tmpl_id.id or None,
            category=self.categ_id.id or None,
            condition=self.condition_id.id or None,
            target=self.target_id.id,
            sequence=self.sequence,
        )

    @api.model
    def _prepare_goods(self, product, condition):
        """Give goods as ``engine.regrading`` knows them."""
        path = (product.categ_id.parent_path or "").split("/")[:-1]
        return Goods(
            product=product.id,
            template=product.product_tmpl_id.id,
            categories=tuple(map(int, reversed(path))),
            condition=condition.id or None,
        )
