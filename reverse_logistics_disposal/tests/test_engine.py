from datetime import date, timedelta

from odoo.tests.common import BaseCase

from ..engine import donation, waste

DAY = date(2026, 7, 20)


class TestWaste(BaseCase):
    def test_codes_are_written_as_the_list_does(self):
        for entered, code in (
            ("16 02 13*", "16 02 13*"),
            ("200110", "20 01 10"),
            (" 20 01 10 * ", "20 01 10*"),
            ("200110 *", "20 01 10*"),
            ("21 01 10", None),
            ("00 01 10", None),
            ("16 02 1", None),
            ("16-02-13", None),
            ("16 02 13**", None),
            ("", None),
            (None, None),
        ):
            self.assertEqual(waste.normalize(entered), code, entered)


class TestDonation(BaseCase):
    def _offer(self, partner, state="refused", kind="charity", day=DAY):
        answer_by = day + timedelta(days=14)
        return donation.Offer(kind, partner, state, day, answer_by)

    def test_each_charity_counts_once(self):
        offers = [self._offer(1), self._offer(1), self._offer(2)]
        self.assertEqual(donation.count_missing(offers, DAY, 3), 1)
        offers.append(self._offer(3))
        self.assertEqual(donation.count_missing(offers, DAY, 3), 0)

    def test_who_does_not_answer_declines(self):
        waiting = [self._offer(1, "waiting")]
        last = DAY + timedelta(days=14)
        self.assertEqual(donation.count_missing(waiting, last, 1), 1)
        after = last + timedelta(days=1)
        self.assertEqual(donation.count_missing(waiting, after, 1), 0)
        taken = [self._offer(1, "accepted")]
        self.assertEqual(donation.count_missing(taken, after, 1), 1)

    def test_eight_weeks_on_the_site_are_enough(self):
        shown = [self._offer(None, "waiting", "site")]
        end = DAY + timedelta(weeks=8)
        before = end - timedelta(days=1)
        self.assertEqual(donation.count_missing(shown, before, 3), 3)
        self.assertEqual(donation.count_missing(shown, end, 3), 0)
