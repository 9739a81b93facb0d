from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from engine.days import add_months, local_day
from engine.eligibility import Facts, Terms, decide
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
MONTHS = st.integers(-120, 120)
#: With and without daylight saving, on both hemispheres, by hours and by parts of them,
#: and where the clocks change at midnight.
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ]
).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2032, 12, 31))
HOUR = timedelta(hours=1)


# ----------------------------------------------------------------------
# Days of a place
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "name", "expected"),
    [
        ("2030-01-31 22:59", "Europe/Berlin", date(2030, 1, 31)),
        ("2030-01-31 23:00", "Europe/Berlin", date(2030, 2, 1)),
        ("2030-07-31 21:59", "Europe/Berlin", date(2030, 7, 31)),
        ("2030-07-31 22:00", "Europe/Berlin", date(2030, 8, 1)),
        ("2030-02-01 04:59", "America/New_York", date(2030, 1, 31)),
        ("2030-02-01 05:00", "America/New_York", date(2030, 2, 1)),
        ("2030-01-31 18:14", "Asia/Kathmandu", date(2030, 1, 31)),
        ("2030-01-31 18:15", "Asia/Kathmandu", date(2030, 2, 1)),
        # the night in which clocks go forward begins in winter time
        ("2030-03-30 23:00", "Europe/Berlin", date(2030, 3, 31)),
        ("2030-03-31 22:00", "Europe/Berlin", date(2030, 4, 1)),
    ],
)
def test_a_day_begins_at_its_midnight(moment, name, expected):
    assert local_day(datetime.fromisoformat(moment), ZoneInfo(name)) == expected


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)), ZONES)
def test_days_follow_the_moments(moment, later, zone):
    first, second = local_day(moment, zone), local_day(moment + later, zone)
    assert first <= second
    # a change of the clocks is an hour at most
    whole = (second - first).days - later // timedelta(days=1)
    assert whole in (-1, 0, 1, 2)
    assert (second - first) <= later + timedelta(days=1) + HOUR


@given(DAYS.filter(lambda day: 2024 < day.year < 2037), ZONES)
def test_a_day_has_twenty_three_to_twenty_five_hours(day, zone):
    noon = datetime.combine(day, time(12), tzinfo=zone).astimezone(timezone.utc)
    moments = [noon.replace(tzinfo=None) + HOUR / 4 * part for part in range(-96, 97)]
    quarters = sum(local_day(moment, zone) == day for moment in moments)
    assert 23 * 4 <= quarters <= 25 * 4


@given(MOMENTS, MOMENTS, ZONES, st.integers(0, 60))
def test_a_window_ends_with_a_day_of_the_company(delivered, asked, zone, window):
    """Whatever the hour of delivery and request, and whatever the clocks do."""
    delivered, asked = sorted((delivered, delivered + (asked - delivered) / 40))
    start = local_day(delivered, zone)
    line = Facts(local_day(asked, zone), {"delivery": start})
    last = start + timedelta(days=window + 1)
    end = datetime.combine(last, time.min, tzinfo=zone).astimezone(timezone.utc)
    inside = asked.replace(tzinfo=timezone.utc) < end
    found = decide(line, Terms(window_days=window))
    assert found.outcome == ("authorize" if inside else "exception")


# ----------------------------------------------------------------------
# Months
# ----------------------------------------------------------------------
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
