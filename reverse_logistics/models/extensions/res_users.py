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

    def _count_commercial_exceptions(self, days):
        """Count the returns outside of policy of what these users had sold.

        :param int days: how far back, from now
        :return: ``{user: number of returns}``
        """
        return self.env["reverse.rma.line"]._count_exceptions(
            "salesperson_id", self, days
        )
