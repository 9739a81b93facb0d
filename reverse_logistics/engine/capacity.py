"""How many minutes of inspection a facility has left, day by day.

Work is plain data: ``{day: minutes}``. Days are those of the facility's time zone. What
arrives on one day and does not fit waits for the next days on which somebody works.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

#: What a day has that nobody limits.
UNLIMITED = float("inf")
#: Minutes below this are rounding, not work.
STEP = 1e-6


@dataclass(frozen=True)
class Room:
    """Where work that arrives on a day finds its place.

    :param bool fits: all of it is done within the horizon
    :param day: the day on which its last minute is done; None when the days that were
        looked at do not suffice
    :param shares: ``{day: minutes}`` that it takes
    """

    fits: bool
    day: date | None = None
    shares: dict = field(default_factory=dict)


def open_minutes(intervals, zone):
    """Add up how long it is open on each day.

    Time is counted as it passes: an interval over the night of a change of clocks has
    an hour more or less than the clocks on the wall say.

    :param intervals: ``(start, stop)`` aware datetimes, not overlapping
    :param tzinfo zone: of the facility
    :return: ``{day: minutes}``; closed days are left out
    """
    opened = {}
    for start, stop in intervals:
        # Two moments of one zone are subtracted as the clocks on the wall show them.
        start, stop = start.astimezone(timezone.utc), stop.astimezone(timezone.utc)
        while start < stop:
            local = start.astimezone(zone)
            midnight = _midnight(local.date() + timedelta(days=1), zone)
            end = min(stop, midnight)
            minutes = (end - start).total_seconds() / 60
            opened[local.date()] = opened.get(local.date(), 0.0) + minutes
            start = end
    return opened


def _midnight(day, zone):
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(timezone.utc)


def available(opened, full_day, minutes):
    """Give the minutes of inspection that each day has.

    A day that is shorter than usual has its share, a longer one no more than usual.

    :param dict opened: ``{day: minutes that it is open}``
    :param float full_day: minutes that it is open on a usual day
    :param float minutes: minutes of inspection on a usual day; 0 for no limit
    :return: ``{day: minutes}``, infinite without a limit
    """
    if not minutes:
        return {day: UNLIMITED for day, length in opened.items() if length > 0}
    return {
        day: minutes * (min(length / full_day, 1.0) if full_day else 1.0)
        for day, length in opened.items()
        if length > 0
    }


def spread(minutes_by_day, arriving):
    """Give what is taken of each day when everything that is known has arrived.

    Work is done as soon as there is time for it, what came first first.

    :param dict minutes_by_day: what each day has, see :func:`available`
    :param dict arriving: ``{day: minutes}``; what is due earlier than the first day is
        done from the first day on
    :return: ``{day: minutes taken}`` for the days that have any
    """
    days = sorted(minutes_by_day)
    queue = sorted(arriving.items())
    taken, waiting = {}, 0.0
    for day in days:
        while queue and queue[0][0] <= day:
            waiting += queue.pop(0)[1]
        taken[day] = min(waiting, minutes_by_day[day])
        waiting -= taken[day]
    return taken


def find_room(minutes_by_day, taken, minutes, arrival, horizon):
    """Find the place of more work, behind all that is known.

    :param dict minutes_by_day: what each day has
    :param dict taken: what is taken of each day, see :func:`spread`
    :param float minutes: how much it is; 0 needs an open day and nothing else
    :param date arrival: the day on which it arrives
    :param int horizon: days after the arrival within which it is to be done
    :rtype: Room
    """
    last = arrival + timedelta(days=horizon)
    if minutes <= STEP:
        day = first_open(minutes_by_day, arrival)
        return Room(day is not None and day <= last, day)
    shares, rest = {}, minutes
    for day in sorted(day for day in minutes_by_day if day >= arrival):
        left = minutes_by_day[day] - taken.get(day, 0.0)
        if left <= STEP:
            continue
        shares[day] = min(left, rest)
        rest -= shares[day]
        if rest <= STEP:
            return Room(day <= last, day, shares)
    return Room(False)


def first_open(minutes_by_day, arrival):
    """Give the first day from the arrival on that has any minutes, None without one.

    :param dict minutes_by_day: what each day has
    :param date arrival: the day on which something arrives
    """
    return min((day for day in minutes_by_day if day >= arrival), default=None)


def add(taken, shares):
    """Give what is taken once more work has found its place."""
    return {
        day: taken.get(day, 0.0) + shares.get(day, 0.0)
        for day in taken.keys() | shares.keys()
    }
