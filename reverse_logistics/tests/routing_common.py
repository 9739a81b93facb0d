"""Facilities, regions and route rules."""

from odoo import Command, fields

from .common import ReturnsCommon


class RoutingCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.facilities = cls.env["reverse.facility"]
        cls.centre = cls._create_facility("Technical Centre", "TC", "returns_centre")
        cls.depot = cls._create_facility("Depot", "DP", "repair_depot")
        cls.keeps = cls.facilities.create(
            {"name": "Keep It", "kind": "customer_keeps", "company_id": cls.company.id}
        )
        cls.maker = cls.env["res.partner"].create(
            {"name": "Maker", "street": "Mill Lane 1", "city": "Leeds"}
        )
        cls.supplier = cls.facilities.create(
            {
                "name": "Maker of Kettles",
                "kind": "supplier_direct",
                "company_id": cls.company.id,
                "partner_id": cls.maker.id,
            }
        )
        cls.line = cls._sell(40)
        # what every rule below looks at is decided by a person only if it says so
        cls.today = cls.company._get_reverse_today()

    @classmethod
    def _create_facility(cls, name, code, kind, **values):
        warehouse = cls.env["stock.warehouse"].create(
            {"name": name, "code": code, "company_id": cls.company.id}
        )
        facility = warehouse.reverse_facility_ids
        facility.write({"kind": kind, **values})
        return facility

    @classmethod
    def _set_routes(cls, *rules):
        """Put a version in force with these route rules; give the rules."""
        draft = cls._get_version().copy()
        draft.route_rule_ids.unlink()
        draft.route_rule_ids = [
            Command.create({"name": f"Route {number}", **vals})
            for number, vals in enumerate(rules, start=1)
        ]
        draft.with_user(cls.users["administrator"]).action_activate()
        return draft.route_rule_ids

    @classmethod
    def _open_daily(cls, facility, minutes, **values):
        """Let a facility work every day from 8 to 16."""
        calendar = cls.env["resource.calendar"].create(
            {
                "name": "Every day",
                "tz": "UTC",
                "company_id": cls.company.id,
                "hours_per_day": 8.0,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"Day {day}",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 16,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        facility.write(
            {"calendar_id": calendar.id, "inspection_minutes": minutes, **values}
        )
        return calendar

    @classmethod
    def _close(cls, calendar, start, stop):
        cls.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": calendar.id,
                "company_id": calendar.company_id.id,
                "date_from": fields.Datetime.to_datetime(start),
                "date_to": fields.Datetime.to_datetime(stop).replace(
                    hour=23, minute=59
                ),
            }
        )

    def _route_events(self, rma):
        return self._events(rma).filtered(lambda event: event.name == "ReturnRouted")
