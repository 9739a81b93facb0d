from odoo import fields, models


class ReverseTrait(models.Model):
    """What goods are, as far as it matters when they come back."""

    _name = "reverse.trait"
    _inherit = ["reverse.code.mixin"]
    _description = "Return Trait"

    follows_from = fields.Selection(
        [
            ("serial", "Tracked by serial number"),
            ("lot", "Tracked by lot"),
            ("made_to_order", "Ordered with the route Replenish on Order"),
        ],
        help="Goods of which this is true have the trait without being given it.",
    )

    _code_unique = models.Constraint("UNIQUE (code)", "A trait with this code exists.")
