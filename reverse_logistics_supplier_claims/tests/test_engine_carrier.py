from datetime import date

from odoo.tests import BaseCase, tagged

from ..engine import deadlines, liability
from ..engine.deadlines import Due, Term
from ..engine.liability import Limit

THURSDAY = date(2026, 11, 26)
ROAD = (Term("delay", 21), Term("hidden", 7), Term("visible"))


def cents(value):
    return round(value, 2)


@tagged("post_install", "-at_install")
class TestCarrierEngine(BaseCase):
    def test_what_is_due(self):
        dues = deadlines.due(THURSDAY, ROAD)
        self.assertEqual(
            dues,
            [
                Due(THURSDAY, "visible"),
                Due(date(2026, 12, 3), "hidden"),
                Due(date(2026, 12, 17), "delay"),
            ],
        )
        for today, finding in (
            (THURSDAY, "visible"),
            (date(2026, 11, 27), "hidden"),
            (date(2026, 12, 3), "hidden"),
            (date(2026, 12, 4), "delay"),
        ):
            self.assertEqual(deadlines.nearest(dues, today).finding, finding)
        self.assertIsNone(deadlines.nearest(dues, date(2026, 12, 18)))
        self.assertEqual(deadlines.due(None, ROAD), [])

    def test_months_end_with_their_month(self):
        for start, months, end in (
            (date(2026, 5, 31), 9, date(2027, 2, 28)),
            (date(2027, 5, 31), 9, date(2028, 2, 29)),
            (date(2026, 3, 15), 9, date(2026, 12, 15)),
            (date(2026, 4, 1), 9, date(2027, 1, 1)),
        ):
            self.assertEqual(deadlines.last_day(start, Term("damage", 0, months)), end)
        self.assertEqual(
            deadlines.last_day(date(2026, 1, 31), Term("damage", 2, 1)),
            date(2026, 3, 2),
        )

    def test_which_term_counts(self):
        air = (Term("damage", 14), Term("delay", 21))
        self.assertEqual(deadlines.term_for(ROAD, "hidden").days, 7)
        self.assertEqual(deadlines.term_for(air, "hidden").days, 14)
        self.assertEqual(deadlines.term_for(air, "visible").days, 14)
        self.assertEqual(deadlines.term_for(air, "delay").days, 21)
        self.assertEqual(deadlines.term_for((Term("any", 5),), "delay").days, 5)
        # nothing is said of delay: nothing limits it
        self.assertIsNone(deadlines.term_for((Term("damage", 14),), "delay"))

    def test_limit(self):
        self.assertEqual(
            liability.limit(12.5, 8.33, 1.2, 0, cents), Limit(124.95, "weight")
        )
        self.assertEqual(
            liability.limit(12.5, 8.33, 1.2, 900, cents), Limit(900, "declared")
        )
        for weight, per_kg, value in ((0, 8.33, 1.2), (1, 0, 1.2), (1, 8.33, 0)):
            self.assertIsNone(liability.limit(weight, per_kg, value, 0, cents))

    def test_lowered_to_the_cent(self):
        self.assertEqual(
            liability.lower({"a": 40, "b": 5}, 45, cents), {"a": 40, "b": 5}
        )
        self.assertEqual(
            liability.lower({"a": 100, "b": 50}, 15, cents), {"a": 10, "b": 5}
        )
        lowered = liability.lower({"a": 10, "b": 10, "c": 10}, 10, cents)
        self.assertEqual(lowered, {"a": 3.34, "b": 3.33, "c": 3.33})
