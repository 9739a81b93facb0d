"""What policy says of a line: windows, rights above them, limits below them."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from engine.eligibility import (
    RELEASES,
    Facts,
    Legal,
    Terms,
    decide,
    find_missing,
    warranty_end,
)
from engine.recovery import Handling, Returnless
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


@pytest.mark.parametrize("days", [0, 30])
def test_what_never_arrived_comes_back(days):
    line = facts(days, never_arrived=True)
    assert said(line, Terms(window_days=30)) == ("authorize", "carrier")


@pytest.mark.parametrize("days", [31, 400])
def test_that_an_old_parcel_came_back_is_one_persons_word(days):
    line = facts(days, never_arrived=True)
    assert said(line, Terms(window_days=30)) == ("review", "carrier_doubt")
    assert said(line, Terms()) == ("authorize", "carrier")
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
    assert find_missing(enough, terms) == ()


def test_no_right_is_lost_for_want_of_a_proof():
    terms = Terms(proofs=frozenset({"photo"}), window_days=1)
    right = Legal("withdrawal", DELIVERED + timedelta(14), freight_payer="company")
    decision = decide(facts(10), terms, right)
    assert (decision.outcome, decision.code) == ("review", "proof_lawful")
    assert (decision.missing, decision.freight_payer) == (("photo",), "company")


def test_freight_is_told_of_what_is_sent_back_by_right_only():
    right = Legal("withdrawal", DELIVERED + timedelta(14), freight_payer="customer")
    terms = Terms(window_days=30)
    assert decide(facts(10), terms, right).freight_payer == "customer"
    assert decide(facts(15), terms, right).freight_payer == "", "no longer a right"
    assert decide(facts(10, never_arrived=True), terms, right).freight_payer == ""


def test_goods_without_a_sale_need_their_proof_too():
    terms = Terms(proofs=frozenset({"purchase"}))
    unknown = Facts(DELIVERED, sourced=False)
    assert decide(unknown, terms).missing == ("purchase",)
    shown = Facts(DELIVERED, sourced=False, proofs=frozenset({"purchase"}))
    assert said(shown, terms) == ("review", "no_source")


def test_no_proof_is_asked_of_a_parcel_that_came_back():
    terms = Terms(proofs=frozenset({"photo"}))
    assert said(facts(1, never_arrived=True), terms) == ("authorize", "carrier")
    asked = Terms(proofs=frozenset({"photo"}), by_policy=False)
    assert decide(facts(1, never_arrived=True), asked).outcome == "review"


@pytest.mark.parametrize(
    ("values", "terms", "code"),
    [
        ({"settlement": "refund"}, {"withheld": frozenset({"refund"})}, "settlement"),
        ({"product_quantity": 5.0}, {"max_quantity": 4.0}, "max_quantity"),
        ({"product_value": 100.01}, {"max_value": 100.0}, "max_value"),
        ({"product_value": 9.99, "min_value": 10.0}, {}, "min_value"),
        ({"product_quantity": 13.0, "pack": 6.0}, {}, "pack"),
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
        ({"product_quantity": 4.0}, {"max_quantity": 4.0}),
        ({"product_value": 100.0}, {"max_value": 100.0}),
        ({"product_value": 10.0, "min_value": 10.0}, {}),
        ({"product_quantity": 0.3, "pack": 0.1}, {}),
        ({"life_days": None, "min_life_days": 30}, {}),
        ({"value": 50.0, "quota_left": 50.0}, {}),
    ],
)
def test_what_reaches_a_limit_is_inside(values, terms):
    assert said(facts(1, **values), Terms(**terms)) == ("authorize", "in_window")


def test_limits_look_at_the_product_and_not_at_a_part_of_it():
    """One of two lines over which a pack of twelve was split."""
    split = {"quantity": 6.0, "value": 60.0, "min_value": 100.0, "pack": 12.0}
    split |= {"product_quantity": 12.0, "product_value": 120.0}
    assert said(facts(1, **split), Terms()) == ("authorize", "in_window")
    assert said(facts(1, **split), Terms(max_quantity=6.0))[1] == "max_quantity"
    assert said(facts(1, **split), Terms(max_value=60.0))[1] == "max_value"


def test_the_law_stands_above_window_final_sale_and_limits():
    legal = Legal("withdrawal", DELIVERED + timedelta(14))
    terms = Terms(returnable=False, window_days=3, max_quantity=1.0)
    many = {"product_quantity": 2.0}
    assert said(facts(14, **many), terms, legal) == ("authorize", "withdrawal")
    assert said(facts(15, **many), terms, legal) == ("exception", "final_sale")
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

    many = facts(300, defective=True, warranty_from=DELIVERED, product_quantity=2.0)
    few = Terms(window_days=14, warranty_months=12, max_quantity=1.0)
    assert said(many, few) == ("exception", "max_quantity")


@pytest.mark.parametrize(
    "values",
    [
        {"product_quantity": 1.0, "pack": 12.0},
        {"product_value": 5.0, "min_value": 10.0},
        {"life_days": 1, "min_life_days": 30},
        {"order_missing": True},
        {"value": 50.0, "quota_left": 10.0},
    ],
)
def test_a_warranty_knows_no_pack_minimum_or_quota(values):
    broken = facts(300, defective=True, warranty_from=DELIVERED, **values)
    covered = Terms(window_days=14, warranty_months=12)
    assert said(broken, covered) == ("authorize", "warranty")
    assert said(broken, Terms())[0] == "exception"


def test_the_warranty_is_told_whatever_decides():
    line = facts(1, warranty_from=DELIVERED, warranty_months=6)
    assert decide(line, None).warranty_until == date(2026, 8, 1)
    assert decide(line, Terms(warranty_months=24)).warranty_until == date(2028, 2, 1)
    assert decide(facts(1, warranty_months=6), Terms()).warranty_until is None
    assert decide(facts(1, warranty_from=DELIVERED), Terms()).warranty_until is None


@given(DAYS, st.integers(0, 600))
def test_warranties_end_as_the_calendar_says(start, months):
    assert warranty_end(start, months) == start + relativedelta(months=months)


def test_a_warranty_for_ever_has_a_last_day():
    assert warranty_end(date(2026, 5, 31), 10**6).year == 9999


@pytest.mark.parametrize("release", RELEASES)
def test_the_rule_says_when_credit_is_released(release):
    assert decide(facts(1), Terms(release=release)).release == release


def test_without_a_rule_inspection_releases():
    assert decide(facts(1), None).release == "inspection"


# ----------------------------------------------------------------------
# Goods that need not come back
# ----------------------------------------------------------------------
CHEAP = Terms(window_days=30, returnless=Returnless("below", 10.0))


def test_goods_below_a_value_stay_with_the_customer():
    assert decide(facts(1, value=9.99, keepable=True), CHEAP).returnless
    assert not decide(facts(1, value=10.0, keepable=True), CHEAP).returnless
    assert not decide(facts(1, value=9.99, keepable=True), Terms()).returnless


def test_goods_stay_when_having_them_back_costs_more_than_they_bring():
    terms = Terms(returnless=Returnless("recovery", percent=40.0))
    costs = Handling(per_line=3.0, per_unit=0.5, freight=4.0)
    line = {"keepable": True, "quantity": 2.0, "handling": costs}
    assert decide(facts(1, value=19.99, **line), terms).returnless
    assert not decide(facts(1, value=20.0, **line), terms).returnless


@pytest.mark.parametrize(
    "values",
    [{"keepable": False}, {"sourced": False}, {"never_arrived": True}],
)
def test_what_cannot_stay_comes_back_whatever_it_is_worth(values):
    line = facts(1, **{"value": 1.0, "keepable": True, **values})
    assert not decide(line, CHEAP).returnless


def test_outside_policy_it_may_still_stay_with_the_customer():
    late = decide(facts(31, value=1.0, keepable=True), CHEAP)
    assert (late.outcome, late.returnless) == ("exception", True)
    asked = Terms(proofs=frozenset({"photo"}), returnless=CHEAP.returnless)
    refused = decide(facts(1, value=1.0, keepable=True), asked)
    assert (refused.outcome, refused.returnless) == ("refuse", False)


def test_warranty_ends_on_the_day_of_its_month():
    assert warranty_end(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert warranty_end(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert warranty_end(date(2026, 5, 15), 24) == date(2028, 5, 15)
