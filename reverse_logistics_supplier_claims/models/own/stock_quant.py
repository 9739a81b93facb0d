from odoo import api, models
from odoo.fields import Domain


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

        :param lot: the only one that counts, if there is one
        """
        domain = Domain(
            [
                ("product_id", "=", product.id),
                ("location_id", "child_of", place.id),
                ("owner_id", "=", False),
            ]
        )
        if lot:
            domain &= Domain("lot_id", "=", lot.id)
        return self.search(domain, order="in_date, id")
