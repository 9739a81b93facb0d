from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Accounts of provisions for claims, which are those of the company."""

    _inherit = "res.config.settings"

    reverse_provision_expense_account_id = fields.Many2one(
        related="company_id.reverse_provision_expense_account_id", readonly=False
    )
    reverse_provision_account_id = fields.Many2one(
        related="company_id.reverse_provision_account_id", readonly=False
    )
