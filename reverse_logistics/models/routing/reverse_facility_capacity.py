from collections import defaultdict
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytz

from odoo import fields, models

from ...engine import capacity

#: Days after the last arrival that are looked at, to say when there is room again.
OUTLOOK = 28


class ReverseFacility(models.Model):
    """How much a facility can inspect, and how much of that is taken."""

    _inherit = "reverse.facility"

    calendar_id = fields.Many2one(
        "resource.calendar",
        "Receiving Hours",
        check_company=True,
        ondelete="restrict",
        help="When goods are received and inspected, with the holidays of the "
        "calendar. Empty: the working hours of the company, looked at only where "
        "minutes are limited.",
    )
    inspection_minutes = fields.Float(
        "Inspection (minutes a day)",
        help="What all inspectors together have on a usual day; a shorter day has its "
        "share. 0: no limit.",
    )
    minutes_per_unit = fields.Float(
        "Minutes per Unit",
        default=5.0,
        help="To inspect one unit, unless a route rule says otherwise.",
    )
    minutes_per_line = fields.Float(
        "Minutes per Line at Least", default=5.0, help="However few units it has."
    )
    wait_days = fields.Integer(
        "Inspected Within (days)",
        default=5,
        help="After their arrival. Where goods would wait longer, the facility is "
        "full.",
    )

    _minutes_not_negative = models.Constraint(
        "CHECK (inspection_minutes >= 0 AND minutes_per_unit >= 0 "
        "AND minutes_per_line >= 0 AND wait_days >= 0)",
        "Minutes and days of a facility cannot be negative.",
    )

    def _is_limited(self):
        self.ensure_one()
        return bool(self.calendar_id or self.inspection_minutes)

    def _get_zone(self):
        """The time zone of its days."""
        self.ensure_one()
        return ZoneInfo(self.calendar_id.tz or self.company_id._get_reverse_zone().zone)

    def _get_work(self, until):
        """Give what each of these facilities has and is taken, from now on.

        A number of queries that depends on the calendars, not on returns.

        :param date until: the last day that has to be looked at; more are
        :return: ``{id: {"minutes_by_day": …, "taken": …}}``, as the engine takes it
        """
        if not self:
            return {}
        expected = self._get_expected_work()
        opened = self._get_open_minutes(until)
        work = {}
        for facility in self:
            minutes = capacity.available(
                opened[facility],
                facility._get_hours().hours_per_day * 60,
                facility.inspection_minutes,
            )
            taken = capacity.spread(minutes, expected[facility])
            work[facility.id] = {"minutes_by_day": minutes, "taken": taken}
        return work

    def _get_hours(self):
        return self.calendar_id or self.company_id.resource_calendar_id

    def _get_open_minutes(self, until):
        """Give ``{facility: {day: minutes it is open}}``, today from now on.

        Each calendar is asked once, however many facilities follow it.
        """
        now = pytz.utc.localize(fields.Datetime.now())
        end = datetime.combine(
            until + timedelta(days=OUTLOOK + max(self.mapped("wait_days"))),
            time.max,
            tzinfo=timezone.utc,
        )
        opened = {}
        for (company, calendar, zone), facilities in self.grouped(
            lambda facility: (
                facility.company_id,
                facility._get_hours(),
                facility._get_zone(),
            )
        ).items():
            intervals = [(now, end)]
            if calendar:
                # Odoo would also count the holidays of all other companies.
                leaves = [
                    ("time_type", "=", "leave"),
                    ("company_id", "in", (False, company.id)),
                ]
                found = calendar._work_intervals_batch(now, end, domain=leaves)[False]
                intervals = [(start, stop) for start, stop, _meta in found]
            minutes = capacity.open_minutes(intervals, zone)
            opened.update(dict.fromkeys(facilities, minutes))
        return opened

    def _get_today(self):
        """The day on which it is now at the facility."""
        self.ensure_one()
        now = pytz.utc.localize(fields.Datetime.now())
        return now.astimezone(self._get_zone()).date()

    def _get_expected_work(self):
        """Give ``{facility: {day: minutes}}``: what is here and what is announced.

        What is here counts today, and so does what should have come before.
        """
        work = defaultdict(lambda: defaultdict(float))
        today = {facility: facility._get_today() for facility in self}
        for facility, minutes in self._sum_minutes_here():
            work[facility][today[facility]] += minutes
        for facility, day, minutes in self._sum_minutes_announced():
            work[facility][day or today[facility]] += minutes
        return work

    def _sum_minutes_here(self):
        # sudo: work of other users' companies is work, too
        parts = self.env["reverse.inspection"].sudo()
        return parts._read_group(
            [
                ("facility_id", "in", self.ids),
                ("state", "=", "draft"),
                ("minutes", ">", 0),
            ],
            ["facility_id"],
            ["minutes:sum"],
        )

    def _sum_minutes_announced(self):
        # sudo: as above
        lines = self.env["reverse.rma.line"].sudo()
        return lines._read_group(
            [("facility_id", "in", self.ids), ("expected_minutes", ">", 0)],
            ["facility_id", "rma_id.expected_date:day"],
            ["expected_minutes:sum"],
        )
