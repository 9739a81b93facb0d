from odoo import api, models


class StockScrap(models.Model):
    """A kit is scrapped as its components."""

    _inherit = "stock.scrap"

    @api.model
    def _get_reverse_goods_fields(self):
        # Another one takes its place along.
        return super()._get_reverse_goods_fields() | {"production_id", "workorder_id"}

    def _get_reverse_goods(self):
        """Give the components: Odoo takes them from our goods, whoever is named."""
        # sudo: bills of materials are configuration
        bills = self.env["mrp.bom"].sudo()
        product = self.product_id
        bom = bills._bom_find(
            product, company_id=self.company_id.id, bom_type="phantom"
        )[product]
        if not bom:
            return super()._get_reverse_goods()
        kits = self.product_uom_id._compute_quantity(
            self.scrap_qty, bom.product_uom_id, round=False
        )
        _bills, parts = bom.explode(
            product, kits / bom.product_qty, picking_type=bom.picking_type_id
        )
        nobody = self.owner_id.browse()
        return [
            (
                part.product_id,
                part.product_uom_id._compute_quantity(
                    data["qty"], part.product_id.uom_id, rounding_method="HALF-UP"
                ),
                nobody,
            )
            for part, data in parts
        ]
