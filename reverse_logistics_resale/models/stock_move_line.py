from odoo import models


class StockMoveLine(models.Model):
    """What regraded goods is not edited afterwards."""

    _inherit = "stock.move.line"

    def _check_reverse_done(self):
        # sudo: whoever edits a transfer need not read returns
        moves = self.sudo().move_id
        moves.filtered("reverse_regrade_id")._refuse_reverse_evidence()
        return super()._check_reverse_done()

    def _synchronize_quant(
        self, quantity, location, action="available", in_date=False, **quants_value
    ):
        """What goods have become is as old as they are: first in still goes first."""
        if quantity > 0 and action == "available" and self.lot_id:
            in_date = self._get_reverse_regraded_age() or in_date
        return super()._synchronize_quant(
            quantity, location, action, in_date, **quants_value
        )

    def _get_reverse_regraded_age(self):
        """Tell since when we have the goods that became these, None of any others."""
        # sudo: as Odoo itself keeps quants
        move = self.sudo().move_id
        place = move.location_id
        if not move.reverse_regrade_id or place.usage != "inventory":
            return None
        used_up = move.reverse_regrade_id.regrade_move_ids.filtered(
            lambda other: (
                other.product_id != move.product_id and other.location_dest_id == place
            )
        )
        quants = self.env["stock.quant"].sudo()  # sudo: as above
        lying = quants.search(
            [
                ("location_id", "=", place.id),
                ("product_id", "in", used_up.product_id.ids),
                ("lot_id", "in", used_up.move_line_ids.lot_id.ids),
            ],
            order="in_date",
            limit=1,
        )
        return lying.in_date or None
