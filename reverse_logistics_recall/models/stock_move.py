from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Deliver nothing that was recalled, and build it into nothing."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        self._check_reverse_recalled()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _check_reverse_recalled(self):
        """Refuse recalled lots on their way to customers, or into other products.

        Back to the supplier they may go, and be written off; what is delivered to a
        place of loss is given away.
        """
        lines = self.move_line_ids.filtered(
            lambda line: (
                line.quantity
                and (line.state == "done" or line.picked or not line.move_id.picked)
                and (
                    line._is_reverse_leaving()
                    or line.location_dest_id.usage == "inventory"
                    and line.move_id.picking_type_id.code == "outgoing"
                )
            )
        )
        for line, lot in lines._find_recalled().items():
            raise UserError(
                self.env._(
                    "%(transfer)s cannot take %(product)s of lot %(lot)s: it was "
                    "recalled with %(recall)s. Take another lot.",
                    transfer=line.picking_id.name or line.move_id.reference,
                    product=line.product_id.display_name,
                    lot=lot.name,
                    recall=lot.reverse_recall_id.name,
                )
            )

    def _get_reverse_goals(self):
        """Give the places to which this move, and those that follow it, bring goods."""
        moves = todo = self
        while todo := todo.move_dest_ids - moves:
            moves |= todo
        return moves.location_dest_id | moves.location_final_id
