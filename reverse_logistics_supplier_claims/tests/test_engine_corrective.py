from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..engine import corrective, reminders
from ..engine.corrective import Failure, Terms
from ..engine.reminders import Plan

FRIDAY = date(2026, 11, 27)


@tagged("post_install", "-at_install")
class TestCorrectiveEngine(BaseCase):
    def test_plan(self):
        # the weekend does not count
        days = corrective.plan(FRIDAY, Terms(), lambda days: date(2026, 12, 1))
        self.assertEqual(tuple(days), corrective.STEPS)
        self.assertEqual({days[step] for step in ("D0", "D3")}, {date(2026, 12, 1)})
        self.assertEqual({days[step] for step in ("D4", "D5")}, {date(2026, 12, 11)})
        self.assertEqual(days["D8"], date(2027, 1, 26))
        # no step is due before the one before it
        short = corrective.plan(
            FRIDAY, Terms(5, 1, 0), lambda days: FRIDAY + timedelta(7)
        )
        self.assertEqual(set(short.values()), {date(2026, 12, 4)})

    def test_to_tell(self):
        """What the supplier is told of a step, which is due on a Friday."""
        plan = Plan(-1, 3)
        for state, days, told, told_days, expected in (
            ("open", -2, None, None, None),
            ("open", -1, None, None, "reminded"),
            ("open", 0, "reminded", -1, None),
            ("open", 2, "reminded", -1, None),
            ("open", 2, None, None, "reminded"),
            ("open", 3, "reminded", -1, "escalated"),
            ("open", 9, None, None, "escalated"),
            ("open", 9, "escalated", 3, None),
            ("refused", -5, None, None, "refused"),
            ("refused", -4, "refused", -5, None),
            ("refused", -1, "refused", -5, "reminded"),
            ("refused", 3, "reminded", -1, "escalated"),
            # refused after it was due: time counts from when that was told
            ("refused", 20, None, None, "refused"),
            ("refused", 21, "refused", 20, None),
            ("refused", 23, "refused", 20, "escalated"),
            ("refused", 40, "escalated", 23, None),
        ):
            with self.subTest(state=state, days=days, told=told):
                self.assertEqual(
                    corrective.to_tell(
                        state,
                        FRIDAY,
                        FRIDAY + timedelta(days),
                        plan,
                        told,
                        told_days and FRIDAY + timedelta(told_days),
                    ),
                    expected,
                )

    def test_current(self):
        states = dict.fromkeys(corrective.STEPS, "open")
        self.assertEqual(corrective.current(states), "D0")
        states |= {"D0": "accepted", "D1": "answered", "D2": "accepted"}
        self.assertEqual(corrective.current(states), "D1")
        self.assertEqual(
            corrective.current(dict.fromkeys(corrective.STEPS, "accepted")), "D8"
        )

    def test_repeated(self):
        first = Failure(1, date(2026, 1, 1), 7, 5, 3)
        again = Failure(2, date(2026, 6, 1), 7, 5, 3)
        known = [first, again]

        def found(day, supplier=7, part=5, defect=3, key=9):
            one = Failure(key, day, supplier, part, defect)
            each = corrective.find_repeated(one, known)
            return each and each.key

        self.assertEqual(found(date(2026, 7, 1)), 2)
        self.assertEqual(found(date(2026, 3, 1)), 1)
        # a year, and not a day longer
        self.assertEqual(found(date(2027, 6, 1)), 2)
        self.assertIsNone(found(date(2027, 6, 2)))
        self.assertIsNone(found(date(2025, 12, 31)))
        for other in ({"supplier": 8}, {"part": 6}, {"defect": 4}):
            self.assertIsNone(found(date(2026, 7, 1), **other))
        # what is not known repeats nothing
        self.assertIsNone(found(date(2026, 7, 1), defect=None))
        # of two on one day the later one repeats the earlier, never itself
        self.assertIsNone(corrective.find_repeated(first, known))
        self.assertEqual(found(date(2026, 6, 1)), 2)

    def test_reminders(self):
        plan = Plan(-7, 3)
        for late, stage in (
            (-8, None),
            (-7, "reminded"),
            (2, "reminded"),
            (3, "escalated"),
        ):
            today = FRIDAY + timedelta(late)
            self.assertEqual(reminders.stage(FRIDAY, today, plan), stage)
        for reached, told, new in (
            (None, None, False),
            ("reminded", None, True),
            ("reminded", "reminded", False),
            ("escalated", "reminded", True),
            ("reminded", "escalated", False),
        ):
            self.assertEqual(reminders.is_new(reached, told, FRIDAY, FRIDAY), new)
        # another day counts anew
        self.assertTrue(
            reminders.is_new("reminded", "escalated", date(2026, 1, 1), FRIDAY)
        )
