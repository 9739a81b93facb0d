from odoo import fields, models


class ReverseCondition(models.Model):
    _name = "reverse.condition"
    _inherit = ["reverse.code.mixin", "reverse.rule.named.mixin"]
    _description = "Goods Condition"
    _code_unique = models.Constraint(
        "UNIQUE (code)", "A condition with this code exists."
    )

    disposition_id = fields.Many2one(
        "reverse.disposition",
        "Recommended Disposition",
        ondelete="restrict",
        help="Proposed to the inspector when the goods are in this condition.",
    )
