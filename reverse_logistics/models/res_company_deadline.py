from datetime import datetime, time, timedelta

import pytz

from odoo import models


class ResCompany(models.Model):
    """Until when something is to be done: in the company's days and working hours."""

    _inherit = "res.company"

    def _get_reverse_zone(self):
        # sudo: the time zone of the company
        return pytz.timezone(self.sudo().partner_id.tz or "UTC")

    def _get_reverse_today(self):
        return datetime.now(self._get_reverse_zone()).date()

    def _plan_reverse_deadline(self, days, start=None):
        """Give the day that comes ``days`` working days after ``start``.

        :param date start: today when left out
        """
        self.ensure_one()
        start = start or self._get_reverse_today()
        # sudo: the company's working hours
        calendar = self.sudo().resource_calendar_id
        if calendar:
            zone = self._get_reverse_zone()
            # The first day that Odoo counts is the one it starts on, if that is worked.
            first = start + timedelta(days=bool(days))
            midnight = zone.localize(datetime.combine(first, time.min))
            end = calendar.plan_days(max(days, 1), midnight, compute_leaves=True)
            if end:
                return end.astimezone(zone).date()
        return start + timedelta(days=days)
