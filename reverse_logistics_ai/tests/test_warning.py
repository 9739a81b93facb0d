"""Goods that come back more often than they did."""

from datetime import timedelta
from unittest.mock import patch

import numpy as np

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import alarms
from ..models.reverse_ai_warning import WEEKS


def tell(seed, count=60, rising=0, weeks=WEEKS, since=10):
    """Weekly deliveries and returns of many goods, of which some have doubled."""
    random = np.random.default_rng(seed)
    delivered = random.poisson(60, (count, weeks))
    rates = np.full((count, weeks), 0.04)
    rates[:rising, weeks - since :] *= 2
    exposed = alarms.expose(delivered, alarms.USUAL_CURVE)
    return delivered, random.poisson(exposed * rates)


@tagged("post_install", "-at_install")
class TestAlarms(BaseCase):
    def test_what_has_doubled_is_found_and_the_rest_is_not(self):
        found = [
            alarms.watch(*tell(seed, rising=10), alarms.USUAL_CURVE)[0]
            for seed in range(5)
        ]
        self.assertGreaterEqual(np.mean([rising[:10].mean() for rising in found]), 0.7)
        self.assertLessEqual(np.mean([rising[10:].mean() for rising in found]), 0.03)

    def test_nothing_is_found_where_nothing_rises(self):
        found = [
            alarms.watch(*tell(seed), alarms.USUAL_CURVE)[0].mean() for seed in range(9)
        ]
        self.assertLessEqual(np.mean(found), 0.01)

    def test_more_deliveries_are_no_rise(self):
        delivered, _returned = tell(1)
        delivered[:, -12:] *= 3
        exposed = alarms.expose(delivered, alarms.USUAL_CURVE)
        returned = np.random.default_rng(2).poisson(0.04 * exposed)
        rising, _usual, _seen = alarms.watch(delivered, returned, alarms.USUAL_CURVE)
        self.assertLessEqual(rising.mean(), 0.05)

    def test_too_short_and_empty_series_say_nothing(self):
        for shape in ((0, 0), (3, 5), (0, 90)):
            rising, usual, seen = alarms.watch(
                np.zeros(shape), np.zeros(shape), alarms.USUAL_CURVE
            )
            self.assertFalse(rising.any() or usual.any() or seen.any())
        still = np.zeros((4, WEEKS))
        self.assertFalse(alarms.watch(still, still, alarms.USUAL_CURVE)[0].any())

    def test_sellers_who_have_just_begun_are_told_nothing(self):
        """Nobody knows yet what is usual: that anything comes back is no rise."""
        delivered = np.zeros((8, WEEKS))
        delivered[:, -8:] = 40
        returned = np.zeros((8, WEEKS))
        returned[:, -5:] = 3
        self.assertFalse(alarms.watch(delivered, returned, alarms.USUAL_CURVE)[0].any())

    def test_days_that_go_backwards_are_left_out(self):
        curve = alarms.learn_curve([-400, -1, 3, 3, 3, 10_000])
        self.assertAlmostEqual(curve.sum(), 1.0)
        self.assertGreater(curve[0], alarms.USUAL_CURVE[0])

    def test_share_of_false_ones_is_bounded(self):
        chances = [0.001, 0.01, 0.04, 0.2, 0.9]
        self.assertEqual(
            alarms.choose(chances, 0.1).tolist(), [True, True, True, False, False]
        )
        self.assertFalse(alarms.choose([0.2] * 9, 0.1).any())
        self.assertEqual(len(alarms.choose([])), 0)


@tagged("post_install", "-at_install")
class TestWarning(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "warning")]
        )
        cls.worker = cls.task._get_worker()
        cls.steady = cls._create_product("Steady Kettle")

    def _look(self, rising=12.0):
        """Look at a year of a product that rises, and of one that does not.

        A year of documents takes minutes, so the counts are given.
        """
        today = self.company._get_reverse_today()
        start = self.worker._get_week(today) - timedelta(weeks=WEEKS)
        lots = self.env["stock.lot"]
        moves, lines = [], []
        for number in range(WEEKS):
            week = fields.Datetime.to_datetime(start + timedelta(weeks=number))
            late = number >= WEEKS - 8
            for product, count in ((self.product, rising), (self.steady, 2.0)):
                moves.append((product, lots, week, 60.0))
                lines.append((product, lots, week, count if late else 2.0))
        model = type(self.worker)
        with (
            patch.object(model, "_count_deliveries", lambda *_args: moves),
            patch.object(model, "_count_returns", lambda *_args: lines),
        ):
            for version, records in self.worker._find_waiting(self.task):
                self.task._suggest(records, version)
        return self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", self.task.id), ("state", "=", "open")]
        )

    def test_product_that_rises_is_told_with_numbers(self):
        (warning,) = self._look()
        self.assertEqual(
            (warning.res_model, warning.res_id), ("product.product", self.product.id)
        )
        self.assertIn("60 came back", warning.reasons)
        self.assertIn("were usual for what was delivered", warning.reasons)
        template = self._as("service", self.product.product_tmpl_id)
        self.assertIn("60 came back", template.reverse_ai_warning)
        self.assertFalse(self.steady.product_tmpl_id.reverse_ai_warning)
        self.assertFalse(self._look().filtered(lambda s: s != warning), "once a day")

    def test_deliveries_without_a_day_teach_nothing(self):
        rma = self._requested(self._sell(3), 2)
        today = self.company._get_reverse_today()
        self.assertEqual(self.worker._get_lags(self.company, today), [0])
        rma.line_ids.move_id.sudo().reverse_done_at = False
        self.assertEqual(self.worker._get_lags(self.company, today), [])

    def test_real_documents_are_counted(self):
        sold = self._sell(quantity=3)
        rma = self._requested(sold, 2)
        rma._guarded_write({"requested_at": "2026-01-06 10:00:00"})
        rma.line_ids.flush_recordset()
        sold.move_ids.move_line_ids.write({"date": "2026-01-05 10:00:00"})
        sold.move_ids.write({"date": "2026-01-05 10:00:00"})
        start, end = (
            fields.Date.to_date("2026-01-05"),
            fields.Date.to_date("2026-01-12"),
        )
        moves = self.worker._count_deliveries(self.company, start, end)
        self.assertEqual([(m[0], m[3]) for m in moves], [(self.product, 3.0)])
        lines = self.worker._count_returns(self.company, start, end)
        self.assertEqual([(line[0], line[3]) for line in lines], [(self.product, 2.0)])
        told = self.worker._tabulate(lines, lambda row: row[0].id, start)
        self.assertEqual(told[self.product.id][0], 2.0)
        followed = self.worker._follow(self.company, end, lambda row: row[0].id)
        self.assertEqual(followed[self.product.id], [("2026-01-01", 3.0, 2.0)])
        self.assertEqual(followed[self.steady.id], [])

    def test_wrong_needs_a_reason_and_is_not_repeated(self):
        warning = self._as("service", self._look())
        wizard = self._as("service", self.env["reverse.ai.override"]).create(
            {"suggestion_id": warning.id, "why": " "}
        )
        with self.assertRaisesRegex(UserError, "Say in a few words why"):
            self._call(wizard, "action_choose")
        wizard.why = "A campaign with free returns"
        self._call(wizard, "action_choose")
        self.assertEqual((warning.state, warning.chosen), ("overruled", "wrong"))
        self.task._guarded_write({"looked_on": False})
        self.assertFalse(self._look())

    def test_right_is_noted_and_switched_off_nothing_shows(self):
        warning = self._look()
        self._call(self._as("inspector", warning), "action_right")
        self.assertEqual(warning.state, "accepted")
        self.task._guarded_write({"looked_on": False})
        warning._guarded_write({"decided_at": "2020-01-01 00:00:00"})
        self.assertTrue(self._look(), "after a while it is told again")
        self._as("administrator", self.task).mode = "off"
        self.product.product_tmpl_id.invalidate_recordset()
        self.assertFalse(self.product.product_tmpl_id.reverse_ai_warning)

    def test_what_came_back_is_followed_by_month_of_delivery(self):
        counted = [
            (self.product, self.env["stock.lot"], fields.Date.to_date(day), pieces)
            for day, pieces in (("2026-01-09", 4.0), ("2026-01-30", 3.0))
        ]
        with patch.object(
            type(self.worker), "_count_by_delivery", lambda *_args: counted
        ):
            warning = self._look()
        months = warning.details["cohort"]
        self.assertGreater(len(months), 10)
        self.assertIn("Came back", warning.cohort_table)
        found = {month: (sent, back) for month, sent, back in months}
        self.assertEqual(found["2026-01-01"][1], 7.0)
        share = 100 * 7.0 / found["2026-01-01"][0]
        self.assertIn(f"{share:.1f}", warning.cohort_table)

    def test_who_may_enter_neither_recalls_nor_claims_is_offered_none(self):
        warning = self._as("auditor", self._look())
        self.assertFalse(warning.is_recall_offered or warning.is_claim_offered)
        for step in ("action_recall", "action_claim"):
            with self.assertRaisesRegex(UserError, "not open to you"):
                self._call(warning, step)
