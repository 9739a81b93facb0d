from odoo import fields, models


class ReverseReason(models.Model):
    _name = "reverse.reason"
    _inherit = ["reverse.code.mixin"]
    _description = "Return Reason"

    liability = fields.Selection(
        "_selection_liability",
        default="unknown",
        required=True,
        help="Who answers for it as long as the inspection does not say otherwise.",
    )

    _code_unique = models.Constraint("UNIQUE (code)", "A reason with this code exists.")

    def _selection_liability(self):
        return (
            self.env["reverse.inspection"]
            ._fields["liability"]
            ._description_selection(self.env)
        )
