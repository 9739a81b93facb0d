from datetime import date, timedelta

import pytest
from engine.ages import BANDS, OLDER, find_layers, get_band
from hypothesis import given
from hypothesis import strategies as st

FIRST = date(2030, 6, 3)
DAYS = [FIRST + timedelta(days=number) for number in range(5)]


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, "d007"),
        (7, "d007"),
        (8, "d030"),
        (30, "d030"),
        (31, "d060"),
        (61, "d090"),
        (90, "d090"),
        (91, OLDER),
    ],
)
def test_band(days, band):
    assert get_band(days) == band


def test_bands_sort_by_their_codes():
    codes = [*(code for code, _last in BANDS), OLDER]
    assert codes == sorted(codes)


def test_what_came_last_is_there():
    arrivals = [(DAYS[2], 3), (DAYS[0], 5), (DAYS[1], 2)]
    assert find_layers(4, arrivals, 1) == [(DAYS[1], 1), (DAYS[2], 3)]
    assert find_layers(10, arrivals, 1) == [
        (DAYS[0], 5),
        (DAYS[1], 2),
        (DAYS[2], 3),
    ]


def test_what_never_came_has_no_day():
    assert find_layers(2, [], 1) == [(None, 2)]
    assert find_layers(5, [(DAYS[0], 3)], 1) == [(None, 2), (DAYS[0], 3)]
    assert find_layers(-2, [(DAYS[0], 3)], 1) == [(None, -2)]
    assert find_layers(0, [(DAYS[0], 3)], 1) == []


@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.sampled_from(DAYS), st.integers(0, 20)), max_size=6),
)
def test_layers_are_what_is_there(quantity, arrivals):
    layers = find_layers(quantity / 10, [(day, n / 10) for day, n in arrivals], 0.1)
    assert sum(part for _day, part in layers) == pytest.approx(quantity / 10)
    assert all(part > 0 for _day, part in layers)
