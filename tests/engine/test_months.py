from datetime import date

import pytest
from engine.months import add_months
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
MONTHS = st.integers(-120, 120)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 4), 0, date(2026, 5, 4)),
    ],
)
def test_the_day_of_the_month_is_kept_where_there_is_one(day, months, expected):
    assert add_months(day, months) == expected


@given(DAYS, MONTHS)
def test_as_many_months_lie_between(day, months):
    found = add_months(day, months)
    assert 12 * (found.year - day.year) + found.month - day.month == months
    assert found.day == day.day or (found.day < day.day and found.day >= 28)


@given(DAYS, DAYS, MONTHS)
def test_what_is_later_does_not_become_earlier(first, second, months):
    first, second = sorted((first, second))
    assert add_months(first, months) <= add_months(second, months)
