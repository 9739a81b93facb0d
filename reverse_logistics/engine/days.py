"""Days as people count them: those of a place, and months that are not equally long."""

import calendar
from datetime import MAXYEAR, date, timezone


def local_day(moment, zone):
    """Give the day that it is somewhere.

    :param datetime moment: naive, UTC
    :param tzinfo zone: of the place
    :rtype: date
    """
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).date()


def add_months(day, months):
    """Give the same day some months later, or the last of its month where it has none.

    :param date day: where counting starts
    :param int months: how many, negative for earlier; the calendar ends with the year
        9999
    :rtype: date
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, MAXYEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
