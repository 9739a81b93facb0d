from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Accounts of what leaves returns unsold, and the ban on destroying it."""

    _inherit = "res.config.settings"

    reverse_recycling_account_id = fields.Many2one(
        related="company_id.reverse_recycling_account_id", readonly=False
    )
    reverse_donation_account_id = fields.Many2one(
        related="company_id.reverse_donation_account_id", readonly=False
    )
    reverse_espr = fields.Boolean(related="company_id.reverse_espr", readonly=False)
