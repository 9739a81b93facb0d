"""What it is worth to have goods back."""

import pytest
from engine.recovery import MODES, Handling, Returnless, expected, stays
from hypothesis import given
from hypothesis import strategies as st

AMOUNTS = st.floats(0, 1e6, allow_nan=False)
PERCENTS = st.floats(0, 100, allow_nan=False)
FREE = Handling()


@pytest.mark.parametrize(
    ("value", "percent", "amount"), [(100.0, 40.0, 40.0), (80.0, 0.0, 0.0), (0, 50, 0)]
)
def test_goods_bring_in_a_part_of_their_value(value, percent, amount):
    assert expected(value, percent) == pytest.approx(amount)


def test_handling_is_paid_by_line_unit_and_freight():
    costs = Handling(per_line=5.0, per_unit=0.25, freight=6.5)
    assert costs.cost(4) == pytest.approx(12.5)
    assert FREE.cost(1000) == 0


@given(AMOUNTS, AMOUNTS, PERCENTS)
def test_without_a_rule_everything_comes_back(value, limit, percent):
    assert not stays(Returnless("no", limit, percent), value, 1, Handling(1e9))


@given(AMOUNTS, AMOUNTS)
def test_below_a_value(value, limit):
    assert stays(Returnless("below", limit), value, 1, FREE) == (value < limit)


@given(AMOUNTS, PERCENTS)
def test_what_costs_nothing_comes_back(value, percent):
    assert not stays(Returnless("recovery", percent=percent), value, 1, FREE)


@given(AMOUNTS, PERCENTS, st.floats(0.01, 1e3), AMOUNTS)
def test_dearer_handling_never_brings_more_back(value, percent, units, freight):
    rule = Returnless("recovery", percent=percent)
    cheap = stays(rule, value, units, Handling(1, 1, freight))
    dear = stays(rule, value, units, Handling(2, 2, freight + 1))
    assert dear or not cheap


def test_every_mode_is_known():
    assert [
        stays(Returnless(mode, 5.0, 1.0), 4.0, 1, Handling(1)) for mode in MODES
    ] == [
        False,
        True,
        True,
    ]
