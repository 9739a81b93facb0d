from odoo import api, models

from odoo.addons.reverse_logistics.models.stock.reverse_stock import Held


class ReverseStockDifference(models.TransientModel):
    """Own goods that are claimed wait in returns without an inspection."""

    _inherit = "reverse.stock.difference"

    @api.model
    def _read_documents(self, places, product=None):
        documented = super()._read_documents(places, product)
        lines = self.env["reverse.supplier.claim.line"]
        for (own, lot, place), quantity in lines._read_here(places).items():
            if not product or own == product:
                goods = Held(place, own, lot, self.env["res.partner"])
                documented[goods] = documented.get(goods, 0.0) + quantity
        return documented

    @api.model
    def _count_beyond(self, place, product, lot):
        """Count what is ours in a place and below it, beyond what documents say.

        Goods of returns belong to them until they have left: their inspection may be
        open again, and a transfer may never be done. What somebody added with an
        approval is of no return.
        """
        # sudo: shelves and stock count, whoever may read them
        places = place.sudo().search([("id", "child_of", place.id)])
        on_hand = self._read_on_hand(places, product)
        documented = self._read_documents(places, product)
        explained = self._read_explained(places, product, on_hand)
        return sum(
            on_hand.get(goods, 0.0) - min(documented.get(goods, 0.0), quantity)
            for goods, quantity in explained.items()
            if goods.lot == lot and not goods.owner
        )
