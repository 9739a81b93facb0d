"""Days on which nobody works: weekends, and public holidays of a country.

A holiday is data: a day of each year, a weekday of a month, a number of days from
Easter, or a single date. What a country decides for one year is a single date.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta

#: How the day of a holiday is found in a year; the other fields say the rest.
KINDS = ("yearly", "weekday", "easter", "orthodox", "once")

#: Saturday and Sunday, as ``date.weekday()`` counts.
WEEKEND = frozenset({5, 6})


@dataclass(frozen=True)
class Holiday:
    """When a public holiday is.

    :param str kind: one of ``KINDS``
    :param int month: for ``yearly`` and ``weekday``
    :param int day: for ``yearly``: day of the month
    :param int week: for ``weekday``: 1 for the first in the month, -1 for the last
    :param int weekday: for ``weekday``: 0 for Monday
    :param int offset: for ``easter`` and ``orthodox``: days from Easter Sunday
    :param only: for ``once``: the date
    """

    kind: str
    month: int = 1
    day: int = 1
    week: int = 1
    weekday: int = 0
    offset: int = 0
    only: date | None = None

    def in_year(self, year):
        """Give the date of the holiday in a year, None in a year without it.

        :param int year: which year
        :rtype: date | None
        """
        if self.kind == "once":
            return self.only if self.only and self.only.year == year else None
        if self.kind in ("easter", "orthodox"):
            return easter(year, self.kind == "orthodox") + timedelta(self.offset)
        if self.kind == "weekday":
            return _weekday(year, self.month, self.week, self.weekday)
        try:
            return date(year, self.month, self.day)
        except ValueError:  # 29 February
            return None


@dataclass(frozen=True)
class Calendar:
    """The working days of a place.

    :param holidays: iterable of :class:`Holiday`
    """

    holidays: Iterable[Holiday] = ()
    _years: dict = field(default_factory=dict, compare=False, repr=False)

    def is_working(self, day):
        """Tell whether a day is neither on a weekend nor a public holiday.

        :param date day: which day
        :rtype: bool
        """
        return day.weekday() not in WEEKEND and day not in self._in_year(day.year)

    def next_working(self, day):
        """Give the day itself, or the first working day after it.

        :param date day: where the search starts
        :rtype: date
        """
        while not self.is_working(day) and day < date.max:
            day += timedelta(1)
        return day

    def _in_year(self, year):
        if year not in self._years:
            found = (holiday.in_year(year) for holiday in self.holidays)
            self._years[year] = frozenset(day for day in found if day)
        return self._years[year]


def easter(year, orthodox=False):
    """Give the date of Easter Sunday in the Gregorian calendar.

    :param int year: up to 9999
    :param bool orthodox: compute it as the Eastern churches do, by the Julian calendar
    :rtype: date
    """
    if orthodox:
        a, b, c = year % 4, year % 7, year % 19
        d = (19 * c + 15) % 30
        e = (2 * a + 4 * b - d + 34) % 7
        month, day = divmod(d + e + 114, 31)
        lag = year // 100 - year // 400 - 2
        return date(year, month, day + 1) + timedelta(lag)
    century, rest = divmod(year, 100)
    golden = year % 19
    leaps, odd = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leaps - correction + 15) % 30
    quads, left = divmod(rest, 4)
    weekday = (32 + 2 * odd + 2 * quads - moon - left) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _weekday(year, month, week, weekday):
    """Give the first, second … or last weekday of a month."""
    if week > 0:
        first = date(year, month, 1)
        ahead = (weekday - first.weekday()) % 7
        found = first + timedelta(ahead + 7 * (week - 1))
        return found if found.month == month else None
    following = date(year + month // 12, month % 12 + 1, 1) if year < MAXYEAR else None
    last = following - timedelta(1) if following else date(year, month, 28)
    return last - timedelta((last.weekday() - weekday) % 7)
