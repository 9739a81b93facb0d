from odoo import fields, models


class ReversePolicyVersion(models.Model):
    """How long an authorization is valid."""

    _inherit = "reverse.policy.version"
    _validity_not_negative = models.Constraint(
        "CHECK (validity_days >= 0)", "The validity cannot be negative."
    )

    validity_days = fields.Integer(
        "Validity (days)",
        default=60,
        required=True,
        help="Days from the authorization within which the goods have to be sent. "
        "0: an authorization never expires.",
    )
