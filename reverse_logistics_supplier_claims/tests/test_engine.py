from datetime import date

from odoo.tests import BaseCase, tagged

from ..engine import agreements, amounts, sources
from ..engine.agreements import Agreement, Goods
from ..engine.amounts import Due, Terms
from ..engine.sources import Receipt

DAY = date(2026, 3, 1)


def agreement(number, partner=1, kind="supplier", company=1, **values):
    return Agreement(number, partner, kind, company, **values)


@tagged("post_install", "-at_install")
class TestEngine(BaseCase):
    def _find(self, *known, partner=1, **values):
        goods = {"product": 5, "categories": (30, 20), "reason": 7, **values}
        found = agreements.find(
            known, Goods(partner=partner, kind="supplier", company=1, day=DAY, **goods)
        )
        return found and found.id

    def test_the_most_specific_agreement_counts(self):
        plain = agreement(1)
        wide = agreement(2, categories=frozenset({20}))
        near = agreement(3, categories=frozenset({30}))
        exact = agreement(4, products=frozenset({5}))
        reason = agreement(5, products=frozenset({5}), reasons=frozenset({7}))
        self.assertEqual(self._find(plain, wide, near, exact, reason), 5)
        self.assertEqual(self._find(plain, wide, near, exact, reason, reason=8), 4)
        self.assertEqual(self._find(plain, wide, near, product=6), 3)
        self.assertEqual(self._find(plain, wide, product=6, categories=(10,)), 1)
        # of equal ones the first in the list, then the older
        self.assertEqual(self._find(agreement(8), agreement(9, sequence=-1)), 9)
        self.assertEqual(self._find(agreement(9), agreement(8)), 8)

    def test_what_does_not_fit(self):
        self.assertIsNone(self._find(agreement(1, partner=2)))
        self.assertIsNone(self._find(agreement(1, company=2)))
        self.assertIsNone(self._find(agreement(1, kind="carrier")))
        self.assertIsNone(self._find(agreement(1, start=date(2026, 3, 2))))
        self.assertIsNone(self._find(agreement(1, end=date(2026, 2, 28))))
        self.assertEqual(self._find(agreement(1, start=DAY, end=DAY)), 1)
        self.assertIsNone(self._find(agreement(1, liability="supplier")))
        # nobody knows who would have to pay
        self.assertEqual(self._find(agreement(1), partner=None), 1)
        self.assertIsNone(self._find(agreement(1), agreement(2, 2), partner=None))

    def test_source(self):
        old, new = Receipt("old", DAY, 2.0), Receipt("new", date(2026, 3, 2), 5.0)
        unnumbered = {None: [new, old]}
        self.assertEqual(sources.rank(None, 1, unnumbered, 0.01), ([old, new], False))
        self.assertEqual(sources.rank(None, 2, unnumbered, 0.01), ([old, new], False))
        # one receipt has enough, so it is that one
        self.assertEqual(sources.rank(None, 3, unnumbered, 0.01), ([new], True))
        self.assertEqual(sources.rank(None, 6, unnumbered, 0.01), ([], False))
        # the lot proves it …
        lots = {"A": [old], "B": [new]}
        self.assertEqual(sources.rank("A", 2, lots, 0.01), ([old], True))
        self.assertEqual(sources.rank("A", 3, lots, 0.01), ([], False))
        self.assertEqual(sources.rank("C", 1, lots, 0.01), ([], False))
        # … and what came in without one only may be it
        self.assertEqual(sources.rank("C", 3, unnumbered, 0.01), ([new], False))

    def test_amounts(self):
        def cents(value):
            return round(value, 2)

        self.assertEqual(amounts.claim(3, 40, Terms(), cents), {"goods": 120})
        terms = Terms(share=50, labour=12, handling=3, freight=10)
        self.assertEqual(
            amounts.claim(1, 33.33, terms, cents),
            {"goods": 16.66, "labour": 12, "freight": 1.67, "handling": 3},
        )

    def test_match(self):
        dues = [Due("one", "P1", 25), Due("two", "P1", 40), Due("three", "P2", 10)]
        credits = [Due("a", "P1", 25), Due("b", "P1", 50), Due("c", "P3", 5)]
        # the same amount first; more than was due still finds its claim
        self.assertEqual(amounts.match(credits, dues), {"a": "one", "b": "two"})
