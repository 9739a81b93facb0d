from odoo import models


class ReversePolicy(models.Model):
    _inherit = "reverse.policy"

    def write(self, vals):
        if "active" in vals and not vals["active"]:
            # also when all have ended: another company's policy would decide then
            self.version_ids.filtered(lambda v: v._has_decided())._check_may_end()
        return super().write(vals)
