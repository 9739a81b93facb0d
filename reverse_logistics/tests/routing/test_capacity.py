from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..routing_common import RoutingCase

#: a Monday morning, before anybody works
NOW = "2030-06-03 05:00:00"


@tagged("post_install", "-at_install")
class TestCapacity(RoutingCase):
    """Facilities that have no time for more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.line.move_ids.date = NOW
        cls.today = cls.company._get_reverse_today()
        cls.calendar = cls._open_daily(
            cls.centre, 60, minutes_per_unit=10, minutes_per_line=5, wait_days=0
        )
        cls._set_routes(
            {
                "target_id": cls.centre.id,
                "alternative_ids": [Command.set(cls.depot.ids)],
            }
        )

    def _work(self, facility=None):
        """Give ``{days from today: (available, taken)}`` of the days that have any."""
        facility = facility or self.centre
        work = facility._get_work(self.today + timedelta(days=14))[facility.id]
        return {
            (day - self.today).days: (minutes, work["taken"][day])
            for day, minutes in work["minutes_by_day"].items()
            if work["taken"][day]
        }

    def test_expected_returns_take_the_day_on_which_they_come(self):
        rma = self._requested(self.line, 4)
        self.assertEqual(rma.line_ids.expected_minutes, 40)
        self.assertEqual(self._work(), {7: (60, 40)})
        self._as("service", rma).expected_date = self.today + timedelta(days=3)
        self.assertEqual(self._work(), {3: (60, 40)})

    def test_goods_that_are_here_take_the_next_days(self):
        rma = self._requested(self.line, 4)
        part = self._receive(rma)
        self.assertEqual((part.minutes, rma.line_ids.expected_minutes), (40, 0))
        self.assertEqual(self._work(), {0: (60, 40)})
        other = self._requested(self.line, 6)
        self._receive(other)
        self.assertEqual(self._work(), {0: (60, 60), 1: (60, 40)})
        self._inspect(part)
        self.assertEqual(self._work(), {0: (60, 60)})
        self._inspect(other.inspection_ids)
        self.assertEqual(self._work(), {})

    def test_full_day_is_skipped(self):
        first, second, third = (
            self._requested(self.line, quantity) for quantity in (4, 3, 2)
        )
        self.assertEqual(first.facility_id, self.centre)
        self.assertEqual(second.facility_id, self.depot)
        self.assertEqual(
            second.facility_explanation,
            "Depot: “Route 1”. Technical Centre was skipped: full until 06/11/2030.",
        )
        # what is smaller still fits
        self.assertEqual(third.facility_id, self.centre)
        self.assertEqual(
            self._route_events(second).data["skipped"],
            [{"facility": self.centre.id, "code": "full"}],
        )

    def test_returns_requested_together_see_each_other(self):
        rmas = self.env["reverse.rma"].concat(
            *(self._draft(self.line, 3) for _number in range(3))
        )
        self._as("service", rmas).action_request()
        self.assertEqual(rmas.mapped("facility_id.name"), ["Technical Centre", "Depot"])
        self.assertEqual(
            [rma.facility_id for rma in rmas], [self.centre, self.centre, self.depot]
        )

    def test_cancelled_returns_give_their_time_back(self):
        rma = self._requested(self.line, 6)
        self.assertEqual(self._requested(self.line).facility_id, self.depot)
        self._as("service", rma).action_cancel()
        self.assertEqual(self._requested(self.line).facility_id, self.centre)

    def test_rule_that_does_not_ask_for_room(self):
        self._set_routes({"target_id": self.centre.id, "needs_room": False})
        rmas = [self._requested(self.line, 6) for _number in range(2)]
        self.assertEqual([rma.facility_id for rma in rmas], [self.centre] * 2)

    def test_closed_on_the_day(self):
        """A holiday is no working day; the horizon decides whether goods wait for
        it.
        """
        self._close(self.calendar, "2030-06-10", "2030-06-12")
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.depot)
        self.assertIn(
            "Technical Centre was skipped: closed until 06/13/2030.",
            rma.facility_explanation,
        )
        self.centre.wait_days = 3
        self.assertEqual(self._requested(self.line).facility_id, self.centre)

    def test_closed_without_limited_minutes(self):
        self._close(self.calendar, "2030-06-01", "2030-12-31")
        self.centre.inspection_minutes = 0
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.depot)
        self.assertIn("Technical Centre was skipped: closed.", rma.facility_explanation)

    def test_holidays_of_other_companies_do_not_close_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        leaves = self.env["resource.calendar.leaves"].with_company(other)
        leave = leaves.create(
            {
                "name": "Their holiday",
                "calendar_id": False,
                "date_from": "2030-06-10 00:00:00",
                "date_to": "2030-06-10 23:59:59",
            }
        )
        self.assertEqual(leave.company_id, other)
        self.assertEqual(self._requested(self.line).facility_id, self.centre)

    def test_without_limits_nothing_is_ever_full(self):
        self._set_routes({"target_id": self.depot.id})
        self.assertFalse(self.depot._is_limited())
        for _number in range(2):
            self.assertEqual(self._requested(self.line, 10).facility_id, self.depot)

    def test_short_day_has_its_share(self):
        self.calendar.attendance_ids.filtered(
            lambda attendance: attendance.dayofweek == "0"
        ).hour_to = 12
        self.assertEqual(
            self._requested(self.line, 4).facility_id, self.depot, "Monday has 30 only"
        )
        self.assertEqual(self._requested(self.line, 3).facility_id, self.centre)

    def test_goods_that_are_not_inspected_take_no_time(self):
        self._set_routes(
            {
                "target_id": self.centre.id,
                "inspection": "assume",
                "assumed_condition_id": self.conditions["A"].id,
                "sample_percent": 10,
            }
        )
        rma = self._requested(self.line, 10)
        self.assertEqual(rma.line_ids.inspection_minutes, 100)
        self.assertEqual(rma.line_ids.expected_minutes, 10)
        self.assertEqual(self._work(), {7: (60, 10)})

    # ------------------------------------------------------------------
    # Shown to administrators
    # ------------------------------------------------------------------
    def test_days_are_shown(self):
        self._requested(self.line, 6)
        self._close(self.calendar, "2030-06-12", "2030-06-12")
        action = self._as("administrator", self.centre).action_view_days()
        days = self._as("administrator", self.env[action["res_model"]]).search(
            action["domain"]
        )
        self.assertEqual(len(days), 14)
        self.assertEqual(days[0].day, self.today)
        full = days.filtered(lambda day: day.state == "full")
        self.assertEqual(
            full.mapped(lambda d: (str(d.day), d.available_minutes, d.taken_minutes)),
            [("2030-06-10", 60, 60)],
        )
        closed = days.filtered(lambda day: day.state == "closed")
        self.assertEqual([str(day) for day in closed.mapped("day")], ["2030-06-12"])
        self.assertEqual(sum(days.mapped("left_minutes")), 12 * 60)
        self.centre.write(
            {"switched_off": True, "off_reason": "surge", "off_until": self.today}
        )
        action = self._as("administrator", self.centre).action_view_days()
        days = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(days[0].state, "off")
        self.assertEqual(days[1].state, "free")

    def test_days_of_all_facilities(self):
        days = self._as("auditor", self.env["reverse.facility.day"])
        action = days.action_open()
        self.assertEqual(days.search(action["domain"]).facility_id, self.centre)
        self.centre.inspection_minutes = 0
        self.assertFalse(days.search(days.action_open()["domain"]))

    def test_capacity_beside_what_arrives(self):
        """More is announced for a day than fits: the graph shows both as they are."""
        self._set_routes({"target_id": self.centre.id, "needs_room": False})
        for quantity in (6, 4):
            self._requested(self.line, quantity)
        self._receive(self._requested(self.line, 2))
        load = self._as("auditor", self.env["reverse.facility.load"])
        domain = load.action_open()["domain"]
        shown = {
            ((row.day - self.today).days, row.kind): row.minutes
            for row in load.search(domain)
        }
        self.assertEqual(len(shown), 28)
        self.assertEqual((shown[7, "capacity"], shown[7, "arriving"]), (60, 100))
        self.assertEqual((shown[0, "capacity"], shown[0, "arriving"]), (60, 20))
        groups = load.formatted_read_group(
            domain, ["day:week", "kind"], ["minutes:sum"]
        )
        self.assertIn(100, [group["minutes:sum"] for group in groups])
        days = self._as("auditor", self.env["reverse.facility.day"])
        lines = days.search(days.action_open()["domain"]).grouped("day")
        self.assertEqual(lines[self.today].arriving_lines, 0)
        announced = lines[self.today + timedelta(days=7)]
        self.assertEqual((announced.arriving_lines, announced.taken_minutes), (2, 60))
