"""How much comes back in the next weeks, and what facilities have time for."""

from datetime import timedelta

import numpy as np

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import alarms, forecast


def tell(seed, count=12, weeks=60, rate=0.05):
    """Weekly deliveries and returns that vary more than by chance."""
    chance = np.random.default_rng(seed)
    delivered = chance.poisson(chance.uniform(100, 900, (count, 1)), (count, weeks))
    exposed = alarms.expose(delivered, alarms.USUAL_CURVE)
    rates = rate * chance.uniform(0.5, 1.5, (count, 1))
    returned = chance.poisson(chance.gamma(exposed * rates, 1.0))
    return delivered, returned


@tagged("post_install", "-at_install")
class TestForecastEngine(BaseCase):
    def test_four_of_five_weeks_lie_within_the_bounds(self):
        inside, ours, base = [], [], []
        for seed in range(6):
            delivered, returned = tell(seed)
            known = delivered[:, :-4], returned[:, :-4]
            expected, low, high = forecast.tell(*known, alarms.USUAL_CURVE, 4)
            came = returned[:, -4:]
            inside.append((low <= came) & (came <= high))
            ours.append(np.abs(expected - came).mean())
            mean = returned[:, -12:-4].mean(axis=1, keepdims=True)
            base.append(np.abs(mean - came).mean())
            self.assertTrue((low <= expected).all() and (expected <= high).all())
            self.assertGreaterEqual(low.min(), 0.0)
        self.assertTrue(0.7 <= np.mean(inside) <= 0.9, np.mean(inside))
        self.assertLess(np.mean(ours), np.mean(base))

    def test_more_deliveries_come_back_later(self):
        delivered = np.full((1, 30), 100.0)
        returned = np.full((1, 30), 5.0)
        usual = forecast.predict(delivered, returned, alarms.USUAL_CURVE)
        delivered[:, -1] = 900
        more = forecast.predict(delivered, returned, alarms.USUAL_CURVE)
        self.assertGreater(more[0, 1], 1.5 * usual[0, 1])

    def test_too_little_tells_nothing_and_nothing_breaks(self):
        for shape in ((0, 0), (3, 0), (3, 5), (0, 30)):
            for part in forecast.tell(
                np.zeros(shape), np.zeros(shape), alarms.USUAL_CURVE
            ):
                self.assertEqual(part.shape, (shape[0], forecast.AHEAD))
                self.assertFalse(part.any())
        still = np.zeros((2, 30))
        expected, _low, high = forecast.tell(still, still, alarms.USUAL_CURVE)
        self.assertFalse(expected.any())
        self.assertTrue(np.isfinite(high).all())


@tagged("post_install", "-at_install")
class TestForecast(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "forecast")]
        )
        cls.worker = cls.task._get_worker()
        cls.facility = cls.env["reverse.facility"].search(
            [("company_id", "=", cls.company.id), ("warehouse_id", "!=", False)],
            limit=1,
        )
        cls.facility.write(
            {"inspection_minutes": 120, "minutes_per_unit": 6, "minutes_per_line": 0}
        )

    def _look(self):
        """Receive two pieces in each of the last weeks, and look at them."""
        monday = self.worker._get_week(self.company._get_reverse_today())
        for weeks in range(1, 10):
            day = fields.Datetime.to_datetime(monday - timedelta(weeks=weeks))
            rma = self._received(self._sell(10), 2)
            delivery = rma.line_ids.move_id
            for record in (delivery, delivery.move_line_ids):
                record.sudo().date = day
            rma.inspection_ids.receipt_move_id.sudo().date = day + timedelta(days=5)
        for version, records in self.worker._find_waiting(self.task):
            self.task._suggest(records, version)
        return self.env["reverse.ai.forecast"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_weeks_are_told_by_facility_and_category(self):
        weeks = self._look()
        self.assertEqual(weeks.facility_id, self.facility)
        self.assertEqual(weeks.categ_id, self.product.categ_id)
        self.assertEqual(len(weeks), 2 * forecast.AHEAD)
        first = weeks.filtered(lambda week: not week.categ_id)[:1]
        self.assertEqual(first.week.weekday(), 0)
        self.assertTrue(1.5 <= first.expected <= 2.5, first.expected)
        self.assertTrue(first.low < first.expected < first.high)
        self.assertAlmostEqual(first.minutes, 6 * first.expected, delta=1)
        self.assertFalse(list(self.worker._find_waiting(self.task)), "once a day")

    def test_deliveries_without_a_day_teach_nothing(self):
        rma = self._received(self._sell(10), 2)
        today = self.company._get_reverse_today()
        self.assertEqual(self.worker._get_lags(self.company, today), [0])
        rma.line_ids.move_id.sudo().reverse_done_at = False
        self.assertEqual(self.worker._get_lags(self.company, today), [])

    def test_capacity_shows_what_is_expected(self):
        self._look()
        user = self.users["service"]
        action = self.env["reverse.facility.load"].with_user(user).action_open()
        rows = self.env["reverse.facility.load"].search(action["domain"])
        by_kind = {
            kind: sum(
                rows.filtered(lambda row, kind=kind: row.kind == kind).mapped("minutes")
            )
            for kind in ("capacity", "arriving", "forecast", "high")
        }
        self.assertGreater(len(rows), 2 * 14)
        self.assertEqual(len(set(rows.ids)), len(rows))
        self.assertTrue(15 <= by_kind["forecast"] <= 35, by_kind)
        self.assertGreater(by_kind["high"], by_kind["forecast"])
        closed = rows.filtered(lambda r: r.kind == "capacity" and not r.minutes).day_id
        self.assertFalse(any(closed.mapped("forecast_minutes")))

    def test_switched_off_nothing_is_told(self):
        weeks = self.env["reverse.ai.forecast"]
        weeks.create(
            {
                "company_id": self.company.id,
                "facility_id": self.facility.id,
                "week": "2030-01-07",
            }
        )
        self._as("administrator", self.task).mode = "off"
        self.assertFalse(weeks.search([("company_id", "=", self.company.id)]))

    def test_without_returns_nothing_is_told(self):
        other = self.env["res.company"].create({"name": "New"})
        task = self.env["reverse.ai.task"].search(
            [("company_id", "=", other.id), ("code", "=", "forecast")]
        )
        self.assertEqual(task._get_worker()._prepare(other), [])

    def test_forecasts_are_read_only_and_of_the_own_company(self):
        week = self.env["reverse.ai.forecast"].create(
            {
                "company_id": self.company.id,
                "facility_id": self.facility.id,
                "week": "2030-01-07",
                "expected": 3.0,
            }
        )
        self.assertEqual(self._as("auditor", week).expected, 3.0)
        with self.assertRaises(AccessError):
            self._as("administrator", week).expected = 5
        other = self.env["res.company"].create({"name": "Other"})
        week.company_id = other
        self.assertFalse(
            self._as("service", self.env["reverse.ai.forecast"]).search(
                [("id", "=", week.id)]
            )
        )
