from odoo import api, fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    reverse_receipt_warehouse_ids = fields.One2many(
        "stock.warehouse", "reverse_receipt_type_id", "Receives Returns Of"
    )

    @api.depends("code")
    def _compute_default_location_src_id(self):
        res = super()._compute_default_location_src_id()
        for operation in self:
            if operation._origin in operation.warehouse_id.reverse_putaway_type_id:
                facility = operation.warehouse_id._ensure_reverse_facility()
                inspection = facility._get_location("inspection")
                operation.default_location_src_id = inspection
        return res

    @api.depends("code")
    def _compute_default_location_dest_id(self):
        """Whatever code the returns of a warehouse are given, they are inspected."""
        res = super()._compute_default_location_dest_id()
        for operation in self:
            if operation._origin in operation.warehouse_id.reverse_receipt_type_id:
                facility = operation.warehouse_id._ensure_reverse_facility()
                inspection = facility._get_location("inspection")
                operation.default_location_dest_id = inspection
        return res
