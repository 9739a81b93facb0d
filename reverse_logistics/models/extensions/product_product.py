from odoo import api, fields, models
from odoo.fields import Domain

from .stock_move import MOVING


class ProductProduct(models.Model):
    """Show how many of a product are in returns, outside of what can be sold."""

    _name = "product.product"
    _inherit = [
        "product.product",
        "reverse.origin.mixin",
        "reverse.rate.mixin",
        "reverse.rule.named.mixin",
    ]
    _reverse_origin_path = "product_id"
    _reverse_rate_path = "product_id"

    reverse_quantity = fields.Float(
        "In Returns",
        digits="Product Unit",
        compute="_compute_reverse_quantity",
        compute_sudo=True,
        help="Quantity in the returns facilities. It has a value, but is not on hand, "
        "because it cannot be sold from there.",
    )

    @api.depends_context("allowed_company_ids", "company")
    def _compute_reverse_quantity(self):
        # A grouped query, as lists may show the field for many products at once.
        quantities = dict(
            self.env["stock.quant"]._read_group(
                self._get_reverse_quant_domain(), ["product_id"], ["quantity:sum"]
            )
        )
        for product in self:
            product.reverse_quantity = quantities.get(product._origin, 0.0)

    def _update_uom(self, to_uom_id):
        """Let Odoo write another unit on transfers, which moves nothing."""
        products = self.with_context(reverse_unit=MOVING)
        return super(ProductProduct, products)._update_uom(to_uom_id)

    def _get_reverse_quant_domain(self):
        return (
            Domain("product_id", "in", self.ids)
            & self.env["stock.location"]._get_reverse_domain(self.env.companies)
            & Domain("location_id.usage", "=", "internal")
        )

    def _with_valuation_context(self):
        """Leave the goods of others out of the value of stock.

        By first in, first out, Odoo counts those that customers have sent with its own.
        """
        valued = super()._with_valuation_context()
        if self.cost_method != "fifo":
            return valued
        ours = [False, self.env.company.partner_id.id]
        # sudo: whether there are any, as the value itself is computed
        others = self.env["stock.quant"].sudo()
        if others.search_count(
            self._get_reverse_quant_domain() & Domain("owner_id", "not in", ours),
            limit=1,
        ):
            valued = valued.with_context(owners=ours)
        return valued

    def _get_value_from_lots(self):
        """Of an earlier moment, count lots of which nothing is left by now, too."""
        lots = self.env["stock.lot"]
        moment = lots._get_reverse_moment()
        if not moment:
            return super()._get_value_from_lots()
        moved = self.env["stock.move.line"]._read_group(
            [
                ("product_id", "in", self.ids),
                ("lot_id", "!=", False),
                ("state", "=", "done"),
                ("move_id.date", ">", moment),
            ],
            aggregates=["lot_id:recordset"],
        )
        here = lots.search([("product_id", "in", self.ids), ("product_qty", "!=", 0)])
        return sum((here | moved[0][0].with_env(self.env)).mapped("total_value"))

    def action_view_reverse_quants(self):
        """Show what of these products lies in the returns facilities."""
        action = self.env["stock.quant"]._get_quants_action()
        action.update(
            name=self.env._("In Returns"),
            display_name=self.env._("In Returns"),
            domain=list(self._get_reverse_quant_domain()),
        )
        return action

    @api.model
    def _list_reverse_goods(self, parts):
        """Say in a line what comes back: each product once.

        :param parts: triples of product, unit and quantity
        :rtype: str
        """
        totals = {}
        for product, unit, quantity in parts:
            totals[product, unit] = totals.get((product, unit), 0.0) + quantity
        return ", ".join(
            f"{quantity:.12g} × {product.display_name}"
            for (product, _unit), quantity in totals.items()
        )
