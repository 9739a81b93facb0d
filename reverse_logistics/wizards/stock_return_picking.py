from odoo import models


class StockReturnPicking(models.TransientModel):
    """Send goods of customers where returns are inspected."""

    _inherit = "stock.return.picking"

    def _prepare_picking_default_values_based_on(self, picking):
        """Choose the operation type in which returns are inspected.

        Odoo takes the one of the delivery's type for any delivery. Goods that never
        were a customer's come back as if there were no returns: those that a supplier
        exchanges, or that another warehouse or the next step has not taken.
        """
        values = super()._prepare_picking_default_values_based_on(picking)
        operation = picking.picking_type_id.return_picking_type_id
        warehouse = operation.reverse_receipt_warehouse_ids
        if warehouse:
            target = picking.location_dest_id
            if not (target._is_outgoing() or picking.location_id._is_reverse()):
                operation = warehouse.in_type_id
            values["picking_type_id"] = operation.id
            values["location_dest_id"] = operation.default_location_dest_id.id
        return values

    def action_create_exchanges(self):
        """Have what a customer exchanges replaced by its return, once it is back.

        Odoo sends the same goods again at once, whether or not any come back; and what
        comes back would be credited as well.
        """
        delivered = self.product_return_moves.move_id
        if not any(move.location_dest_id._is_outgoing() for move in delivered):
            return super().action_create_exchanges()
        action = self.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        back.move_ids.filtered("origin_returned_move_id").reverse_exchange = True
        back.message_post(
            body=self.env._(
                "The customer wants the same goods again. They are sent by the return "
                "that is made when these have come in: somebody authorizes it, the "
                "goods are inspected, and its settlement is the replacement."
            )
        )
        return action
