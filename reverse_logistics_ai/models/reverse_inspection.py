from odoo import fields, models


class ReverseInspection(models.Model):
    """Parts to inspect say what waiting costs, and take what the scales say."""

    _name = "reverse.inspection"
    _inherit = ["reverse.inspection", "reverse.ai.waiting.mixin"]
    _ai_weight_positive = models.Constraint(
        "CHECK (ai_weight >= 0)", "Goods cannot weigh less than nothing."
    )

    ai_weight = fields.Float(
        "Weighed (kg)",
        digits="Stock Weight",
        copy=False,
        help="What all goods of this part weigh, without the parcel. It is compared "
        "with the weight of the product.",
    )
