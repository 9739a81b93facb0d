from dataclasses import replace
from datetime import date, datetime

from odoo.tests import BaseCase, tagged

from ..engine import agreements, amounts, bills, sources
from ..engine.agreements import Agreement, Goods
from ..engine.amounts import Due, Terms
from ..engine.sources import Receipt, Sold

DAY = date(2026, 3, 1)


def agreement(number, partner=1, kind="supplier", company=1, **values):
    return Agreement(number, partner, kind, company, **values)


@tagged("post_install", "-at_install")
class TestEngine(BaseCase):
    def _find(self, *known, partner=1, **values):
        usual = {"product": 5, "categories": (30, 20), "reasons": (7, 6)}
        usual["companies"] = (1,)
        goods = {**usual, **values}
        found = agreements.find(
            known, Goods(partner=partner, kind="supplier", day=DAY, **goods)
        )
        return found and found.id

    def test_the_most_specific_agreement_counts(self):
        plain = agreement(1)
        wide = agreement(2, categories=frozenset({20}))
        near = agreement(3, categories=frozenset({30}))
        exact = agreement(4, products=frozenset({5}))
        reason = agreement(5, products=frozenset({5}), reasons=frozenset({7}))
        self.assertEqual(self._find(plain, wide, near, exact, reason), 5)
        self.assertEqual(self._find(plain, wide, near, exact, reason, reasons=(8,)), 4)
        # a reason covers its sub-reasons, and a sub-reason counts before it
        wider = agreement(6, products=frozenset({5}), reasons=frozenset({6}))
        self.assertEqual(self._find(wider, reason, exact), 5)
        self.assertEqual(self._find(wider, exact), 6)
        # own goods have no reason
        self.assertEqual(self._find(wider, reason, exact, reasons=()), 4)
        self.assertEqual(self._find(plain, wide, near, product=6), 3)
        self.assertEqual(self._find(plain, wide, product=6, categories=(10,)), 1)
        # of equal ones the first in the list, then the older
        self.assertEqual(self._find(agreement(8), agreement(9, sequence=-1)), 9)
        self.assertEqual(self._find(agreement(9), agreement(8)), 8)

    def test_conditions(self):
        """Only what was found so, after the reason and before whose fault it is."""
        plain = agreement(1, liability="supplier")
        broken = agreement(2, conditions=frozenset({4, 5}))
        both = {"liability": "supplier"}
        self.assertEqual(self._find(plain, broken, condition=4, **both), 2)
        self.assertEqual(self._find(plain, broken, condition=3, **both), 1)
        self.assertIsNone(self._find(broken, condition=3))
        self.assertIsNone(self._find(broken), "own goods have none")
        reason = agreement(3, reasons=frozenset({6}))
        self.assertEqual(self._find(reason, broken, condition=4), 3)
        # what nobody has looked at may be in any
        self.assertEqual(self._find(broken, unseen=True), 2)
        goods = Goods(1, "supplier", (1,), DAY, 5, condition=3)
        self.assertEqual(agreements.find_at_request([broken], goods), broken)
        promised = agreement(4, conditions=frozenset({4}), warranty=24)
        self.assertEqual(agreements.find_warranty([promised], goods), 24)

    def test_branches(self):
        """What was agreed above holds, unless a branch has agreed something itself."""
        above, own = agreement(1, company=2), agreement(2)
        self.assertIsNone(self._find(above))
        self.assertEqual(self._find(above, companies=(1, 2)), 1)
        self.assertEqual(self._find(above, own, companies=(1, 2)), 2)
        # what is said of these goods counts before that
        exact = agreement(3, company=2, products=frozenset({5}))
        self.assertEqual(self._find(exact, own, companies=(1, 2)), 3)
        # an allowance is a share of bills, and a branch has bills of its own
        standing = agreement(4, company=2, allowance=True)
        self.assertIsNone(self._find(standing, companies=(1, 2)))
        self.assertEqual(self._find(standing, companies=(2,)), 4)

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

    def _rank(self, lot, quantity, receipts, **values):
        ranked, sure = sources.rank(lot, quantity, receipts, 0.01, **values)
        return [(one.receipt.key, one.why) for one in ranked], sure

    def test_source(self):
        old = Receipt("old", DAY, 2.0, "P1")
        new = Receipt("new", date(2026, 3, 2), 5.0, "P2")
        unnumbered = {None: [new, old]}
        both = [("old", "oldest"), ("new", "oldest")]
        self.assertEqual(self._rank(None, 1, unnumbered), (both, False))
        self.assertEqual(self._rank(None, 2, unnumbered), (both, False))
        # one receipt has enough, so it is that one
        self.assertEqual(self._rank(None, 3, unnumbered), (both[1:], True))
        self.assertEqual(self._rank(None, 6, unnumbered), ([], False))
        # the lot proves it …
        lots = {"A": [old], "B": [new]}
        self.assertEqual(self._rank("A", 2, lots), ([("old", "lot")], True))
        self.assertEqual(self._rank("A", 3, lots), ([], False))
        self.assertEqual(self._rank("C", 1, lots), ([], False))
        # … and what came in without one only may be it
        self.assertEqual(self._rank("C", 3, unnumbered), (both[1:], False))
        # two receipts of one purchase leave nothing to choose
        rest = Receipt("rest", DAY, 2.0, "P2")
        self.assertTrue(self._rank(None, 1, {None: [rest, new]})[1])
        # straight from the supplier to the customer
        direct = self._rank(None, 1, unnumbered, delivery="new")
        self.assertEqual(direct, ([("new", "direct")], True))

    def test_first_in_first_out(self):
        """5 came on the 1st, 2 of them went back; 4 were counted, then 5 came."""

        def at(day):
            return datetime(2026, 3, day)

        receipts = {
            None: [
                Receipt("b", DAY, 5.0, "P2", at(3), 5.0),
                Receipt("counted", DAY, 0.0, None, at(2), 4.0),
                Receipt("a", DAY, 3.0, "P1", at(1), 5.0, ((at(4), 2.0),)),
            ]
        }

        def ranked(day, before, quantity=1):
            sold = Sold(at(day), before, quantity)
            return self._rank(None, 1, receipts, sold=sold)

        first, second = ("a", "fifo"), ("b", "unused")
        self.assertEqual(ranked(5, 2), ([first, second], False))
        # three of the first receipt were left to sell, then four that were counted
        unused = ([("a", "used"), ("b", "unused")], False)
        self.assertEqual(ranked(5, 3), unused)
        self.assertEqual(ranked(5, 6), unused)
        self.assertEqual(ranked(5, 7), ([("b", "fifo"), ("a", "used")], False))
        self.assertEqual(ranked(5, 2, 6)[0], [first, ("b", "fifo")])
        # before the two went back, five were there, and the second was not
        self.assertEqual(ranked(2, 4), ([first], True))
        # more left than had come in: it may have been a later one
        self.assertEqual(ranked(1, 5), ([("a", "used"), ("b", "unused")], False))

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

    def test_match_leaves_to_other_claims_what_is_theirs(self):
        dues = [Due("mine", "P1", 40, "C1"), Due("other", "P1", 40, "C2", other=True)]
        credits = [Due("a", "P1", 40), Due("b", "P1", 40), Due("c", "P1", 90)]
        self.assertEqual(
            amounts.match(credits, dues), {"a": "mine", "b": "other", "c": "mine"}
        )
        parts = [Due("a", "P1", 30), Due("b", "P1", 30)]
        self.assertEqual(amounts.match(parts, dues), {"a": "mine", "b": "other"})
        named = [Due("a", "P1", 40, named=frozenset({"C2"}))]
        self.assertEqual(amounts.match(named, dues), {"a": "other"})

    def test_bills_give_what_is_left_of_them(self):
        ledger = bills.Ledger({"P": {"first": 3.0, "credited": 0.0, "second": 2.0}})
        self.assertEqual(
            ledger.take("P", 4, 1.0, keep=False), [("first", 3.0), ("second", 1.0)]
        )
        self.assertEqual(ledger.take("P", 2, 1.0), [("first", 2.0)])
        self.assertEqual(
            ledger.take("P", 4, 1.0), [("first", 1.0), ("second", 2.0), (None, 1.0)]
        )
        self.assertEqual(ledger.take("Q", 1, 1.0), [(None, 1)])

    def test_pieces_add_up_to_their_bill(self):
        """Six for 100.00 are no 6 × 16.67, which their bill would not give."""
        ledger = bills.Ledger(rounded={"other": 0.01})

        def claimed(*quantities):
            prices = [
                ledger.price("bill", each, 100 / 6, lambda amount: round(amount, 2))
                for each in quantities
            ]
            return [
                round(each * price, 2)
                for each, price in zip(quantities, prices, strict=True)
            ]

        self.assertEqual(
            claimed(1, 1, 1, 1, 1, 1), [16.67, 16.66, 16.67, 16.67, 16.66, 16.67]
        )
        self.assertAlmostEqual(ledger.rounded["bill"], 0.0)
        self.assertEqual(claimed(4, 2), [66.67, 33.33])
        self.assertEqual(ledger.rounded["other"], 0.01)

    def test_what_left_was_what_is_claimed(self):
        there = sources.still_there
        self.assertEqual(there([(1, 2.0), (3, 1.0)], []), 3.0)
        self.assertEqual(there([(1, 2.0), (3, 1.0)], [(2, 5.0)]), 1.0)
        self.assertEqual(there([(1, 2.0)], [(0, 5.0), (2, 0.5)]), 1.5)

    def test_divided_to_the_cent(self):
        def cents(amount):
            return round(amount, 2)

        weights = {"a": 1.0, "b": 1.0, "c": 1.0}
        divided = amounts.divide(100.0, weights, cents)
        self.assertEqual(divided, {"a": 33.34, "b": 33.33, "c": 33.33})
        self.assertEqual(amounts.divide(5.0, {"a": 0.0}, cents), {"a": 0.0})
        rooms = {"a": 2.0, "b": -1.0, "c": 3.0}
        self.assertEqual(amounts.fill(4.0, rooms), {"a": 2.0, "b": 0.0, "c": 2.0})
        self.assertEqual(amounts.fill(9.0, rooms), {"a": 2.0, "b": 0.0, "c": 7.0})
        self.assertEqual(amounts.fill(9.0, {}), {})

    def test_pieces_that_are_not_approved(self):
        count = amounts.count_unapproved
        self.assertEqual(count(5, 200.0, 120.0, 1.0, 0.01), 2)
        self.assertEqual(count(5, 200.0, 0.0, 1.0, 0.01), 5)
        self.assertEqual(count(5, 200.0, 200.0, 1.0, 0.01), 0)
        # Each is paid in part: the supplier keeps them all.
        self.assertEqual(count(5, 200.0, 180.0, 1.0, 0.01), 0)
        # What rounding took is no part of a piece.
        self.assertEqual(count(3, 100.0, 66.67, 1.0, 0.01), 1)
        self.assertEqual(count(1.5, 3.0, 1.0, 0.5, 0.01), 1.0)
        self.assertEqual(count(2, 0.0, 0.0, 1.0, 0.01), 2)

    def test_what_costs_less_than_a_cent_is_approved_in_full(self):
        """Half a cent is worth a step of a unit, or more of them."""
        count = amounts.count_unapproved
        self.assertEqual(count(10, 4.0, 4.0, 0.01, 0.01), 0)
        self.assertEqual(count(1000, 100.0, 100.0, 0.01, 0.01), 0)
        self.assertEqual(count(1000, 4.0, 4.0, 1.0, 0.01), 0)
        self.assertEqual(count(10, 4.0, 2.0, 0.01, 0.01), 5)
        self.assertEqual(count(1000, 100.0, 90.0, 0.01, 0.01), 100)
        self.assertEqual(count(1000, 4.0, 3.0, 1.0, 0.01), 250)

    def test_faultless_goods_share_what_they_caused(self):
        def cents(amount):
            return round(amount, 2)

        terms = Terms(share=50, labour=12, handling=3, freight=10, factor=0.5)
        terms = replace(terms, faultless=40)
        self.assertEqual(
            amounts.claim(2, 40.0, terms, cents),
            {"goods": 0.0, "labour": 4.8, "freight": 1.6, "handling": 1.2},
        )
