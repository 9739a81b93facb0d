from odoo import fields, models


class ReverseSupplierAnswerEntryLine(models.TransientModel):
    """What an answer says of one line of the claim."""

    _name = "reverse.supplier.answer.entry.line"
    _description = "Line of an Answer"

    entry_id = fields.Many2one(
        "reverse.supplier.answer.entry", required=True, ondelete="cascade"
    )
    claim_line_id = fields.Many2one(
        "reverse.supplier.claim.line", "Line", required=True
    )
    currency_id = fields.Many2one(related="claim_line_id.currency_id")
    amount_claimed = fields.Monetary(related="claim_line_id.amount_claimed")
    amount = fields.Monetary()
    reason = fields.Char()
    is_meant = fields.Boolean("About These", default=True)
