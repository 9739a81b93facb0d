from odoo import fields, models


class ReverseCondition(models.Model):
    """The condition in which goods are found, at the counter or by the inspection.

    Administrators keep the list. A condition recommends a disposition to the inspector,
    and rules can ask for it.
    """

    _name = "reverse.condition"
    _inherit = [
        "reverse.code.mixin",
        "reverse.governed.mixin",
        "reverse.rule.named.mixin",
    ]
    _description = "Goods Condition"
    _code_unique = models.Constraint(
        "UNIQUE (code)", "A condition with this code exists."
    )

    _free_fields = frozenset({"name", "description", "customer_name"})

    customer_name = fields.Char(
        "Words for Customers",
        translate=True,
        help="What customers read of goods in this condition; empty: the name.",
    )
    disposition_id = fields.Many2one(
        "reverse.disposition",
        "Recommended Disposition",
        ondelete="restrict",
        help="Proposed to the inspector when the goods are in this condition.",
    )
