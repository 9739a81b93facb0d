from odoo import api, models

WORK = ("reverse.approval", "reverse.exception")


class ResUsers(models.Model):
    """What waits for a role is on the list of activities of everybody who has it."""

    _inherit = "res.users"

    @api.model
    def _get_activity_groups(self):
        groups = super()._get_activity_groups()
        for name in WORK:
            work = self.env[name]
            group = work.has_access("read") and work._get_activity_group()
            if group:
                groups.append(group)
        return groups
