from odoo import fields, models


class ReverseSupplierBackLine(models.TransientModel):
    """How many of one line the supplier has sent back."""

    _name = "reverse.supplier.back.line"
    _description = "Goods Back of One Line"

    back_id = fields.Many2one(
        "reverse.supplier.back", required=True, ondelete="cascade"
    )
    claim_line_id = fields.Many2one(
        "reverse.supplier.claim.line", required=True, readonly=True
    )
    product_id = fields.Many2one(related="claim_line_id.product_id")
    lot_id = fields.Many2one(related="claim_line_id.lot_id")
    quantity = fields.Float(
        "Back Again",
        digits="Product Unit",
        help="At most what the supplier did not approve.",
    )
    uom_id = fields.Many2one(related="claim_line_id.uom_id")
