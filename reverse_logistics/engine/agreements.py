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

        :param float purchases: net purchases of the year before, less credits, company
            currency
        :param float step: rounding of the currency
        :return: net value, company currency; never negative, even when more was
            credited than invoiced
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

    :param date start: first day of the agreement
    :param date day: any day of the later year
    :rtype: tuple[date, date]
    """
    first, _last = year_of(start, day)
    return year_of(start, first - timedelta(days=1))


def _begin(start, years):
    return add_months(start, 12 * years)


def draw(left, values):
    """Tell how much is left before each of several values is taken.

    :param float left: what is left before the first one
    :param values: ``{key: value}``, in the order in which they are taken; same currency
        as ``left``
    :return: ``{key: what is left before this value is taken}``
    """
    before = {}
    for key, value in values.items():
        before[key] = left
        left -= value
    return before


def claimed_value(value, quantity, claimed):
    """Give the part of a line's value that its agreement's quota has to bear.

    :param float value: net value of all that was requested, company currency
    :param float quantity: the quantity that was requested
    :param float claimed: the part of it that is still to come back or has come back,
        same unit
    :rtype: float
    """
    return value * claimed / quantity if quantity else 0.0
