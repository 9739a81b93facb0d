from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Show in the settings how long labels wait to be used."""

    _inherit = "res.config.settings"

    reverse_label_days = fields.Integer(
        related="company_id.reverse_label_days", readonly=False
    )
    reverse_label_reminder_days = fields.Integer(
        related="company_id.reverse_label_reminder_days", readonly=False
    )
