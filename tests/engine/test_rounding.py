import pytest
from engine.rounding import compare, round_to
from hypothesis import given
from hypothesis import strategies as st

STEPS = st.sampled_from([0.0001, 0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0])
AMOUNTS = st.integers(-(10**8), 10**8).map(lambda cents: cents / 1000)


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        (2.675, 0.01, 2.68),
        (1.005, 0.01, 1.01),
        (-2.675, 0.01, -2.68),
        (0.025, 0.05, 0.05),
        (7.5, 5.0, 10.0),
        (3.14159, 0.0001, 3.1416),
    ],
)
def test_halves_go_away_from_zero(value, step, expected):
    assert round_to(value, step) == expected
    assert round_to(expected, step) == expected


@pytest.mark.parametrize("step", [0, -0.01])
def test_a_step_must_be_positive(step):
    with pytest.raises(ValueError, match="must be positive"):
        round_to(1.0, step)
    with pytest.raises(ValueError, match="must be positive"):
        compare(1.0, 2.0, step)


@given(AMOUNTS, STEPS)
def test_rounding_is_near_and_final(value, step):
    rounded = round_to(value, step)
    assert abs(rounded - value) <= step / 2 + 1e-6
    assert round_to(rounded, step) == rounded
    assert round_to(-value, step) == -rounded


@given(AMOUNTS, AMOUNTS, STEPS)
def test_comparison_is_antisymmetric(first, second, step):
    assert compare(first, second, step) == -compare(second, first, step)
    assert compare(first, first, step) == 0


def test_noise_below_the_step_is_equal():
    assert compare(0.1 + 0.2, 0.3, 0.01) == 0
    assert compare(0.306, 0.3, 0.01) == 1
    assert compare(0.294, 0.3, 0.01) == -1
