from odoo import fields, models


class ReverseSupplierSource(models.TransientModel):
    """The receipts that claimed goods can be of, of which a person chooses one."""

    _name = "reverse.supplier.source"
    _description = "Choose the Receipt of Claimed Goods"

    claim_line_id = fields.Many2one(
        "reverse.supplier.claim.line", "Goods", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="claim_line_id.currency_id")
    line_ids = fields.One2many(
        "reverse.supplier.source.line", "source_id", "Receipts", readonly=True
    )
