from odoo import fields, models


class StockLot(models.Model):
    """Serial numbers with the warranty with which they were bought."""

    _inherit = "stock.lot"

    reverse_supplier_warranty = fields.Date(
        "Supplier's Warranty Until",
        copy=False,
        help="Noted when the goods come in, from the agreement with the supplier. A "
        "replacement takes over what is left for the goods that it replaces: enter it.",
    )

    def _note_supplier_warranty(self, moves):
        """Note until when the supplier gives warranty, as agreed on the receipt.

        A serial number that has its day keeps it.

        :param moves: transfers that are done
        """
        bought = moves.filtered(
            lambda move: move.purchase_line_id and move.location_id.usage == "supplier"
        )
        # sudo: who receives goods need not read purchases
        goods = {
            lot: move.sudo()._get_bought_goods()
            for move in bought
            for lot in move.lot_ids
            if lot.product_id.tracking == "serial" and not lot.reverse_supplier_warranty
        }
        if not goods:
            return
        ends = self.env["reverse.supplier.agreement"]._find_warranties(goods)
        for day in set(ends.values()):
            lots = self.browse(lot.id for lot, own in ends.items() if own == day)
            lots.reverse_supplier_warranty = day
