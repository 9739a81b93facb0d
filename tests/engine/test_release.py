"""Credit before the inspection: when, for how much, and what it covers."""

import pytest
from engine.eligibility import RELEASES
from engine.release import MOMENTS, cover, is_due, outstanding, quantity
from hypothesis import given
from hypothesis import strategies as st

STEP = 0.01
AMOUNTS = st.integers(0, 10_000).map(lambda cents: cents / 100)


@pytest.mark.parametrize(
    ("release", "due"),
    [
        ("authorization", {"authorization", "shipped", "receipt"}),
        ("shipped", {"shipped", "receipt"}),
        ("receipt", {"receipt"}),
        ("inspection", set()),
        ("person", set()),
    ],
)
def test_what_was_due_before_is_due_now(release, due):
    assert {moment for moment in MOMENTS if is_due(release, moment)} == due


def test_moments_are_releases_in_their_order():
    assert RELEASES[: len(MOMENTS)] == MOMENTS


@pytest.mark.parametrize(
    ("moment", "expected", "unseen", "ahead", "amount"),
    [
        ("authorization", 3.0, 0.0, 0.0, 3.0),
        ("authorization", 3.0, 0.0, 3.0, 0.0),
        ("shipped", 2.0, 1.0, 0.0, 3.0),
        ("receipt", 2.0, 1.0, 0.0, 1.0),
        ("receipt", 2.0, 1.0, 2.0, 0.0),
    ],
)
def test_quantities(moment, expected, unseen, ahead, amount):
    assert quantity(moment, expected, unseen, ahead, STEP) == pytest.approx(amount)


@given(st.sampled_from(MOMENTS), AMOUNTS, AMOUNTS, AMOUNTS)
def test_never_more_than_is_to_come_or_here(moment, expected, unseen, ahead):
    due = quantity(moment, expected, unseen, ahead, STEP)
    assert 0 <= due <= expected + unseen + STEP / 2
    # done once more, with what was just credited, there is nothing left
    assert quantity(moment, expected, unseen, ahead + due, STEP) == 0


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_credit_and_goods_at_once(credited, back, billed):
    left = outstanding(credited, back, billed, STEP)
    assert left == pytest.approx(max(credited - back - billed, 0), abs=STEP / 2)


def test_more_sent_than_came_counts_as_nothing_back():
    assert outstanding(2.0, -1.0, 0.0, STEP) == 2.0


@given(st.lists(AMOUNTS.filter(bool), max_size=6), AMOUNTS)
def test_parts_are_covered_as_a_whole(parts, credited):
    needs = list(enumerate(parts))
    covered, left = cover(needs, credited, STEP)
    taken = sum(parts[key] for key in covered)
    assert taken + left == pytest.approx(credited, abs=STEP)
    assert left >= 0
    if sum(parts) <= credited:
        assert covered == list(range(len(parts)))
    for key in set(range(len(parts))) - set(covered):
        assert parts[key] > left - STEP


def test_the_first_part_is_covered_first():
    assert cover([("a", 2.0), ("b", 1.0), ("c", 2.0)], 3.0, STEP) == (["a", "b"], 0.0)
    assert cover([("a", 4.0), ("b", 1.0)], 3.0, STEP) == (["b"], 2.0)
