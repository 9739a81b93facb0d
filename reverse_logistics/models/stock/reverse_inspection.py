from datetime import datetime

from odoo import models


class ReverseInspection(models.Model):
    """What inspections say of where goods lie."""

    _inherit = "reverse.inspection"

    def _get_documented(self):
        """Give what should lie of each part in its location, in the product's unit.

        :return: ``{part: quantity}``, without parts of which nothing should be there
        """
        gone = self._read_gone()
        documented = {}
        for part in self:
            quantity = part.line_id._in_product_uom(part.quantity) - gone.get(part, 0.0)
            if part.product_id.uom_id.compare(quantity, 0) > 0:
                documented[part] = quantity
        return documented

    def _get_arrivals(self):
        """Tell when goods came to where they are: ``{part: moment}``."""
        moments = {}
        for part in self:
            # sudo: transfers of every department count
            moves = part.sudo().move_ids.filtered(
                lambda move, place=part.location_id: (
                    move.state == "done" and move.location_dest_id == place
                )
            )
            came = moves or part.sudo().receipt_move_id
            moments[part] = max(
                (move._get_reverse_moved_at() for move in came), default=datetime.min
            )
        return moments

    def _read_gone(self):
        """Sum what has left of these parts as was decided: ``{part: quantity}``.

        It went to customers, suppliers or charities. reverse_logistics_resale adds what
        was sold.
        """
        # sudo: transfers of every department count
        lines = self.env["stock.move.line"].sudo()
        rows = lines._read_group(
            [
                ("state", "=", "done"),
                ("move_id.reverse_inspection_id", "in", self.ids),
                ("location_id.usage", "in", ("internal", "transit")),
                ("location_dest_id.usage", "not in", ("internal", "view")),
            ],
            ["move_id"],
            ["quantity_product_uom:sum"],
        )
        gone = {}
        for move, quantity in rows:
            part = move.reverse_inspection_id.with_env(self.env)
            gone[part] = gone.get(part, 0.0) + quantity
        return gone
