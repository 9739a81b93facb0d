from odoo import api, models
from odoo.fields import Domain


class StockMove(models.Model):
    """Deliveries as customer service knows them."""

    _inherit = "stock.move"

    @api.depends("picking_id.name", "sale_line_id.order_id.name")
    @api.depends_context("reverse_delivery")
    def _compute_display_name(self):
        if not self.env.context.get("reverse_delivery"):
            return super()._compute_display_name()
        for move in self:
            # sudo: the name of the order, for whoever may see its delivery
            order = move.sudo().sale_line_id.order_id.name
            name = move.picking_id.name or move.reference or ""
            move.display_name = f"{name} ({order})" if order else name
        return None

    @api.model
    def _search_reverse_deliveries(self, domain, limit=None):
        """Find what was delivered to customers, the newest first."""
        # sudo: customer service asks for goods back, the transfers belong to the
        # warehouse
        moves = self.sudo().search(
            Domain("state", "=", "done")
            & Domain("origin_returned_move_id", "=", False)
            & Domain("location_dest_id.usage", "in", ("customer", "transit"))
            & Domain("company_id", "in", self.env.companies.ids)
            & Domain(domain),
            order="date desc, id desc",
            limit=limit,
        )
        return moves.filtered(lambda m: m.location_dest_id._is_outgoing()).with_env(
            self.env
        )

    def _get_reverse_unit_price(self):
        """What one product unit was sold for, in the company's currency."""
        self.ensure_one()
        # sudo: the price of the customer's own goods, to compare deliveries
        line = self.sudo().sale_line_id
        if not line:
            return 0.0
        price, currency = line._get_reverse_price()
        price = currency._convert(
            price, line.company_id.currency_id, line.company_id, self.date
        )
        unit = line.product_uom_id._compute_quantity(
            1.0, self.product_id.uom_id, round=False
        )
        return price / unit

    def _get_reverse_uom(self):
        """The unit in which the customer ordered these goods."""
        # sudo: the unit only
        return self.sudo().sale_line_id.product_uom_id or self.product_uom

    def _from_reverse_uom(self, quantity):
        """Convert from the product's unit to the one it was ordered in."""
        if not self:
            return 0.0
        return self.product_id.uom_id._compute_quantity(
            quantity, self._get_reverse_uom(), rounding_method="HALF-UP"
        )

    def _get_reverse_sold_price(self):
        """Give price and currency of one unit as ordered."""
        # sudo: the price of the customer's own goods
        line = self.sudo().sale_line_id
        if not line:
            return 0.0, (self.company_id or self.env.company).currency_id
        return line._get_reverse_price()
