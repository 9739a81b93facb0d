from odoo import models


class StockMove(models.Model):
    """Components of kits: sold as a part of something else."""

    _inherit = "stock.move"

    def _is_reverse_component(self):
        self.ensure_one()
        # sudo: what was ordered, for whoever may see the delivery
        ordered = self.sudo().sale_line_id.product_id
        return bool(ordered) and ordered != self.product_id

    def _get_reverse_bom_line(self):
        """The line of the kit that these goods are, also when they come back."""
        # sudo: bills of materials are configuration
        move = self.sudo()
        return move.bom_line_id or move._get_reverse_roots().bom_line_id[:1]

    def _compute_kit_quantities(self, product_id, kit_qty, kit_bom, filters):
        """Odoo takes away a whole kit for each missing component; returns count what
        a component is worth.
        """
        # Nothing is delivered yet, or what is counted belongs to no order line.
        own = [
            move
            for line in self.sale_line_id
            for move, _sign in line._get_reverse_signed_moves()
        ]
        moves = self.browse().concat(*own).with_env(self.env)
        return super(StockMove, self - moves)._compute_kit_quantities(
            product_id, kit_qty, kit_bom, filters
        )

    def _get_cogs_price_unit(self, quantity=0):
        """Odoo counts the components of a kit afterwards, and stumbles here over
        several products at once.
        """
        if len(self.product_id) > 1:
            return 0.0
        return super()._get_cogs_price_unit(quantity)

    # ------------------------------------------------------------------
    # As customer service sees them
    # ------------------------------------------------------------------
    def _get_reverse_uom(self):
        if len(self) == 1 and self._is_reverse_component():
            return self.product_uom
        return super()._get_reverse_uom()

    def _get_reverse_unit_price(self):
        price = super()._get_reverse_unit_price()
        if not self._is_reverse_component():
            return price
        # sudo: as above
        line = self.sudo().sale_line_id
        unit = line.product_uom_id._compute_quantity(
            1.0, self.product_id.uom_id, round=False
        )
        return price * unit * line._to_reverse_kits(self, 1.0)

    def _get_reverse_sold_price(self):
        price, currency = super()._get_reverse_sold_price()
        if self and self._is_reverse_component():
            unit = self.product_uom._compute_quantity(1.0, self.product_id.uom_id)
            # sudo: as above
            price *= self.sudo().sale_line_id._to_reverse_kits(self, unit)
        return price, currency
