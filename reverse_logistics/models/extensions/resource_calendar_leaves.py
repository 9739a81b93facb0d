from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """Public holidays, which are noted with the calendars they count in: see there."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        if all(vals.get("resource_id") for vals in vals_list):
            return super().create(vals_list)
        with self.env["resource.calendar"]._noting_reverse_holidays():
            return super().create(vals_list)

    def write(self, vals):
        if not self._is_reverse_public() and "resource_id" not in vals:
            return super().write(vals)
        with self.env["resource.calendar"]._noting_reverse_holidays():
            return super().write(vals)

    def unlink(self):
        if not self._is_reverse_public():
            return super().unlink()
        with self.env["resource.calendar"]._noting_reverse_holidays():
            return super().unlink()

    def _is_reverse_public(self):
        """Whether any of these holds for everybody, not for one resource only."""
        # sudo: what is noted does not depend on what who writes may read
        return not all(leave.resource_id for leave in self.sudo())
