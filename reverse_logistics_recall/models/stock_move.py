from odoo import models
from odoo.exceptions import UserError

from .stock_move_line import LEAVING


class StockMove(models.Model):
    """Deliver nothing that was recalled, and build it into nothing."""

    _inherit = "stock.move"

    def _action_assign(self, force_qty=False):
        """Reserve nothing of what a recall stops in stock."""
        stopped = self.filtered(
            lambda move: (
                move._find_stopping_recall(move.location_id)
                and not LEAVING.isdisjoint(move._get_reverse_goals().mapped("usage"))
            )
        )
        return super(StockMove, self - stopped)._action_assign(force_qty)

    def _check_reverse_way(self):
        self._check_reverse_recalled()
        return super()._check_reverse_way()

    def _check_reverse_recalled(self):
        """Refuse recalled goods on their way to customers, or into other products.

        Back to the supplier they may go, be written off, and repaired to the customer
        who chose that; what is delivered to a place of loss is given away.
        """
        lines = self.move_line_ids.filtered(
            lambda line: (
                line.quantity
                and (line.state == "done" or line.picked or not line.move_id.picked)
                and (
                    line._is_reverse_leaving()
                    or line.location_dest_id.usage == "inventory"
                    and line.move_id._is_reverse_given_away()
                )
                and not line._brings_recall_repaired()
            )
        )
        if lines:
            self.env["reverse.recall"]._await_starts()
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

        lines._check_reverse_named()
        for line in lines:
            recall = line._find_stopping_recall()
            if recall:
                raise UserError(
                    self.env._(
                        "%(transfer)s cannot take %(product)s: what is in stock of it "
                        "was stopped with %(recall)s. An approver lets it go there "
                        "once it is known to be safe.",
                        transfer=line.picking_id.name or line.move_id.reference,
                        product=line.product_id.display_name,
                        recall=recall.name,
                    )
                )

    def _find_stopping_recall(self, place):
        """Give the recall that stops all of this product that lies in a place.

        What customers sent back is stopped by when they got it, and what a supplier
        sends to them by its purchase was never in stock. What is said to come to them
        from elsewhere was.
        """
        self.ensure_one()
        # sudo: a recall stops goods for everybody
        recalls = self.env["reverse.recall"].sudo()
        key = self.company_id.id, self.product_id.id
        stopped = recalls._get_stopped_products().get(key)
        if not stopped or place._is_reverse_stock() or place.usage == "customer":
            return recalls
        if place.usage == "supplier" and self._is_reverse_bought():
            return recalls
        if place.usage != "internal" and self.location_dest_id.usage != "customer":
            return recalls
        return recalls.browse(stopped)

    def _is_reverse_given_away(self):
        """Whether what goes to a place of loss by this is delivered to somebody.

        What an inspection sends there by a transfer is, whichever operation that says
        to be.
        """
        self.ensure_one()
        # sudo: why the goods leave, whoever moves them
        move = self.sudo()
        return move.picking_type_id.code == "outgoing" or bool(
            move.picking_id and move.reverse_inspection_id
        )

    def _get_reverse_goals(self):
        """Give the places to which this move, and those that follow it, bring goods."""
        moves = todo = self
        while todo := todo.move_dest_ids - moves:
            moves |= todo
        return moves.location_dest_id | moves.location_final_id
