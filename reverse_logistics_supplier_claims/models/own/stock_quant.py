from odoo import api, models


class StockQuant(models.Model):
    """Own stock that is claimed from whoever sold it."""

    _inherit = "stock.quant"

    def action_claim_supplier(self):
        """Open the form in which own goods are claimed from their supplier."""
        self.check_access("read")
        return self.env["reverse.supplier.own"]._open(
            [
                {
                    "product_id": quant.product_id.id,
                    "lot_id": quant.lot_id.id,
                    "location_id": quant.location_id.id,
                    "quantity_here": quant.quantity,
                    "quantity": quant.quantity - quant.reserved_quantity,
                    "found": "defect",
                    "set_aside": True,
                }
                for quant in self
                if quant.quantity > 0 and not quant.owner_id
            ]
        )

    @api.model
    def _find_reverse_own(self, product, place, lot):
        """Find what of these goods is ours in a place, what came first at first.

        :param lot: the only one that counts; none for goods without any
        """
        return self.search(
            [
                ("product_id", "=", product.id),
                ("lot_id", "=", lot.id),
                ("location_id", "child_of", place.id),
                ("owner_id", "=", False),
            ],
            order="in_date, id",
        )
