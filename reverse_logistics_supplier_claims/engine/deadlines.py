"""Until when a carrier has to be told of damage or delay."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

#: A damage whose kind no term names is found under the wider name.
_WIDER = {"visible": "damage", "hidden": "damage"}


@dataclass(frozen=True)
class Term:
    """How long after the delivery a carrier has to be told.

    :param str finding: ``visible``, ``hidden``, ``damage`` (either of them), ``delay``,
        or ``any``
    """

    finding: str
    days: int = 0
    months: int = 0


@dataclass(frozen=True, order=True)
class Due:
    """A day until which something has to be told, and what."""

    day: date
    finding: str


def last_day(delivered, term):
    """Give the last day on which the carrier can be told."""
    month = delivered.month - 1 + term.months
    year, month = delivered.year + month // 12, month % 12 + 1
    day = min(delivered.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) + timedelta(term.days)


def due(delivered, terms):
    """Give all that is due after a delivery, the most urgent first.

    :param date delivered: None where nothing was delivered yet
    :param terms: of :class:`Term`
    """
    if delivered is None:
        return []
    return sorted(Due(last_day(delivered, term), term.finding) for term in terms)


def nearest(dues, today):
    """Give what has to be told next, None where every day has passed."""
    return next((each for each in sorted(dues) if each.day >= today), None)


def term_for(terms, finding):
    """Choose the term for what was found, None where nothing limits it."""
    by_finding = {term.finding: term for term in terms}
    for name in (finding, _WIDER.get(finding), "any"):
        if name in by_finding:
            return by_finding[name]
    return None
