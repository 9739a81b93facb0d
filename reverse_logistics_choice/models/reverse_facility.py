from odoo import fields, models


class ReverseFacility(models.Model):
    """What an hour of work costs here."""

    _inherit = "reverse.facility"
    _labour_not_negative = models.Constraint(
        "CHECK (labour_rate >= 0)", "An hour of labour cannot cost less than 0."
    )

    labour_rate = fields.Monetary(
        "Labour per Hour",
        help="What an hour of work on returned goods costs here; 0: as in the settings "
        "of the company.",
    )
