from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reverse_labour_rate = fields.Monetary(
        related="company_id.reverse_labour_rate",
        readonly=False,
        currency_field="currency_id",
    )
    reverse_recovery_cases = fields.Integer(
        related="company_id.reverse_recovery_cases", readonly=False
    )
