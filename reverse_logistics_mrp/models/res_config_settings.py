from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Show the credit of kit components in the settings."""

    _inherit = "res.config.settings"

    reverse_kit_credit = fields.Selection(
        related="company_id.reverse_kit_credit", readonly=False
    )
