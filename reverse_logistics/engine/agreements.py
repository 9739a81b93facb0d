"""Customers' agreements: their years, the quota of a year, and what is left of it."""

from dataclasses import dataclass
from datetime import timedelta

from .days import add_months
from .rounding import round_to


@dataclass(frozen=True)
class Quota:
    """How much may come back in a year of an agreement.

    :param float amount: net value, company currency; used when ``percent`` is None
    :param percent: of the purchases of the year before, None for a fixed amount
    """

    amount: float = 0.0
    percent: float | None = None

    def of_year(self, purchases, step):
        """Give the quota of one year.

        :param float purchases: net purchases of the year before, credits subtracted
        :param float step: rounding of the currency
        :return: never negative, even when more was credited than invoiced
        """
        if self.percent is None:
            return self.amount
        return round_to(max(purchases, 0.0) * self.percent / 100, step)


def year_of(start, day):
    """Give first and last day of the agreement year that a day belongs to.

    Years begin on the day and month of the start; one that began on 29 February begins
    on the 28th where there is none.

    :param date start: first day of the agreement
    :param date day: may also be before the start
    :rtype: tuple[date, date]
    """
    years = day.year - start.year
    if day < _begin(start, years):
        years -= 1
    return _begin(start, years), _begin(start, years + 1) - timedelta(days=1)


def year_before(start, day):
    """Give first and last day of the agreement year before that of a day.

    :rtype: tuple[date, date]
    """
    first, _last = year_of(start, day)
    return year_of(start, first - timedelta(days=1))


def _begin(start, years):
    return add_months(start, 12 * years)


def draw(left, values):
    """Tell for each of several values what is left before it is taken.

    :param float left: what is left before all of them
    :param values: ``{key: value}``, in the order in which they are taken
    :return: ``{key: left before it}``
    """
    before = {}
    for key, value in values.items():
        before[key] = left
        left -= value
    return before


def claimed_value(value, quantity, claimed):
    """Give what a line takes of the quota.

    :param float value: of all that was requested
    :param float quantity: that was requested
    :param float claimed: that is still to come back or has come
    """
    return value * claimed / quantity if quantity else 0.0
