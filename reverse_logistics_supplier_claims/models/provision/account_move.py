from odoo import fields, models


class AccountMove(models.Model):
    """Entries of provisions for what suppliers will not pay."""

    _inherit = "account.move"

    reverse_loss_id = fields.Many2one(
        "reverse.supplier.loss",
        "Provision for Claims",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The approved provision that this entry books, or releases.",
    )
