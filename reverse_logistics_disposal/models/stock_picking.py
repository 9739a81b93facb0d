from odoo import api, fields, models


class StockPicking(models.Model):
    """Transfers that hand goods over to charities, and their receipts."""

    _inherit = "stock.picking"

    reverse_is_donation = fields.Boolean(
        "Donation", compute="_compute_reverse_is_donation", compute_sudo=True
    )

    @api.depends("move_ids.reverse_inspection_id", "move_ids.location_dest_id")
    def _compute_reverse_is_donation(self):
        for picking in self:
            picking.reverse_is_donation = any(
                move._is_reverse_donation() for move in picking.move_ids
            )

    def _has_reverse_left(self):
        """Tell it of donations as well: their receipt names who got the goods."""
        return super()._has_reverse_left() or any(
            move.state == "done" and move._is_reverse_donation()
            for move in self.move_ids
        )

    def _get_reverse_donated(self):
        """Give what this transfer hands over, and what it cost, for the receipt.

        :return: dicts with product, lots, quantity, unit and value
        """
        self.ensure_one()
        # sudo: values of the goods that are given away, for whoever hands them over
        moves = self.sudo().move_ids.filtered(
            lambda m: m.state != "cancel" and m._is_reverse_donation()
        )
        return [
            {
                "product": move.product_id.display_name,
                "lots": ", ".join(move.move_line_ids.lot_id.mapped("name")),
                "quantity": move.quantity,
                "uom": move.product_uom.name,
                "value": move.value,
            }
            for move in moves
        ]
