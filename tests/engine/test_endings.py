from datetime import date, timedelta

import pytest
from engine.endings import (
    Arrival,
    cut,
    expiry,
    level,
    may_dispose,
    sort_arrival,
)
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 5, 1)
STEP = 0.01
QUANTITIES = st.integers(0, 2000).map(lambda n: n / 100)
STATES = st.sampled_from(("authorized", "done", "expired", "rejected", "cancelled"))


@pytest.mark.parametrize(
    ("days", "shipped", "touched", "verdict"),
    [
        (0, False, False, None),
        (-1, False, False, "expire"),
        (-1, False, True, "close_short"),
        (-1, True, False, None),
        (1, False, True, None),
    ],
)
def test_expiry_the_day_after(days, shipped, touched, verdict):
    last = TODAY + timedelta(days)
    assert expiry(TODAY, last, shipped, touched) == verdict
    assert expiry(TODAY, None, shipped, touched) is None


@pytest.mark.parametrize(
    ("state", "expected", "outstanding", "free", "arrival"),
    [
        ("authorized", 5, 0, 0, Arrival(expected=5)),
        ("authorized", 2, 3, 3, Arrival(expected=2, reopened=3)),
        ("authorized", 2, 0, 1, Arrival(expected=2, linked=1, foreign=2)),
        ("done", 0, 5, 5, Arrival(reopened=5)),
        ("done", 0, 5, 2, Arrival(reopened=2, foreign=3)),
        ("done", 0, 1, 9, Arrival(reopened=1, linked=4)),
        ("expired", 5, 5, 9, Arrival(reopened=5)),
        ("rejected", 5, 5, 9, Arrival(linked=5)),
        ("cancelled", 5, 5, 3, Arrival(linked=3, foreign=2)),
        ("cancelled", 5, 5, 0, Arrival(foreign=5)),
    ],
)
def test_where_five_belong(state, expected, outstanding, free, arrival):
    assert sort_arrival(5, state, expected, outstanding, free, STEP) == arrival


@given(QUANTITIES, STATES, QUANTITIES, QUANTITIES, QUANTITIES)
def test_everything_is_taken_in_and_nothing_twice(
    quantity, state, expected, outstanding, free
):
    arrival = sort_arrival(quantity, state, expected, outstanding, free, STEP)
    parts = (arrival.expected, arrival.reopened, arrival.linked, arrival.foreign)
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(quantity)
    assert arrival.reopened + arrival.linked <= free + STEP / 2
    assert arrival.reopened <= outstanding + STEP / 2


@pytest.mark.parametrize(
    ("entered", "due", "spread"),
    [
        ([25, 0, 0], [15, 15, 5], [15, 10, 0]),
        ([15, 15, 5], [15, 15, 5], [15, 15, 5]),
        ([0, 25, 0], [15, 15, 5], [10, 15, 0]),
        ([5, 10, 0], [15, 15, 5], [5, 10, 0]),
        ([40, 0, 0], [15, 15, 5], [20, 15, 5]),
        ([0, 0, 40], [15, 15, 5], [15, 15, 10]),
        ([3], [2], [3]),
        ([0.3, 0.0], [0.1, 0.2], [0.1, 0.2]),
    ],
)
def test_what_is_counted_by_product_is_spread_over_its_lines(entered, due, spread):
    assert level(entered, due, 0.01) == spread


@pytest.mark.parametrize(
    ("quantity", "left", "rest"),
    [
        (1, [("b", 1)], 0),
        (2, [("b", 0)], 0),
        (4, [("b", 0), ("a", 1)], 0),
        (6, [("b", 0), ("a", 0)], 1),
        (0, [], 0),
    ],
)
def test_cut_takes_the_last_ones_first(quantity, left, rest):
    assert cut([("a", 3), ("b", 2)], quantity, STEP) == (left, rest)
    assert cut([], quantity, STEP) == ([], quantity)


def test_disposal_only_after_the_notice_has_passed():
    assert not may_dispose(TODAY, None, TODAY - timedelta(9))
    assert not may_dispose(TODAY, TODAY - timedelta(9), None)
    assert not may_dispose(TODAY, TODAY - timedelta(9), TODAY)
    assert may_dispose(TODAY, TODAY - timedelta(9), TODAY - timedelta(1))
