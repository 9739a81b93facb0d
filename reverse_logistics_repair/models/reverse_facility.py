from odoo import fields, models


class ReverseFacility(models.Model):
    """What an hour in the workshop costs here."""

    _inherit = "reverse.facility"
    _workshop_not_negative = models.Constraint(
        "CHECK (workshop_rate >= 0)", "An hour in the workshop cannot cost less than 0."
    )

    workshop_rate = fields.Monetary(
        "Workshop per Hour",
        help="What an hour of work on goods in repair costs here. Repair orders of "
        "returns start with it.",
    )
