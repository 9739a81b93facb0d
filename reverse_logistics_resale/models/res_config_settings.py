from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reverse_write_down_account_id = fields.Many2one(
        related="company_id.reverse_write_down_account_id", readonly=False
    )
    reverse_liquidation_floor = fields.Float(
        related="company_id.reverse_liquidation_floor", readonly=False
    )
