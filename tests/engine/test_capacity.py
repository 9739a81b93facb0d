from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from engine.capacity import (
    UNLIMITED,
    Room,
    add,
    available,
    find_room,
    first_open,
    open_minutes,
    spread,
)
from hypothesis import given
from hypothesis import strategies as st

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2030, 6, 3)
DAYS = [MONDAY + timedelta(days=number) for number in range(10)]


def span(start, stop, zone=BERLIN):
    """An interval in local time, as a calendar gives it."""
    return tuple(
        datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, stop)
    )


def plan(*minutes):
    """Minutes of the days from Monday on; 0 leaves a day out."""
    return {day: float(part) for day, part in zip(DAYS, minutes, strict=False) if part}


# ----------------------------------------------------------------------
# Open minutes
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], {}),
        (
            [
                span("2030-06-03 08:00", "2030-06-03 12:00"),
                span("2030-06-03 13:00", "2030-06-03 17:00"),
            ],
            {MONDAY: 480},
        ),
        # a night shift belongs to two days
        (
            [span("2030-06-03 22:00", "2030-06-04 06:00")],
            {MONDAY: 120, date(2030, 6, 4): 360},
        ),
        # clocks go forward on 31 March 2030 and back on 27 October 2030
        ([span("2030-03-31 00:00", "2030-04-01 00:00")], {date(2030, 3, 31): 23 * 60}),
        ([span("2030-10-27 00:00", "2030-10-28 00:00")], {date(2030, 10, 27): 25 * 60}),
        ([span("2030-03-31 08:00", "2030-03-31 16:00")], {date(2030, 3, 31): 480}),
        (
            [span("2030-03-30 22:00", "2030-03-31 06:00")],
            {date(2030, 3, 30): 120, date(2030, 3, 31): 300},
        ),
    ],
)
def test_open_minutes(intervals, expected):
    assert open_minutes(intervals, BERLIN) == expected


def test_days_are_those_of_the_facility():
    late = [span("2030-06-03 23:30", "2030-06-04 00:30", timezone.utc)]
    assert open_minutes(late, timezone.utc) == {MONDAY: 30, DAYS[1]: 30}
    assert open_minutes(late, BERLIN) == {DAYS[1]: 60}


@given(
    st.datetimes(datetime(2030, 1, 1), datetime(2030, 12, 31)),
    st.integers(1, 6000),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
)
def test_no_minute_is_lost_between_days(start, minutes, name):
    zone = ZoneInfo(name)
    start = start.replace(tzinfo=timezone.utc)
    opened = open_minutes([(start, start + timedelta(minutes=minutes))], zone)
    assert sum(opened.values()) == pytest.approx(minutes)
    assert all(0 < length <= 25 * 60 for length in opened.values())


# ----------------------------------------------------------------------
# Minutes of inspection
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("opened", "full_day", "minutes", "expected"),
    [
        (480, 480, 300, 300),
        (240, 480, 300, 150),  # Friday afternoon off
        (600, 480, 300, 300),  # a long day gives nobody more
        (480, 0, 300, 300),  # nobody knows what a usual day is
        (480, 480, 0, UNLIMITED),
        (60, 480, 0, UNLIMITED),
    ],
)
def test_available(opened, full_day, minutes, expected):
    assert available({MONDAY: opened}, full_day, minutes) == {MONDAY: expected}


def test_closed_days_have_nothing():
    assert available({}, 480, 300) == {}
    assert available({MONDAY: 0.0}, 480, 300) == {}
    assert available({MONDAY: 0.0}, 480, 0) == {}


# ----------------------------------------------------------------------
# What is taken
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arriving", "expected"),
    [
        ({}, [0, 0, 0]),
        ({DAYS[0]: 40}, [40, 0, 0]),
        # more than a day's work waits for the next one
        ({DAYS[0]: 140}, [100, 40, 0]),
        ({DAYS[0]: 140, DAYS[1]: 80}, [100, 100, 20]),
        # what is late is done first, what is to come takes nothing before
        ({DAYS[0] - timedelta(days=9): 30}, [30, 0, 0]),
        ({DAYS[2]: 30}, [0, 0, 30]),
        # more than ever fits
        ({DAYS[0]: 1000}, [100, 100, 100]),
    ],
)
def test_spread(arriving, expected):
    taken = spread(plan(100, 100, 100), arriving)
    assert [taken[day] for day in DAYS[:3]] == expected


def test_arrivals_on_a_closed_day_wait_until_it_opens():
    assert spread(plan(100, 0, 0, 100), {DAYS[1]: 30}) == {DAYS[0]: 0, DAYS[3]: 30}


def test_nothing_waits_without_a_limit():
    minutes = available({day: 480 for day in DAYS[:2]}, 480, 0)
    assert spread(minutes, {DAYS[0]: 9999}) == {DAYS[0]: 9999, DAYS[1]: 0}


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=10),
    st.dictionaries(st.integers(-3, 12), st.integers(0, 500), max_size=8),
)
def test_spread_invents_and_loses_no_work(lengths, arrivals):
    minutes = plan(*lengths)
    arriving = {MONDAY + timedelta(days=n): float(m) for n, m in arrivals.items()}
    taken = spread(minutes, arriving)
    assert taken.keys() == minutes.keys()
    assert all(0 <= taken[day] <= minutes[day] for day in taken)
    for day in minutes:
        came = sum(part for when, part in arriving.items() if when <= day)
        done = sum(part for when, part in taken.items() if when <= day)
        assert done <= came
        # nobody is idle while something waits
        assert taken[day] == minutes[day] or done == came


# ----------------------------------------------------------------------
# Room
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("minutes", "taken", "work", "arrival", "horizon", "expected"),
    [
        # there is room on the day
        ([100] * 5, [40], 60, 0, 0, Room(True, DAYS[0], {DAYS[0]: 60})),
        # not quite: it is done one day later, which the horizon allows or not
        ([100] * 5, [41], 60, 0, 1, Room(True, DAYS[1], {DAYS[0]: 59, DAYS[1]: 1})),
        ([100] * 5, [41], 60, 0, 0, Room(False, DAYS[1], {DAYS[0]: 59, DAYS[1]: 1})),
        # days before it arrives do not help
        ([100] * 5, [0, 0, 100], 60, 2, 5, Room(True, DAYS[3], {DAYS[3]: 60})),
        # a weekend lies between
        (
            [100, 100, 100, 100, 100, 0, 0, 100],
            [0, 0, 0, 0, 90],
            20,
            4,
            3,
            Room(True, DAYS[7], {DAYS[4]: 10, DAYS[7]: 10}),
        ),
        (
            [100, 100, 100, 100, 100, 0, 0, 100],
            [0, 0, 0, 0, 90],
            20,
            4,
            2,
            Room(False, DAYS[7], {DAYS[4]: 10, DAYS[7]: 10}),
        ),
        # more than all days have
        ([100] * 5, [], 501, 0, 9, Room(False)),
        ([], [], 1, 0, 9, Room(False)),
        # work that nobody has to do needs an open day only
        ([100], [100], 0, 0, 0, Room(True, DAYS[0])),
        ([0, 100], [], 0, 0, 0, Room(False, DAYS[1])),
        ([], [], 0, 0, 9, Room(False)),
        # what arrives before the first day that was looked at
        ([100], [], 10, -4, 4, Room(True, DAYS[0], {DAYS[0]: 10})),
        ([100], [], 10, -4, 3, Room(False, DAYS[0], {DAYS[0]: 10})),
    ],
)
def test_find_room(minutes, taken, work, arrival, horizon, expected):
    found = find_room(
        plan(*minutes), plan(*taken), work, MONDAY + timedelta(days=arrival), horizon
    )
    assert found == expected


def test_rounding_leaves_no_crumbs():
    found = find_room({MONDAY: 0.3}, {MONDAY: 0.1 + 0.1}, 0.1, MONDAY, 0)
    assert found.fits
    assert sum(found.shares.values()) == pytest.approx(0.1)


@given(
    st.lists(st.integers(0, 100), max_size=10),
    st.dictionaries(st.integers(0, 9), st.integers(0, 300), max_size=5),
    st.integers(0, 400),
    st.integers(-2, 11),
    st.integers(0, 10),
)
def test_room_is_behind_what_is_known(lengths, arrivals, work, offset, horizon):
    minutes = plan(*lengths)
    arriving = {MONDAY + timedelta(days=n): float(m) for n, m in arrivals.items()}
    taken = spread(minutes, arriving)
    arrival = MONDAY + timedelta(days=offset)
    room = find_room(minutes, taken, work, arrival, horizon)
    together = add(taken, room.shares)
    assert all(together[day] <= minutes[day] + 1e-6 for day in room.shares)
    assert all(day >= arrival for day in room.shares)
    if room.day is None:
        assert not room.fits
    else:
        assert sum(room.shares.values()) == pytest.approx(work)
        assert room.fits == (room.day <= arrival + timedelta(days=horizon))
    # a longer horizon never takes room away
    if room.fits:
        assert find_room(minutes, taken, work, arrival, horizon + 1).fits


def test_first_open():
    assert first_open(plan(100, 0, 100), DAYS[1]) == DAYS[2]
    assert first_open(plan(100), DAYS[1]) is None
