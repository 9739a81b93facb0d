from odoo import fields, models


class ReverseSupplierLinkLine(models.TransientModel):
    """A line of a credit note, and what of the claim it pays."""

    _name = "reverse.supplier.link.line"
    _description = "Credit Note to Link"

    link_id = fields.Many2one(
        "reverse.supplier.link", required=True, ondelete="cascade"
    )
    claim_id = fields.Many2one(related="link_id.claim_id")
    credit_id = fields.Many2one("account.move.line", readonly=True)
    name = fields.Char("Credit Note", readonly=True)
    label = fields.Char("What Is Credited", readonly=True)
    amount = fields.Monetary("Before Tax", readonly=True)
    currency_id = fields.Many2one(related="link_id.currency_id")
    claim_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Pays",
        domain="[('claim_id', '=', claim_id)]",
        help="Left empty, the credit note stays free.",
    )
