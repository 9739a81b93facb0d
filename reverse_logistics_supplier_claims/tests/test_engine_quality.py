"""Numbers about suppliers, without a database."""

from datetime import date

from odoo.tests import BaseCase

from ..engine import quality

TODAY = date(2026, 11, 29)


class TestQuality(BaseCase):
    def test_band(self):
        """One of 300 says little; the published interval of Wilson for 1/300."""
        rate = quality.rate(1, 300)
        self.assertEqual(round(rate.ppm), 3333)
        self.assertEqual((round(rate.low), round(rate.high)), (589, 18637))
        more = quality.rate(1000, 300000)
        self.assertEqual(round(more.ppm), 3333)
        self.assertTrue(rate.low < more.low < more.high < rate.high)

    def test_band_at_the_ends(self):
        none = quality.rate(0, 10)
        self.assertEqual((none.ppm, round(none.low)), (0, 0))
        self.assertEqual(round(none.high), 277533)
        every = quality.rate(10, 10)
        self.assertEqual((round(every.low), round(every.high)), (722467, 1000000))
        self.assertEqual(quality.rate(12, 10).ppm, 1e6)
        self.assertIsNone(quality.rate(0, 0))
        self.assertIsNone(quality.ratio(1, 0))

    def test_why_unclaimed(self):
        def why(partner=True, agreement=True, allowance=False, value=50.0, until=None):
            return quality.why_unclaimed(
                partner, agreement, allowance, value, 20.0, until, TODAY
            )

        self.assertEqual(why(), "open")
        self.assertEqual(why(agreement=False), "no_agreement")
        self.assertEqual(why(value=19.99), "minimum")
        self.assertEqual(why(until=date(2026, 11, 28)), "late")
        self.assertEqual(why(until=TODAY), "open")
        self.assertEqual(why(partner=False, agreement=False), "unknown")
        self.assertEqual(why(partner=False, allowance=True), "allowance")
        # what is worth nothing is no money left on the table
        self.assertIsNone(why(partner=False, agreement=False, value=0.0))
