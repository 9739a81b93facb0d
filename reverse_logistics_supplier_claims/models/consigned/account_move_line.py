from odoo import fields, models


class AccountMoveLine(models.Model):
    """What credits the bill of consigned goods that came back."""

    _inherit = "account.move.line"

    reverse_consigned_id = fields.Many2one(
        "reverse.inspection",
        "Consigned Goods Back",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
