"""Counting in months, which are not all equally long."""

import calendar
from datetime import date


def add_months(day, months):
    """Give the same day some months later, or the last of its month where it has none.

    :param date day: where counting starts
    :param int months: how many, negative for earlier
    :rtype: date
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
