from datetime import date, timedelta

import pytest
from engine.holidays import KINDS, Calendar, Holiday, easter
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("year", "western", "orthodox"),
    [
        (2024, date(2024, 3, 31), date(2024, 5, 5)),
        (2025, date(2025, 4, 20), date(2025, 4, 20)),
        (2026, date(2026, 4, 5), date(2026, 4, 12)),
        (2027, date(2027, 3, 28), date(2027, 5, 2)),
        (2038, date(2038, 4, 25), date(2038, 4, 25)),
    ],
)
def test_easter(year, western, orthodox):
    assert easter(year) == western
    assert easter(year, orthodox=True) == orthodox


@given(st.integers(1900, 2400), st.booleans())
def test_easter_is_a_sunday_in_spring(year, orthodox):
    day = easter(year, orthodox)
    assert day.weekday() == 6
    assert date(year, 3, 22) <= day <= date(year, 5, 10)


@pytest.mark.parametrize(
    ("holiday", "day"),
    [
        (Holiday("yearly", month=12, day=25), date(2026, 12, 25)),
        (Holiday("yearly", month=2, day=29), None),
        (Holiday("easter", offset=1), date(2026, 4, 6)),
        (Holiday("easter", offset=-2), date(2026, 4, 3)),
        (Holiday("orthodox", offset=1), date(2026, 4, 13)),
        (Holiday("weekday", month=5, week=1), date(2026, 5, 4)),
        (Holiday("weekday", month=10, week=-1), date(2026, 10, 26)),
        (Holiday("weekday", month=12, week=-1, weekday=3), date(2026, 12, 31)),
        (Holiday("weekday", month=2, week=5), None),
        (Holiday("once", only=date(2026, 7, 1)), date(2026, 7, 1)),
        (Holiday("once", only=date(2027, 7, 1)), None),
    ],
)
def test_day_of_a_holiday(holiday, day):
    assert holiday.in_year(2026) == day


def test_next_working_day():
    calendar = Calendar(
        (
            Holiday("yearly", month=12, day=25),
            Holiday("yearly", month=12, day=26),
            Holiday("yearly", month=1, day=1),
        )
    )
    # Friday the 25th, and a holiday that is a Saturday, with a Sunday after it
    assert calendar.next_working(date(2026, 12, 25)) == date(2026, 12, 28)
    assert calendar.next_working(date(2026, 12, 24)) == date(2026, 12, 24)
    assert calendar.next_working(date(2026, 12, 31)) == date(2026, 12, 31)
    assert calendar.next_working(date(2027, 1, 1)) == date(2027, 1, 4)


HOLIDAYS = st.builds(
    Holiday,
    kind=st.sampled_from(KINDS),
    month=st.integers(1, 12),
    day=st.integers(1, 31),
    week=st.sampled_from([-1, 1, 2, 3, 4, 5]),
    weekday=st.integers(0, 6),
    offset=st.integers(-60, 60),
    only=st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
)


@given(st.lists(HOLIDAYS, max_size=8), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_next_working_day_is_the_first_one(holidays, day):
    calendar = Calendar(tuple(holidays))
    found = calendar.next_working(day)
    assert found >= day and calendar.is_working(found)
    passed = (day + timedelta(n) for n in range((found - day).days))
    assert not any(calendar.is_working(each) for each in passed)
