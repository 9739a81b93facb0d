from odoo import models


class StockLot(models.Model):
    """Know what lots have become that were regraded."""

    _inherit = "stock.lot"

    def _find_reverse_made(self):
        found = super()._find_reverse_made()
        # sudo: what became of the goods, whoever asks for it
        lines = self.env["stock.move.line"].sudo()
        used = lines.search(
            [
                ("lot_id", "in", self.ids),
                ("state", "=", "done"),
                ("move_id.reverse_regrade_id", "!=", False),
            ]
        )
        # What made others of a lot is found here as well: it has used up nothing of it.
        for part in used.move_id.reverse_regrade_id:
            taken, made = part._get_regrade_moves()
            if not taken.move_line_ids.lot_id & self:
                continue
            turned_back = made.returned_move_ids.filtered(lambda m: m.state == "done")
            left = made.product_qty - sum(turned_back.mapped("product_qty"))
            if made.product_id.uom_id.compare(left, 0) > 0:
                key = made.product_id, made.move_line_ids.lot_id
                found[key] = found.get(key, 0.0) + left
        return found
