from odoo import fields, models


class ResCompany(models.Model):
    """How long labels wait to be used."""

    _inherit = "res.company"
    _reverse_label_days_not_negative = models.Constraint(
        "CHECK (reverse_label_days >= 0 AND reverse_label_reminder_days >= 0)",
        "Days of return labels cannot be negative.",
    )

    reverse_label_days = fields.Integer(
        "Unused Labels Cancelled after (days)",
        default=30,
        help="Days after it was asked for; 0 never cancels a label.",
    )
    reverse_label_reminder_days = fields.Integer(
        "Reminder before (days)",
        default=7,
        help="Days before the label is cancelled; 0 sends no reminder.",
    )
