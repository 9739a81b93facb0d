from contextlib import contextmanager

from odoo import api, fields, models

#: What says when somebody works, besides the hours themselves.
_HOURS = frozenset({"duration_based", "flexible_hours", "two_weeks_calendar", "tz"})
#: When nobody does; which holidays count depends on the company of their calendar.
_HOLIDAYS = frozenset({"global_leave_ids"})


class ResourceCalendar(models.Model):
    """The working hours of companies with returns decide until when what waits is due.

    Others than administrators may change them, so each change is an event.
    """

    _name = "resource.calendar"
    _inherit = ["resource.calendar", "reverse.noted.mixin"]

    def write(self, vals):
        names = _HOURS & vals.keys()
        if "company_id" in vals:
            names |= _HOLIDAYS
        with self._noting_reverse_hours(names):
            return super().write(vals)

    def unlink(self):
        # Holidays of a calendar that is deleted stay, and count in all of the company.
        with self._noting_reverse_holidays():
            return super().unlink()

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

    @api.model
    def _noting_reverse_holidays(self):
        """Note in the chains of companies which of their public holidays change.

        A holiday may count in one calendar or in all of a company, before and after.
        """
        # sudo: where there are returns, whoever changes a holiday
        facilities = self.env["reverse.facility"].sudo()
        facilities = facilities.with_context(active_test=False)
        facilities = facilities.search([("company_id", "!=", False)])
        used = facilities.calendar_id | facilities.company_id.resource_calendar_id
        return used.with_env(self.env)._noting_reverse_hours(_HOLIDAYS)

    def _get_reverse_holidays(self):
        """Give the public holidays that move deadlines counted by this calendar."""
        companies = self._get_control_companies()
        # sudo: what is recorded does not depend on who writes
        leaves = self.env["resource.calendar.leaves"].sudo()
        found = leaves.search(
            [
                *companies._get_reverse_leaves(),
                ("calendar_id", "in", (False, self.id)),
                ("resource_id", "=", False),
            ],
            order="date_from, date_to, id",
        )
        as_text = fields.Datetime.to_string
        return [
            [leave.company_id.id, as_text(leave.date_from), as_text(leave.date_to)]
            for leave in found
        ]

    def _get_deciding_fields(self):
        return _HOURS | _HOLIDAYS | {"attendance_ids"}

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
        if _HOLIDAYS <= names:
            for calendar in self:
                holidays = calendar._get_reverse_holidays()
                values[calendar.id]["global_leave_ids"] = holidays
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
