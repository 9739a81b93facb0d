"""What policy says of a line: windows, rights above them, limits below them."""

from datetime import date, timedelta

import pytest
from engine.eligibility import Facts, Legal, Terms, decide, warranty_end
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(2000, 1, 1), date(2099, 1, 1))
DELIVERED = date(2026, 2, 1)


def facts(age=0, **values):
    """A line of goods that were delivered some days ago."""
    return Facts(
        requested_on=DELIVERED + timedelta(age),
        **{"starts": {"delivery": DELIVERED}, **values},
    )


def said(line, terms, legal=None):
    decision = decide(line, terms, legal)
    return decision.outcome, decision.code


@pytest.mark.parametrize(
    ("days", "by_policy", "outcome", "code"),
    [
        (0, True, "authorize", "in_window"),
        (30, True, "authorize", "in_window"),
        (31, True, "exception", "late"),
        (30, False, "review", "manual"),
        (31, False, "exception", "late"),
    ],
)
def test_window_of_thirty_days(days, by_policy, outcome, code):
    decision = decide(facts(days), Terms(window_days=30, by_policy=by_policy))
    assert (decision.outcome, decision.code) == (outcome, code)
    assert decision.days == days


def test_without_a_delivery_or_a_rule_a_person_decides():
    unknown = Facts(DELIVERED, sourced=False)
    assert said(unknown, Terms(window_days=30)) == ("review", "no_source")
    assert said(facts(1), None) == ("review", "no_rule")
    assert decide(facts(1), None).days is None


@given(DAYS, st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_a_longer_window_never_refuses_more(delivered, age, window, by_policy):
    line = Facts(delivered + timedelta(age), {"delivery": delivered})
    short = decide(line, Terms(window_days=window, by_policy=by_policy))
    long = decide(line, Terms(window_days=window + 1, by_policy=by_policy))
    assert not (short.outcome == "authorize" and long.outcome != "authorize")
    assert (short.outcome == "authorize") == (by_policy and age <= window)


@pytest.mark.parametrize("days", [0, 30, 31, 400])
def test_no_window_for_what_never_arrived(days):
    line = facts(days, never_arrived=True)
    assert said(line, Terms(window_days=30)) == ("authorize", "carrier")
    assert decide(line, Terms(window_days=30, by_policy=False)).outcome != "authorize"


def test_the_window_counts_from_what_the_rule_says():
    line = facts(40, starts={"delivery": DELIVERED, "invoice": date(2026, 3, 1)})
    assert said(line, Terms(window_days=14, window_from="invoice"))[0] == "authorize"
    assert said(line, Terms(window_days=14)) == ("exception", "late")
    assert said(line, Terms(window_days=14, window_from="order")) == (
        "exception",
        "no_order",
    )
    assert said(facts(4000), Terms()) == ("authorize", "in_window")


def test_proof_comes_before_everything_else():
    terms = Terms(returnable=False, proofs=frozenset({"photo", "serial"}))
    decision = decide(facts(1, proofs=frozenset({"serial"})), terms)
    assert (decision.outcome, decision.missing) == ("refuse", ("photo",))
    enough = facts(1, proofs=frozenset({"serial", "photo"}))
    assert said(enough, terms) == ("exception", "final_sale")


@pytest.mark.parametrize(
    ("values", "terms", "code"),
    [
        ({"settlement": "refund"}, {"withheld": frozenset({"refund"})}, "settlement"),
        ({"quantity": 5.0}, {"max_quantity": 4.0}, "max_quantity"),
        ({"value": 100.01}, {"max_value": 100.0}, "max_value"),
        ({"value": 9.99, "min_value": 10.0}, {}, "min_value"),
        ({"quantity": 13.0, "pack": 6.0}, {}, "pack"),
        ({"life_days": 29, "min_life_days": 30}, {}, "life"),
        ({"order_missing": True}, {}, "order"),
        ({"value": 50.0, "quota_left": 49.99}, {}, "quota"),
        ({"excluded": True}, {}, "final_sale"),
    ],
)
def test_limits_make_it_an_exception(values, terms, code):
    assert said(facts(1, **values), Terms(**terms)) == ("exception", code)


@pytest.mark.parametrize(
    ("values", "terms"),
    [
        ({"settlement": "refund"}, {"withheld": frozenset({"replacement"})}),
        ({"quantity": 4.0}, {"max_quantity": 4.0}),
        ({"value": 100.0}, {"max_value": 100.0}),
        ({"value": 10.0, "min_value": 10.0}, {}),
        ({"quantity": 0.3, "pack": 0.1}, {}),
        ({"life_days": None, "min_life_days": 30}, {}),
        ({"value": 50.0, "quota_left": 50.0}, {}),
    ],
)
def test_what_reaches_a_limit_is_inside(values, terms):
    assert said(facts(1, **values), Terms(**terms)) == ("authorize", "in_window")


def test_the_law_stands_above_window_final_sale_and_limits():
    legal = Legal("withdrawal", DELIVERED + timedelta(14))
    terms = Terms(returnable=False, window_days=3, max_quantity=1.0)
    assert said(facts(14, quantity=2.0), terms, legal) == ("authorize", "withdrawal")
    assert said(facts(15, quantity=2.0), terms, legal) == ("exception", "final_sale")
    asked = Terms(by_policy=False, window_days=3)
    assert said(facts(14), asked, legal) == ("review", "manual")


def test_warranty_is_for_defects_and_keeps_limits():
    terms = Terms(window_days=14, warranty_months=12)
    broken = facts(300, defective=True, warranty_from=DELIVERED)
    assert said(broken, terms) == ("authorize", "warranty")
    assert decide(broken, terms).until == date(2027, 2, 1)
    assert said(facts(300, warranty_from=DELIVERED), terms) == ("exception", "late")
    over = facts(366, defective=True, warranty_from=DELIVERED)
    assert said(over, terms) == ("exception", "late")
    product = facts(300, defective=True, warranty_from=DELIVERED, warranty_months=24)
    assert said(product, Terms(window_days=14)) == ("authorize", "warranty")

    many = facts(300, defective=True, warranty_from=DELIVERED, quantity=2.0)
    few = Terms(window_days=14, warranty_months=12, max_quantity=1.0)
    assert said(many, few) == ("exception", "max_quantity")


def test_warranty_ends_on_the_day_of_its_month():
    assert warranty_end(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert warranty_end(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert warranty_end(date(2026, 5, 15), 24) == date(2028, 5, 15)
