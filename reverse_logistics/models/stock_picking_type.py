from odoo import fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    reverse_receipt_warehouse_ids = fields.One2many(
        "stock.warehouse", "reverse_receipt_type_id", "Receives Returns Of"
    )
