from odoo import fields, models


class ResCompany(models.Model):
    """What an hour of work costs, and from how many cases on experience counts."""

    _inherit = "res.company"
    _reverse_labour_not_negative = models.Constraint(
        "CHECK (reverse_labour_rate >= 0)", "An hour of labour cannot cost less than 0."
    )
    _reverse_cases_not_negative = models.Constraint(
        "CHECK (reverse_recovery_cases >= 0)",
        "The number of cases from which experience counts cannot be negative.",
    )

    reverse_labour_rate = fields.Monetary(
        "Labour per Hour",
        help="What an hour of work on returned goods costs, where the facility says "
        "nothing else.",
    )
    reverse_recovery_cases = fields.Integer(
        "Experience Counts from (cases)",
        default=20,
        help="From so many inspected parts of a category in a condition on, what they "
        "really brought stands in for the share that a recovery rule says. 0: never.",
    )
