from decimal import Decimal

from replay.ledger import NEVER_BOUGHT, TOO_MUCH, Ledger, Purchase
from replay_builders import built, lines


def test_a_credit_is_covered_by_earlier_purchases():
    expected = Ledger(built()).expected["C500010", "22041"]
    assert (expected.quantity, expected.matched) == (5, 5)
    assert expected.money == Decimal("12.50")
    assert expected.prices == (Decimal("2.5"),)


def test_what_was_never_bought_is_not_covered():
    expected = Ledger(built()).expected["C500012", "99999"]
    assert (expected.matched, expected.shortage) == (0, NEVER_BOUGHT)


def test_more_than_was_bought_is_covered_in_part():
    expected = Ledger(built()).expected["C500013", "22423"]
    assert (expected.quantity, expected.matched) == (15, 12)
    assert expected.shortage == TOO_MUCH


def test_what_was_given_back_cannot_be_given_back_again():
    text = lines(("1", 1, 1, 10), ("C2", 1, 2, -6), ("C3", 1, 3, -6), ("C4", 1, 4, -6))
    expected = Ledger(built(text)).expected
    assert [expected[f"C{i}", "22041"].matched for i in (2, 3, 4)] == [6, 4, 0]


def test_only_purchases_before_the_credit_count():
    text = lines(("1", 1, 1, 2), ("C2", 1, 2, -6), ("3", 1, 3, 10))
    assert Ledger(built(text)).expected["C2", "22041"].matched == 2


def test_customers_do_not_share_purchases():
    text = lines(("1", 1, 1, 10), ("C2", 2, 2, -6))
    assert Ledger(built(text)).expected["C2", "22041"].matched == 0


def test_purchases_are_kept():
    purchases = Ledger(built()).purchases
    bought = purchases["500002", "22041"]
    assert bought == Purchase("13085", 10, frozenset({Decimal("2.5")}))
    assert ("500001", "POST") not in purchases
