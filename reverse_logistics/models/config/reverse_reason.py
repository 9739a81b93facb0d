from odoo import fields, models

CLAIMS = [
    ("wrong_item", "Wrong item"),
    ("over_shipped", "Too many"),
    ("short_shipped", "Too few"),
    ("not_delivered", "Never arrived"),
    ("price_error", "Wrong price"),
]


class ReverseReason(models.Model):
    _name = "reverse.reason"
    _inherit = ["reverse.code.mixin", "reverse.rule.named.mixin"]
    _description = "Return Reason"
    _code_unique = models.Constraint("UNIQUE (code)", "A reason with this code exists.")

    liability = fields.Selection(
        "_selection_liability",
        default="unknown",
        required=True,
        help="Who answers for it as long as the inspection does not say otherwise.",
    )
    claim = fields.Selection(
        CLAIMS,
        "Shipping Error",
        help="What arrived is not what the books say. A person decides; then stock, "
        "order and credit are made to agree with what was shipped in truth.",
    )

    def _selection_liability(self):
        return (
            self.env["reverse.inspection"]
            ._fields["liability"]
            ._description_selection(self.env)
        )
