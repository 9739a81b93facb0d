from collections import defaultdict
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytz

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ...engine import capacity, routing


class Sites(NamedTuple):
    """The facilities of a company, as far as they do not change from day to day.

    :param tuple open: of :class:`engine.routing.Facility`, those that are not archived
    :param frozenset gone: ids of archived facilities
    :param frozenset limited: ids of facilities with limited days or minutes
    """

    open: tuple
    gone: frozenset
    limited: frozenset


#: How many days after the last arrival are searched for the next day with room.
OUTLOOK = 28
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class ReverseFacility(models.Model):
    """What routes look at: which goods it takes, whether it is on, who stands in."""

    _name = "reverse.facility"
    _inherit = ["reverse.facility", "reverse.cached.mixin"]
    _minutes_not_negative = models.Constraint(
        "CHECK (inspection_minutes >= 0 AND minutes_per_unit >= 0 AND "
        "minutes_per_line >= 0 AND wait_days >= 0)",
        "Minutes and days of a facility cannot be negative.",
    )

    accepted_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_facility_accepted_trait_rel",
        string="Takes Only",
        ondelete="restrict",
        context={"active_test": False},
        help="Goods need one of these traits; empty for any goods.",
    )
    refused_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_facility_refused_trait_rel",
        string="Does Not Take",
        ondelete="restrict",
        context={"active_test": False},
        help="Goods with one of these traits go elsewhere, e.g. hazardous goods.",
    )
    category_ids = fields.Many2many(
        "product.category",
        string="Takes Categories",
        ondelete="restrict",
        help="With the categories below them; empty for all.",
    )
    fallback_id = fields.Many2one(
        "reverse.facility",
        "Stands In",
        check_company=True,
        ondelete="restrict",
        domain="[('company_id', '=', company_id), ('id', '!=', id), "
        "('warehouse_id', '!=', False)]",
        help="Takes what cannot come here: full, closed or switched off.",
    )
    switched_off = fields.Boolean(
        help="No return is routed here, as far as it would arrive by the day below.",
    )
    off_reason = fields.Selection(
        [("surge", "Surge"), ("outage", "Outage"), ("other", "Other")],
        "Reason",
    )
    off_note = fields.Char("What Happened")
    off_until = fields.Date(help="The last day; empty: until further notice.")
    freight_ids = fields.One2many("reverse.freight.rate", "facility_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
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
    is_off = fields.Boolean(
        compute="_compute_is_off", help="As saved, while a form is being filled in."
    )
    collect_weekday = fields.Selection(
        WEEKDAYS,
        "Calls for Goods on",
        default="0",
        required=True,
        help="The day on which returns of low priority are called for, region by "
        "region.",
    )

    @api.constrains("fallback_id")
    def _check_fallback(self):
        if self._has_cycle("fallback_id"):
            raise ValidationError(
                self.env._(
                    "Facilities cannot stand in for each other in a circle: when all "
                    "of them are full, somebody has to decide."
                )
            )

    @api.constrains("switched_off", "off_reason")
    def _check_off_reason(self):
        for facility in self:
            if facility.switched_off and not facility.off_reason:
                raise ValidationError(
                    self.env._(
                        "Say why %(facility)s is switched off.", facility=facility.name
                    )
                )

    # ------------------------------------------------------------------
    # For the engine
    # ------------------------------------------------------------------
    @api.model
    def _get_sites(self, arrivals):
        """Give the facilities that routes can choose from, with the work they have.

        :param arrivals: ``{company: the last day on which any of its returns arrives}``
        :return: ``{company: {id: engine.routing.Facility}}``, None for archived ones
        """
        compiled = {company: self._compile_sites(company.id) for company in arrivals}
        # sudo: facilities are the same for everybody
        limited = self.sudo().browse(
            id_ for sites in compiled.values() for id_ in sites.limited
        )
        work = limited._get_work(max(arrivals.values(), default=None))
        return {
            company: {
                **dict.fromkeys(sites.gone),
                **{
                    site.id: replace(site, **work.get(site.id, {}))
                    for site in sites.open
                },
            }
            for company, sites in compiled.items()
        }

    @api.model
    @tools.ormcache("company_id")
    def _compile_sites(self, company_id):
        # sudo: facilities are the same for everybody
        found = self.sudo().with_context(active_test=False)
        found = found.search([("company_id", "=", company_id)])
        active = found.filtered("active")
        return Sites(
            tuple(facility._for_engine() for facility in active),
            frozenset((found - active).ids),
            frozenset(active.filtered(lambda f: f._is_limited()).ids),
        )

    def _for_engine(self):
        self.ensure_one()
        return routing.Facility(
            id=self.id,
            kind=self.kind,
            off=self.switched_off,
            off_until=self.off_until or None,
            accepts=frozenset(self.accepted_trait_ids.ids),
            refuses=frozenset(self.refused_trait_ids.ids),
            categories=frozenset(self.category_ids.ids),
            horizon=self.wait_days,
            minutes=self.minutes_per_unit,
            least_minutes=self.minutes_per_line,
            fallback=self.fallback_id.id or None,
            rates=tuple(
                rate._for_engine() for rate in self.freight_ids.filtered("active")
            ),
        )

    # ------------------------------------------------------------------
    # How much a facility can inspect, and how much of that is taken
    # ------------------------------------------------------------------
    def _is_limited(self):
        self.ensure_one()
        return bool(self.calendar_id or self.inspection_minutes)

    def _get_zone(self):
        """Give the time zone in which the days of the facility are counted."""
        self.ensure_one()
        return ZoneInfo(self.calendar_id.tz or self.company_id._get_reverse_zone().zone)

    def _get_work(self, until):
        """Give the minutes that each of these facilities has, and those taken.

        The number of queries depends on the calendars, not on the returns.

        :param date until: the last day that is needed; further ones are added
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
        """Give ``{facility: {day: minutes it is open}}``, beginning now.

        Each calendar is read once, however many facilities use it.
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
                leaves = company._get_reverse_leaves()
                found = calendar._work_intervals_batch(now, end, domain=leaves)[False]
                intervals = [(start, stop) for start, stop, _meta in found]
            minutes = capacity.open_minutes(intervals, zone)
            opened.update(dict.fromkeys(facilities, minutes))
        return opened

    def _get_today(self):
        """Give today's date at the facility."""
        self.ensure_one()
        now = pytz.utc.localize(fields.Datetime.now())
        return now.astimezone(self._get_zone()).date()

    def _get_expected_work(self):
        """Give ``{facility: {day: minutes}}`` for goods that are here or announced.

        Goods that are here count today, and so do those that are overdue.
        """
        work = defaultdict(lambda: defaultdict(float))
        today = {facility: facility._get_today() for facility in self}
        for facility, minutes in self._sum_minutes_here():
            work[facility][today[facility]] += minutes
        for facility, day, minutes in self._sum_minutes_announced():
            work[facility][day or today[facility]] += minutes
        return work

    def _sum_minutes_here(self):
        # sudo: all work counts, whatever the user may read
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
        return [row[:3] for row in self._read_announced()]

    def _read_announced(self):
        """Sum what is announced: ``[(facility, day or False, minutes, lines)]``."""
        # sudo: as above
        lines = self.env["reverse.rma.line"].sudo()
        return lines._read_group(
            [("facility_id", "in", self.ids), ("expected_minutes", ">", 0)],
            ["facility_id", "rma_id.expected_date:day"],
            ["expected_minutes:sum", "__count"],
        )

    def _get_arriving(self):
        """Give what comes on which day: ``{facility: {day: (minutes, lines)}}``.

        What is overdue, of no known day, or here already, counts today; what is here
        is no line that is announced.
        """
        arriving = {facility: defaultdict(lambda: (0.0, 0)) for facility in self}
        today = {facility: facility._get_today() for facility in self}
        here = [
            (facility, today[facility], minutes, 0)
            for facility, minutes in self._sum_minutes_here()
        ]
        for facility, day, minutes, lines in [*here, *self._read_announced()]:
            day = max(day or today[facility], today[facility])
            known = arriving[facility][day]
            arriving[facility][day] = known[0] + minutes, known[1] + lines
        return arriving

    # ------------------------------------------------------------------
    # Facilities that are switched off, and goods on their way to them
    # ------------------------------------------------------------------
    @api.depends("switched_off")
    def _compute_is_off(self):
        for facility in self:
            facility.is_off = facility._origin.switched_off

    def _is_off(self, day):
        """Tell whether goods that arrive on a day cannot come here."""
        self.ensure_one()
        return self.switched_off and (not self.off_until or day <= self.off_until)

    def action_reroute(self):
        """Send authorized returns elsewhere that were not shipped yet.

        Customers are told the new address. Returns that a person sent here stay, as do
        those that no other facility takes.

        :raises AccessError: without the role customer service
        :raises UserError: when a facility is not switched off
        """
        self.env["reverse.rma"]._check_duty("service")
        self.check_access("read")
        for facility in self:
            if not facility.switched_off:
                raise UserError(
                    self.env._(
                        "%(facility)s takes returns: switch it off first.",
                        facility=facility.name,
                    )
                )
        open_rmas = self._find_unshipped()
        moved = open_rmas._leave_facility()
        message = self.env._(
            "Routed elsewhere: %(moved)s. Unchanged: %(stay)s, because a person chose "
            "the facility, the goods arrive later, or no other facility takes them.",
            moved=len(moved),
            stay=len(open_rmas - moved),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if moved else "warning",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _find_unshipped(self):
        """Find returns of which nothing is on its way yet."""
        return self.env["reverse.rma"].search(
            [
                ("facility_id", "in", self.ids),
                ("state", "in", ("requested", "authorized")),
                ("shipped_at", "=", False),
                ("received_at", "=", False),
                ("carrier_tracking_ref", "in", (False, "")),
            ]
        )

    def _get_next_collection(self, day):
        """Give the first day of collection after a day."""
        self.ensure_one()
        ahead = (int(self.collect_weekday) - day.weekday() - 1) % 7 + 1
        return day + timedelta(days=ahead)
