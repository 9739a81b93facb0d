from odoo import models


class StockReturnPicking(models.TransientModel):
    _inherit = "stock.return.picking"

    def _prepare_picking_default_values_based_on(self, picking):
        """Where returns are inspected; Odoo asks operation types of receipts only."""
        values = super()._prepare_picking_default_values_based_on(picking)
        operation = picking.picking_type_id.return_picking_type_id
        if operation.reverse_receipt_warehouse_ids:
            values["location_dest_id"] = operation.default_location_dest_id.id
        return values
