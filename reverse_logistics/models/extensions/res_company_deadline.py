from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models

from ...engine.days import local_day


class ResCompany(models.Model):
    """Until when something is to be done: in the company's days and working hours."""

    _inherit = "res.company"

    def _get_reverse_zone(self):
        # sudo: the time zone of the company
        return pytz.timezone(self.sudo().partner_id.tz or "UTC")

    def _get_reverse_today(self):
        return self._to_reverse_day(fields.Datetime.now())

    def _to_reverse_day(self, moment):
        """Give the company's day of a moment as the database keeps it."""
        return local_day(moment, self._get_reverse_zone())

    def _plan_reverse_deadline(self, days, start=None):
        """Give the day that comes ``days`` working days after ``start``.

        :param date start: today when left out
        """
        self.ensure_one()
        start = start or self._get_reverse_today()
        # sudo: the company's working hours
        calendar = self.sudo().resource_calendar_id
        if calendar:
            end = self._plan_working_days(calendar, days, start)
            if end:
                return end.astimezone(self._get_reverse_zone()).date()
        return start + timedelta(days=days)

    def _plan_working_days(self, calendar, days, start):
        # The first day that Odoo counts is the one it starts on, if that is worked.
        first = start + timedelta(days=bool(days))
        zone = self._get_reverse_zone()
        midnight = zone.localize(datetime.combine(first, time.min))
        return calendar.plan_days(max(days, 1), midnight, compute_leaves=True)

    def _plan_reverse_time(self, start, amount, unit, working_time):
        """Give the moment that comes so many hours or days after another.

        :param datetime start: naive, UTC
        :param str unit: ``hours`` or ``days``
        :param bool working_time: count the company's working hours or days only; a
            working day lasts to its last hour
        :rtype: datetime
        """
        self.ensure_one()
        # sudo: the company's working hours
        calendar = self.sudo().resource_calendar_id
        end = None
        if working_time and calendar:
            moment = pytz.utc.localize(start)
            if unit == "hours":
                end = calendar.plan_hours(amount, moment, compute_leaves=True)
            else:
                first = local_day(start, self._get_reverse_zone())
                end = self._plan_working_days(calendar, int(amount), first)
        if end:
            return end.astimezone(pytz.utc).replace(tzinfo=None)
        return start + timedelta(**{unit: amount})
