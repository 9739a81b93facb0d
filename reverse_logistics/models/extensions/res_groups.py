from odoo import models


class ResGroups(models.Model):
    """Who gets a role by its group, or loses it, is noted."""

    _inherit = "res.groups"

    def write(self, vals):
        res = super().write(vals)
        if {"user_ids", "implied_ids"} & set(vals):
            self.env["reverse.duty.period"]._note_later()
        return res
