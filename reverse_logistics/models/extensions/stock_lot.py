from odoo import fields, models


class StockLot(models.Model):
    """Value returned lots, and keep when their warranty begins."""

    _name = "stock.lot"
    _inherit = ["stock.lot", "reverse.origin.mixin", "reverse.word.mixin"]
    _reverse_origin_path = "lot_id"
    _reverse_words = ("reverse_warranty_from",)

    reverse_warranty_from = fields.Date(
        "Warranty Begins",
        help="When that is later than the sale, such as the day of the first use.",
    )

    def _compute_value(self):
        """Count returned goods as well, which lie outside of warehouses.

        Odoo counts what lies in warehouses; the others are worth as much.
        """
        if not any(self.mapped("lot_valuated")):
            return super()._compute_value()
        places = self.env["stock.location"].search([("is_valued_internal", "=", True)])
        lots = self.with_context(
            location=places.ids, owners=[False, self.env.company.partner_id.id]
        )
        return super(StockLot, lots)._compute_value()
