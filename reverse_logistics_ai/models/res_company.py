from odoo import api, models


class ResCompany(models.Model):
    """Every company switches its tasks by itself."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["reverse.ai.task"]._create_missing()
        return companies
