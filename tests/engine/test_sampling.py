import pytest
from engine.sampling import LEVELS, Rule, level, sampled, share
from hypothesis import given
from hypothesis import strategies as st

SECRET = "kept apart"
KEYS = [f"9f1c/{number}" for number in range(4000)]


def test_nobody_and_everybody():
    assert not any(sampled(SECRET, key, 0) for key in KEYS)
    assert all(sampled(SECRET, key, 100) for key in KEYS)


@pytest.mark.parametrize("percent", [5, 25, 50, 90])
def test_as_many_as_were_asked_for(percent):
    drawn = sum(sampled(SECRET, key, percent) for key in KEYS)
    assert drawn / len(KEYS) == pytest.approx(percent / 100, abs=0.03)


def test_the_same_goods_are_always_drawn():
    # written down once: an auditor must find the same ones for ever
    drawn = [n for n in range(40) if sampled(SECRET, f"9f1c/{n}", 10)]
    assert drawn == [15, 31, 33]


def test_who_does_not_know_the_secret_cannot_tell():
    guessed = sum(
        sampled(SECRET, key, 50) == sampled("guessed", key, 50) for key in KEYS
    )
    assert guessed / len(KEYS) == pytest.approx(0.5, abs=0.04)


def test_neighbours_say_nothing_about_each_other():
    drawn = [sampled(SECRET, key, 50) for key in KEYS]
    repeated = sum(a == b for a, b in zip(drawn, drawn[1:], strict=False))
    assert repeated / len(drawn) == pytest.approx(0.5, abs=0.04)


@given(st.text(), st.floats(0, 100), st.floats(0, 100))
def test_a_larger_sample_contains_the_smaller_one(key, one, other):
    small, large = sorted((one, other))
    assert sampled(SECRET, key, large) or not sampled(SECRET, key, small)


@pytest.mark.parametrize(
    ("rule", "serialized", "value", "expected"),
    [
        (Rule(), False, 1, "full"),
        (Rule(skip=True), False, 1, "assumed"),
        (Rule(skip=True, percent=100), False, 1, "sample"),
        # high value alone is the rule's business, serial numbers below it, too
        (Rule(skip=True), False, 5000, "assumed"),
        (Rule(skip=True), True, 499.99, "assumed"),
        (Rule(skip=True), True, 500, "full"),
        (Rule(skip=True, percent=100), True, 500, "full"),
    ],
)
def test_level(rule, serialized, value, expected):
    assert level(rule, SECRET, "key", serialized, value, 500) == expected


@given(
    st.builds(Rule, skip=st.booleans(), percent=st.floats(0, 100)),
    st.text(),
    st.booleans(),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
)
def test_serialized_goods_of_high_value_are_always_inspected(
    rule, key, serialized, value, threshold
):
    found = level(rule, SECRET, key, serialized, value, threshold)
    assert found in LEVELS
    if serialized and value >= threshold:
        assert found == "full"
        assert share(rule, serialized, value, threshold) == 1
    if found == "full":
        assert share(rule, serialized, value, threshold) == 1


def test_share():
    assert share(Rule(), False, 1, 500) == 1
    assert share(Rule(skip=True, percent=10), False, 1, 500) == pytest.approx(0.1)
    assert share(Rule(skip=True), True, 500, 500) == 1
