from odoo import fields, models


class ReverseSupplierOwnLine(models.TransientModel):
    """Own goods, how many of them are claimed, and why."""

    _name = "reverse.supplier.own.line"
    _description = "Own Goods to Claim"

    own_id = fields.Many2one("reverse.supplier.own", required=True, ondelete="cascade")
    receipt_move_id = fields.Many2one("stock.move", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True)
    quantity_here = fields.Float(
        "Here or Received", digits="Product Unit", readonly=True
    )
    quantity = fields.Float("Claimed Quantity", digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    found = fields.Selection(
        lambda self: self.env["reverse.supplier.claim.line"]._fields["found"].selection,
        "What Was Found",
        required=True,
        default="defect",
    )
    set_aside = fields.Boolean(
        help="The goods are moved to the location for vendor returns, from where they "
        "go back to the supplier. Otherwise they stay where they are.",
    )
