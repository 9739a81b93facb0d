from odoo.tests.common import BaseCase

from ..engine import effect, holdings, notices


class TestNotices(BaseCase):
    def test_words_that_play_the_danger_down_are_found_whole(self):
        words = ["voluntar*", "rare*", "specific situation*"]
        found = notices.find_soothing(
            "We Voluntarily recall it: in rare, specific situations it burns.", words
        )
        self.assertEqual(found, ["voluntarily", "rare", "specific situations"])
        self.assertEqual(notices.find_soothing("A rarebit toaster", ["rare"]), [])
        self.assertEqual(notices.find_soothing(None, words), [])

    def test_a_notice_needs_its_parts_and_two_remedies(self):
        parts = {"hazard": True, "instruction": False}
        self.assertEqual(notices.find_missing(parts, 1), ["instruction", "remedies"])
        self.assertEqual(notices.find_missing({"hazard": True}, 2), [])


class TestEffect(BaseCase):
    def test_sums_and_rate(self):
        found = effect.sum_up(
            [
                effect.Reach(
                    10, returned=4, scrapped=3, destroyed=1, told=True, answered=True
                ),
                effect.Reach(5, told=True),
                effect.Reach(5),
            ]
        )
        self.assertEqual(
            (found.quantity, found.told, found.answered, found.outstanding),
            (20, 15, 10, 15),
        )
        self.assertEqual((found.rate, found.response, found.scrapped), (0.25, 0.5, 3))

    def test_lots_of_which_customers_have_another_quantity(self):
        found = effect.find_gaps(
            {"A": 5, "B": 2, "C": 1}, {"A": 5, "B": 1, "D": 0}, 0.01
        )
        self.assertEqual(found, {"B": (2, 1), "C": (1, 0)})
        self.assertFalse(effect.find_gaps({"A": 0.3}, {"A": 0.1 + 0.2}, 0.01))

    def test_more_back_than_delivered_is_not_below_zero(self):
        self.assertEqual(effect.Reach(2, returned=3).outstanding, 0)
        self.assertEqual(effect.sum_up([]).rate, 0)


class TestHoldings(BaseCase):
    def test_returns_that_were_asked_for_take_their_part(self):
        self.assertEqual(
            holdings.assign(10, {"a": 3, "b": 4}, 0.01),
            [("a", 3), ("b", 4), (None, 3)],
        )
        self.assertEqual(holdings.assign(5, {"a": 8}, 0.01), [("a", 5)])
        self.assertEqual(holdings.assign(5, {"a": 0}, 0.01), [(None, 5)])

    def test_what_is_known_already_is_nothing(self):
        for missing in (0, -2, 0.001):
            self.assertEqual(holdings.assign(missing, {"a": 1}, 0.01), [])
