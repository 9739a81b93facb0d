from contextlib import contextmanager

from odoo import models

#: What says when somebody works, besides the hours themselves.
_HOURS = frozenset({"duration_based", "flexible_hours", "two_weeks_calendar", "tz"})


class ResourceCalendar(models.Model):
    """The working hours of companies with returns decide until when what waits is due.

    Others than administrators may change them, so each change is an event.
    """

    _name = "resource.calendar"
    _inherit = ["resource.calendar", "reverse.noted.mixin"]

    def write(self, vals):
        with self._noting_reverse_hours(_HOURS & vals.keys()):
            return super().write(vals)

    @contextmanager
    def _noting_reverse_hours(self, names):
        """Note in the chains of companies what changes meanwhile.

        :param names: of the fields that may change
        """
        used = self.browse()
        if names:
            used = self.filtered(lambda calendar: calendar._get_control_companies())
        before = used._get_control_values(names)
        yield
        used._log_control("ControlChanged", before)

    def _get_deciding_fields(self):
        return _HOURS | {"attendance_ids"}

    def _get_control_values(self, names):
        values = super()._get_control_values(names)
        if "attendance_ids" in names:
            # sudo: what is recorded does not depend on who writes
            for calendar in self.sudo():
                hours = sorted(
                    [
                        own.week_type or "",
                        own.dayofweek,
                        f"{own.hour_from:.2f}",
                        f"{own.hour_to:.2f}",
                        own.day_period,
                    ]
                    for own in calendar.attendance_ids
                )
                values[calendar.id]["attendance_ids"] = hours
        return values

    def _get_own_company(self):
        return self.sudo().company_id  # sudo: whose it is, whoever writes

    def _get_control_companies(self):
        """Give the companies whose deadlines these hours move, themselves or of one of
        their facilities.
        """
        # sudo: where there are returns, whoever changes a calendar
        facilities = self.env["reverse.facility"].sudo()
        return (
            facilities.with_context(active_test=False)
            .search(
                [
                    "|",
                    ("calendar_id", "in", self.ids),
                    ("company_id.resource_calendar_id", "in", self.ids),
                ]
            )
            .company_id
        )
