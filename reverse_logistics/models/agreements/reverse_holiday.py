from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...engine import holidays

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
WEEKS = [
    ("1", "First"),
    ("2", "Second"),
    ("3", "Third"),
    ("4", "Fourth"),
    ("-1", "Last"),
]


class ReverseHoliday(models.Model):
    """A public holiday where customers live: rights that end on one last longer.

    Administrators keep the list.
    """

    _name = "reverse.holiday"
    _inherit = ["reverse.governed.mixin", "reverse.cached.mixin"]
    _description = "Public Holiday"
    _free_fields = frozenset({"name", "month_number"})
    _order = "month_number, day, id"
    _day_of_month = models.Constraint(
        "CHECK (kind != 'yearly' OR day BETWEEN 1 AND 31)",
        "A month has days from 1 to 31.",
    )

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    country_ids = fields.Many2many(
        "res.country", string="Countries", required=True, ondelete="restrict"
    )
    state_ids = fields.Many2many(
        "res.country.state",
        string="Only in",
        ondelete="restrict",
        domain="[('country_id', 'in', country_ids)]",
        help="If none of the states of a country is named, the whole country has the "
        "holiday. It also counts for customers whose state is unknown.",
    )
    kind = fields.Selection(
        [
            ("yearly", "The same day every year"),
            ("weekday", "A weekday of a month"),
            ("easter", "Days from Easter"),
            ("orthodox", "Days from Orthodox Easter"),
            ("once", "A single day"),
        ],
        "Falls on",
        required=True,
        default="yearly",
    )
    month = fields.Selection(MONTHS, default="1")
    month_number = fields.Integer(compute="_compute_month_number", store=True)
    day = fields.Integer(default=1)
    week = fields.Selection(WEEKS, default="1")
    weekday = fields.Selection(WEEKDAYS, default="0")
    offset = fields.Integer(
        "Days after Easter Sunday", help="Negative: before it. Easter Monday is 1."
    )
    date = fields.Date("Single Day")
    next_date = fields.Date("Next on", compute="_compute_next_date")

    @api.constrains("kind", "month", "day", "week", "weekday", "date")
    def _check_complete(self):
        for holiday in self:
            wanted = {
                "yearly": ("month",),
                "weekday": ("week", "weekday", "month"),
                "once": ("date",),
            }.get(holiday.kind, ())
            if not all(holiday[name] for name in wanted):
                raise ValidationError(
                    self.env._("Enter the day of “%(name)s”.", name=holiday.name)
                )

    @api.depends("kind", "month", "date")
    def _compute_month_number(self):
        for holiday in self:
            month = holiday.date.month if holiday.date else int(holiday.month or 0)
            fixed = holiday.kind not in ("easter", "orthodox")
            holiday.month_number = month if fixed else 0

    @api.depends("kind", "month", "day", "week", "weekday", "offset", "date")
    def _compute_next_date(self):
        today = fields.Date.context_today(self)
        for holiday in self:
            rule = holiday._for_engine()
            days = (rule.in_year(today.year), rule.in_year(today.year + 1))
            holiday.next_date = next((d for d in days if d and d >= today), False)

    # ------------------------------------------------------------------
    # Engine
    # ------------------------------------------------------------------
    @api.model
    @tools.ormcache("country_id", "state_id")
    def _get_calendar(self, country_id, state_id):
        """Give the working days of a place.

        :param country_id: id, False when unknown: then there are only weekends
        :param state_id: id, False when unknown: then holidays of all its states count
        :rtype: engine.holidays.Calendar
        """
        # sudo: the result is cached for everybody, whatever rights and context the
        # user has
        found = self.sudo().with_context(active_test=True)
        found = found.search([("country_ids", "in", country_id or [])])
        return holidays.Calendar(
            tuple(
                holiday._for_engine()
                for holiday in found
                if holiday._is_kept_in(country_id, state_id)
            )
        )

    def _is_kept_in(self, country_id, state_id):
        self.ensure_one()
        states = self.state_ids.filtered(lambda s: s.country_id.id == country_id)
        return not states or not state_id or state_id in states.ids

    def _for_engine(self):
        self.ensure_one()
        return holidays.Holiday(
            kind=self.kind,
            month=int(self.month or 1),
            day=self.day,
            week=int(self.week or 1),
            weekday=int(self.weekday or 0),
            offset=self.offset,
            only=self.date or None,
        )
