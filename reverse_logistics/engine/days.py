"""Days as people count them: by the local calendar, with months of unequal length."""

import calendar
from datetime import MAXYEAR, date, timezone


def local_day(moment, zone):
    """Give the date that a moment has at a place.

    :param datetime moment: naive, UTC
    :param tzinfo zone: of the place
    :rtype: date
    """
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).date()


def add_months(day, months):
    """Give the same day of another month, or its last day where it has no such day.

    :param date day: where counting starts
    :param int months: how many months later, negative for earlier; results never lie
        beyond the year 9999
    :rtype: date
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, MAXYEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
