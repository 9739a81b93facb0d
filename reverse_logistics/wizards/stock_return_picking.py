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
