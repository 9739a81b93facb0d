from odoo import api, models

_NAMES = frozenset({"attendance_ids"})


class ResourceCalendarAttendance(models.Model):
    """Hours of a calendar, which are noted with it: see there."""

    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")}
        ids.add(self.env.context.get("default_calendar_id"))
        calendars = self.env["resource.calendar"].browse(filter(None, ids)).exists()
        with calendars._noting_reverse_hours(_NAMES):
            return super().create(vals_list)

    def write(self, vals):
        new = self.env["resource.calendar"].browse(vals.get("calendar_id") or ())
        with (self.calendar_id | new)._noting_reverse_hours(_NAMES):
            return super().write(vals)

    def unlink(self):
        with self.calendar_id._noting_reverse_hours(_NAMES):
            return super().unlink()
