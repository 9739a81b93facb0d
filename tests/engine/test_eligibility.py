from datetime import date, timedelta

import pytest
from engine.eligibility import Facts, Policy, decide
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(2000, 1, 1), date(2099, 1, 1))


@pytest.mark.parametrize(
    ("days", "authorize", "outcome", "code"),
    [
        (0, True, "authorize", "in_window"),
        (30, True, "authorize", "in_window"),
        (31, True, "review", "late"),
        (30, False, "review", "manual"),
        (31, False, "review", "late"),
    ],
)
def test_window_of_thirty_days(days, authorize, outcome, code):
    delivered = date(2026, 2, 1)
    facts = Facts(delivered + timedelta(days), delivered)
    decision = decide(facts, Policy(30, authorize))
    assert (decision.outcome, decision.code) == (outcome, code)
    assert decision.days == days


def test_without_a_delivery_a_person_decides():
    decision = decide(Facts(date(2026, 2, 1)), Policy(30, True))
    assert (decision.outcome, decision.code) == ("review", "no_source")
    assert decision.days is None


@given(DAYS, st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_a_longer_window_never_refuses_more(delivered, age, window, authorize):
    facts = Facts(delivered + timedelta(age), delivered)
    short = decide(facts, Policy(window, authorize))
    long = decide(facts, Policy(window + 1, authorize))
    assert not (short.outcome == "authorize" and long.outcome != "authorize")
    assert (short.outcome == "authorize") == (authorize and age <= window)


@pytest.mark.parametrize("days", [0, 30, 31, 400])
def test_no_window_for_what_never_arrived(days):
    delivered = date(2026, 2, 1)
    facts = Facts(delivered + timedelta(days), delivered, never_arrived=True)
    decision = decide(facts, Policy(30, True))
    assert (decision.outcome, decision.code) == ("authorize", "carrier")
    assert decide(facts, Policy(30, False)).outcome == "review"
