"""How many minutes of inspection a facility has left, day by day.

Work is plain data: ``{day: minutes}``. Days are those of the facility's time zone. What
arrives on one day and does not fit waits for the next days on which somebody works.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

#: The minutes of a day without a limit.
UNLIMITED = float("inf")
#: A rest below this many minutes comes from rounding and is no work.
STEP = 1e-6


@dataclass(frozen=True)
class Room:
    """Where work that arrives on a day finds its place.

    :param bool fits: all of it is done within the horizon
    :param day: the day on which its last minute is done; None when the known days do
        not suffice
    :param shares: ``{day: minutes}`` that it takes
    """

    fits: bool
    day: date | None = None
    shares: dict = field(default_factory=dict)


def open_minutes(intervals, zone):
    """Add up for each day how many minutes a facility is open.

    Time is counted as it really passes: in the night in which the clocks change, an
    interval is an hour longer or shorter than the clocks on the wall say.

    :param intervals: ``(start, stop)`` aware datetimes, not overlapping
    :param tzinfo zone: of the facility
    :return: ``{day: minutes}``; closed days are left out
    """
    opened = {}
    for start, stop in intervals:
        # Python subtracts two moments of the same zone by their wall clocks; UTC has
        # no change of clocks.
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

    A day with shorter hours than usual has a share of the usual minutes. A day with
    longer hours has no more than usual.

    :param dict opened: ``{day: minutes that it is open}``
    :param float full_day: minutes that a usual day is open
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
    """Tell how many minutes of each day are taken once all known work has arrived.

    Work is done as soon as there is time for it, in the order of arrival.

    :param dict minutes_by_day: what each day has, see :func:`available`
    :param dict arriving: ``{day: minutes}``; what is due before the first day is done
        from the first day on
    :return: ``{day: minutes taken}`` for the days in ``minutes_by_day``
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
    """Find a place for more work, after all work that is known.

    :param dict minutes_by_day: what each day has, see :func:`available`
    :param dict taken: what is taken of each day, see :func:`spread`
    :param float minutes: how much work it is; 0 only needs a day that is open
    :param date arrival: the day on which it arrives
    :param int horizon: within how many days after the arrival it has to be done
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
    """Give the first open day from the arrival on, None without one.

    :param dict minutes_by_day: what each day has
    :param date arrival: the day on which something arrives
    """
    return min((day for day in minutes_by_day if day >= arrival), default=None)


def add(taken, shares):
    """Give the minutes taken of each day, with those of more work added.

    :param dict taken: ``{day: minutes}`` so far
    :param dict shares: ``{day: minutes}`` of the new work, see :class:`Room`
    """
    return {
        day: taken.get(day, 0.0) + shares.get(day, 0.0)
        for day in taken.keys() | shares.keys()
    }
