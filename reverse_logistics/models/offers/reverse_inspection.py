from odoo import fields, models


class ReverseInspection(models.Model):
    """Goods that stay with the customer because an offer was accepted."""

    _inherit = "reverse.inspection"

    offer_id = fields.Many2one(
        "reverse.offer",
        "Accepted Offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="By which the customer keeps the goods.",
        guarded=True,
    )
