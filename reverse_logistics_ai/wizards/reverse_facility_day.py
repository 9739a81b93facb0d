from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models


class ReverseFacilityDay(models.TransientModel):
    """Beside what is announced, days show what is expected."""

    _inherit = "reverse.facility.day"

    forecast_minutes = fields.Float(
        "Forecast (minutes)",
        readonly=True,
        help="What is expected to come by deliveries and by what used to come back: of "
        "a week, the same on each day that is open. What is announced is part of it.",
    )
    high_minutes = fields.Float(
        "Forecast at Most (minutes)",
        readonly=True,
        help="In nine of ten weeks, no more than this comes.",
    )

    @api.model
    def _prepare_days(self, facilities):
        days = super()._prepare_days(facilities)
        # Read as the facilities are: whoever sees their days need not read forecasts.
        known = facilities.env["reverse.ai.forecast"]._get_minutes(facilities)
        opened = defaultdict(set)
        for each in days:
            if each["available_minutes"]:
                opened[each["facility_id"]].add(each["day"].weekday())
        for each in days:
            day, place = each["day"], each["facility_id"]
            monday = day - timedelta(days=day.weekday())
            minutes, high = known.get((place, monday), (0.0, 0.0))
            # Left empty where nothing is expected, so that graphs leave it out.
            if minutes and each["available_minutes"]:
                count = len(opened[place])
                each["forecast_minutes"] = minutes / count
                each["high_minutes"] = high / count
        return days
