from odoo import api, models


class ResGroups(models.Model):
    """Who gets a role by its group, or loses it, is noted."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        self.env["reverse.duty.period"]._note_later()
        return groups

    def write(self, vals):
        res = super().write(vals)
        if {"user_ids", "implied_ids", "implied_by_ids"} & set(vals):
            self.env["reverse.duty.period"]._note_later()
        return res

    def unlink(self):
        res = super().unlink()
        self.env["reverse.duty.period"]._note_later()
        return res
