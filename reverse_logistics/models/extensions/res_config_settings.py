from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The settings of returns, which are those of the company."""

    _inherit = "res.config.settings"

    reverse_unauthorized = fields.Selection(
        related="company_id.reverse_unauthorized", readonly=False
    )
    reverse_foreign_credit = fields.Selection(
        related="company_id.reverse_foreign_credit", readonly=False
    )
    reverse_loose_credit = fields.Selection(
        related="company_id.reverse_loose_credit", readonly=False
    )
    reverse_goodwill_limit = fields.Monetary(
        related="company_id.reverse_goodwill_limit", readonly=False
    )
    reverse_currency_rate = fields.Selection(
        related="company_id.reverse_currency_rate", readonly=False
    )
    reverse_fee_product_id = fields.Many2one(
        related="company_id.reverse_fee_product_id", readonly=False
    )
    reverse_tz = fields.Selection(related="company_id.reverse_tz", readonly=False)
    reverse_retention_years = fields.Integer(
        related="company_id.reverse_retention_years", readonly=False
    )
    reverse_legal_hold = fields.Boolean(
        related="company_id.reverse_legal_hold", readonly=False
    )
    reverse_legal_hold_reason = fields.Char(
        related="company_id.reverse_legal_hold_reason", readonly=False
    )
    reverse_write_off_account_id = fields.Many2one(
        related="company_id.reverse_write_off_account_id", readonly=False
    )
    reverse_portal = fields.Selection(
        related="company_id.reverse_portal", readonly=False
    )
    reverse_accessibility = fields.Html(
        related="company_id.reverse_accessibility", readonly=False
    )
    reverse_guarantee_url = fields.Char(
        related="company_id.reverse_guarantee_url", readonly=False
    )
    reverse_remind_days = fields.Integer(
        related="company_id.reverse_remind_days", readonly=False
    )
    reverse_offer_days = fields.Integer(
        related="company_id.reverse_offer_days", readonly=False
    )
    reverse_portal_photos = fields.Boolean(
        related="company_id.reverse_portal_photos", readonly=False
    )
    reverse_withdrawal_page = fields.Boolean(
        related="company_id.reverse_withdrawal_page", readonly=False
    )
    reverse_slip_code = fields.Boolean(
        related="company_id.reverse_slip_code", readonly=False
    )
    reverse_expected_days = fields.Integer(
        related="company_id.reverse_expected_days", readonly=False
    )
    reverse_unclaimed_days = fields.Integer(
        related="company_id.reverse_unclaimed_days", readonly=False
    )
    reverse_notice_days = fields.Integer(
        related="company_id.reverse_notice_days", readonly=False
    )
    reverse_storage_product_id = fields.Many2one(
        related="company_id.reverse_storage_product_id", readonly=False
    )
    reverse_storage_price = fields.Float(
        related="company_id.reverse_storage_price", readonly=False
    )
    reverse_handling_line = fields.Monetary(
        related="company_id.reverse_handling_line",
        readonly=False,
        currency_field="currency_id",
    )
    reverse_handling_unit = fields.Monetary(
        related="company_id.reverse_handling_unit",
        readonly=False,
        currency_field="currency_id",
    )
    reverse_live_photo_above = fields.Monetary(
        related="company_id.reverse_live_photo_above",
        readonly=False,
        currency_field="currency_id",
    )
    reverse_inspect_value = fields.Monetary(
        related="company_id.reverse_inspect_value",
        readonly=False,
        currency_field="currency_id",
    )

    def set_values(self):
        res = super().set_values()
        # Saved on the page of returns: the first step to the first return is done.
        if self.env.context.get("module") == "reverse_logistics":
            # sudo: progress belongs to no user
            steps = self.env["onboarding.onboarding.step"].sudo()
            steps.action_validate_step("reverse_logistics.onboarding_step_settings")
        return res
