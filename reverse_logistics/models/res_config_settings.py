from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reverse_unauthorized = fields.Selection(
        related="company_id.reverse_unauthorized", readonly=False
    )
    reverse_foreign_credit = fields.Selection(
        related="company_id.reverse_foreign_credit", readonly=False
    )
    reverse_currency_rate = fields.Selection(
        related="company_id.reverse_currency_rate", readonly=False
    )
    reverse_write_off_account_id = fields.Many2one(
        related="company_id.reverse_write_off_account_id", readonly=False
    )
