from datetime import timedelta

from odoo import api, fields, models

from ..engine import capacity

#: How many days are shown.
SHOWN = 14


class ReverseFacilityDay(models.TransientModel):
    """How much a facility can inspect on one of the next days, and how much is taken.

    Rows are computed anew each time that somebody opens the list.
    """

    _name = "reverse.facility.day"
    _description = "Capacity of a Returns Facility"
    _order = "facility_id, day"
    _rec_name = "day"

    facility_id = fields.Many2one(
        "reverse.facility", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="facility_id.company_id", store=True)
    day = fields.Date(required=True, readonly=True)
    state = fields.Selection(
        [
            ("free", "Free"),
            ("full", "Full"),
            ("closed", "Closed"),
            ("off", "Switched Off"),
        ],
        readonly=True,
    )
    available_minutes = fields.Float("Available (minutes)", readonly=True)
    taken_minutes = fields.Float("Taken (minutes)", readonly=True)
    left_minutes = fields.Float("Left (minutes)", readonly=True)
    arriving_minutes = fields.Float(
        "Arriving (minutes)",
        readonly=True,
        help="What is announced for this day; today also what is overdue, or here and "
        "not inspected yet. What does not fit is taken from the next days.",
    )
    arriving_lines = fields.Integer(
        readonly=True, help="How many lines of returns are announced for this day."
    )

    @api.model
    def action_open(self):
        """Show the days of all facilities whose minutes are limited."""
        return self._open(self.env["reverse.facility"].search([("active", "=", True)]))

    @api.model
    def _open(self, facilities):
        # sudo: the user can read the facilities, but need not read their returns
        days = self.sudo().create(self._prepare_days(facilities.sudo()))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_facility_day_action"
        )
        return {**action, "domain": [("id", "in", days.ids)]}

    @api.model
    def _prepare_days(self, facilities):
        limited = facilities.filtered("inspection_minutes")
        if not limited:
            return []
        first = min(facility._get_today() for facility in limited)
        work = limited._get_work(first + timedelta(days=SHOWN))
        arriving = limited._get_arriving()
        return [
            self._prepare_day(
                facility,
                facility._get_today() + timedelta(days=number),
                work,
                arriving[facility],
            )
            for facility in limited
            for number in range(SHOWN)
        ]

    @api.model
    def _prepare_day(self, facility, day, work, arriving):
        minutes = work[facility.id]["minutes_by_day"].get(day, 0.0)
        taken = work[facility.id]["taken"].get(day, 0.0)
        if facility._is_off(day):
            state = "off"
        elif not minutes:
            state = "closed"
        else:
            state = "free" if minutes - taken > capacity.STEP else "full"
        return {
            "facility_id": facility.id,
            "day": day,
            "state": state,
            "available_minutes": minutes,
            "taken_minutes": taken,
            "left_minutes": minutes - taken,
            "arriving_minutes": arriving[day][0],
            "arriving_lines": arriving[day][1],
        }


class ReverseFacility(models.Model):
    """Add a button to the capacity of a facility."""

    _inherit = "reverse.facility"

    def action_view_days(self):
        """Show what is available and what is taken on the next days."""
        self.check_access("read")
        return self.env["reverse.facility.day"]._open(self)
