from odoo import fields, models


class ReverseDepositRate(models.Model):
    """How much of a deposit is given back for goods in one condition.

    Administrators write it as part of the deposit's type.
    """

    _name = "reverse.deposit.rate"
    _inherit = ["reverse.governed.part.mixin"]
    _description = "Value of a Deposit by Condition"
    _governed_by = "type_id"
    _order = "type_id, condition_id"
    _once = models.Constraint(
        "UNIQUE (type_id, condition_id)", "Each condition has one value."
    )
    _percent_valid = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 100)",
        "What is given back must lie between 0 and 100 %.",
    )

    type_id = fields.Many2one(
        "reverse.deposit.type", required=True, index=True, ondelete="cascade"
    )
    condition_id = fields.Many2one(
        "reverse.condition", required=True, ondelete="restrict"
    )
    percent = fields.Float("Given Back (%)", default=100.0, required=True)
