from odoo import fields, models


class ReverseSupplierUnmatchLine(models.TransientModel):
    """A credit note that was matched with a claim."""

    _name = "reverse.supplier.unmatch.line"
    _description = "Matched Credit Note"

    unmatch_id = fields.Many2one(
        "reverse.supplier.unmatch", required=True, ondelete="cascade"
    )
    refund_id = fields.Many2one("account.move", readonly=True)
    name = fields.Char("Credit Note", readonly=True)
    amount = fields.Monetary("Counted for the Claim", readonly=True)
    currency_id = fields.Many2one(related="unmatch_id.currency_id")
    undo = fields.Boolean()
