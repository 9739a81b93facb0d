"""Where returned goods go: one facility per return, and why the others were skipped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from . import capacity, freight

#: Facilities of these kinds have a warehouse in which goods are received.
RECEIVING = ("returns_centre", "regional", "repair_depot", "third_party", "branch")
#: Facilities of these kinds have none: the goods never come to us.
DIRECT = ("supplier_direct", "customer_keeps")


@dataclass(frozen=True)
class Item:
    """The goods of one line.

    :param frozenset traits: ids
    :param frozenset categories: ids of the category and of those above it
    :param float quantity: in the product's unit
    :param minutes: of inspection per unit, None for what the facility says
    :param float share: how much of the goods will probably be inspected, 0 to 1
    """

    traits: frozenset = frozenset()
    categories: frozenset = frozenset()
    quantity: float = 1.0
    minutes: float | None = None
    share: float = 1.0


@dataclass(frozen=True)
class Wish:
    """Which facilities a rule, or the lack of one, asks for.

    :param tuple facilities: ids in the order in which they are tried
    :param bool cheapest: try the one with the least freight first
    :param bool capacity: skip facilities that have no room
    """

    facilities: tuple
    cheapest: bool = False
    capacity: bool = True


@dataclass(frozen=True)
class Request:
    """One return that needs a facility.

    :param tuple items: of :class:`Item`
    :param tuple wishes: of :class:`Wish`, that of the most valuable line first, each
        once
    :param date arrival: the day on which the goods are expected
    :param tuple regions: ids of the customer's regions, the narrowest first
    :param float weight: in the unit of the rates
    :param fixed: id of the facility that somebody has chosen, None without one
    """

    items: tuple
    wishes: tuple
    arrival: date
    regions: tuple = ()
    weight: float = 0.0
    fixed: int | None = None


@dataclass(frozen=True)
class Facility:
    """What is known of a facility when a route is chosen.

    :param str kind: one of ``RECEIVING`` or ``DIRECT``
    :param bool off: it is switched off
    :param off_until: the last day on which it is off, None when nobody knows
    :param frozenset accepts: traits of which goods need at least one; empty for any
        goods
    :param frozenset refuses: traits of goods that it does not take
    :param frozenset categories: ids of categories that it takes, with those below;
        empty for all
    :param minutes_by_day: ``{day: minutes of inspection}``, None for always open and
        without a limit
    :param taken: ``{day: minutes}`` that are taken already
    :param int horizon: within how many days after the arrival goods are to be inspected
    :param float minutes: of inspection per unit
    :param float least_minutes: of inspection per line
    :param fallback: id of the facility that stands in for it, None without one
    :param tuple rates: of :class:`freight.Rate`
    """

    id: int
    kind: str = "regional"
    off: bool = False
    off_until: date | None = None
    accepts: frozenset = frozenset()
    refuses: frozenset = frozenset()
    categories: frozenset = frozenset()
    minutes_by_day: Mapping[date, float] | None = None
    taken: Mapping[date, float] = field(default_factory=dict)
    horizon: int = 5
    minutes: float = 0.0
    least_minutes: float = 0.0
    fallback: int | None = None
    rates: tuple = ()


@dataclass(frozen=True)
class Skipped:
    """A facility that was considered and not taken.

    :param int facility: its id
    :param str code: why: ``gone``, ``off``, ``closed``, ``full``, ``trait``,
        ``category`` or ``mixed`` (the goods of other lines have to come to us, which
        they would not)
    :param day: for ``off`` its last day; for ``closed`` and ``full`` the next day with
        room; None when unknown
    """

    facility: int
    code: str
    day: date | None = None


@dataclass(frozen=True)
class Route:
    """Where a return goes.

    :param facility: id, None when a person has to decide
    :param wish: index of the wish that was followed, None without one
    :param stands_in_for: id of the facility whose fall-back this one is, None for none
    :param tuple skipped: of :class:`Skipped`, in the order in which they were tried
    :param amount: estimated freight in the currency of the rates, None when unknown
    :param tuple minutes: of inspection, one number per item
    """

    facility: int | None
    wish: int | None = None
    stands_in_for: int | None = None
    skipped: tuple = ()
    amount: float | None = None
    minutes: tuple = ()


def work(items, facility):
    """Give the minutes of inspection of each item, if all of it is inspected.

    :param items: iterable of :class:`Item`
    :param Facility facility: where they are inspected
    :rtype: tuple[float, ...]
    """
    return tuple(
        max(
            item.quantity
            * (facility.minutes if item.minutes is None else item.minutes),
            facility.least_minutes,
        )
        for item in items
    )


def choose_all(requests, facilities):
    """Choose facilities for several returns; each takes room that later ones then lack.

    :param requests: ``{key: Request}``
    :param facilities: ``{id: Facility}``
    :return: ``{key: Route}``
    """
    facilities = dict(facilities)
    routes = {}
    for key, request in requests.items():
        route = routes[key] = choose(request, facilities)
        if route.facility in facilities:
            taker = facilities[route.facility]
            facilities[taker.id] = book(request, taker, route.minutes)
    return routes


def book(request, facility, minutes):
    """Give the facility with the work of a return added to what it has to do.

    :param Request request: the return
    :param Facility facility: where it goes
    :param minutes: of inspection of each item, see :func:`work`
    :rtype: Facility
    """
    if facility.minutes_by_day is None:
        return facility
    expected = _expected(request.items, minutes)
    room = _find_room(request, facility, expected)
    return replace(facility, taken=capacity.add(facility.taken, room.shares))


def choose(request, facilities):
    """Choose the facility of one return.

    Wishes are tried in their order: first the facilities that a wish names, then their
    fall-backs. A facility has to take every item. What somebody has chosen stays, but
    is also given as skipped where a rule would have skipped it.

    :param Request request: the return
    :param facilities: ``{id: Facility}``, all that there are
    :rtype: Route
    """
    if request.fixed is not None:
        return _keep(request, facilities.get(request.fixed))
    skipped = {}
    for number, wish in enumerate(request.wishes):
        for id_, stands_in_for in _candidates(request, wish, facilities):
            if id_ in skipped:
                continue
            problem = _find_problem(request, wish, facilities.get(id_), id_)
            if problem:
                skipped[id_] = problem
                continue
            return Route(
                facility=id_,
                wish=number,
                stands_in_for=stands_in_for,
                skipped=tuple(skipped.values()),
                amount=_freight(request, facilities[id_]),
                minutes=work(request.items, facilities[id_]),
            )
    return Route(None, skipped=tuple(skipped.values()))


def _keep(request, facility):
    wish = Wish((request.fixed,))
    alone = replace(request, wishes=(wish,))
    problem = _find_problem(alone, wish, facility, request.fixed)
    return Route(
        facility=request.fixed,
        skipped=(problem,) if problem else (),
        amount=facility and _freight(request, facility),
        minutes=work(request.items, facility) if facility else (),
    )


def _candidates(request, wish, facilities):
    """Give ``(id, id of the facility it stands in for)`` in the order of trying."""
    named = list(wish.facilities)
    if wish.cheapest:
        named.sort(key=lambda id_: _price(request, facilities.get(id_)))
    yield from ((id_, None) for id_ in named)
    seen = set(named)
    for id_ in named:
        current = id_
        while current in facilities:
            current = facilities[current].fallback
            if current is None or current in seen:
                break
            seen.add(current)
            yield current, id_


def _freight(request, facility):
    return freight.estimate(facility.rates, request.regions, request.weight)


def _price(request, facility):
    """Give the key to sort by freight: unknown freight last, equal ones as they are."""
    amount = _freight(request, facility) if facility else None
    return (amount is None, amount or 0.0)


def _find_problem(request, wish, facility, id_):
    if facility is None:
        return Skipped(id_, "gone")
    refused = _find_refusal(request, facility)
    if refused:
        return Skipped(id_, refused)
    if facility.off and (
        facility.off_until is None or request.arrival <= facility.off_until
    ):
        return Skipped(id_, "off", facility.off_until)
    if facility.kind in DIRECT or facility.minutes_by_day is None:
        return None
    return _find_lack(request, wish, facility)


def _find_refusal(request, facility):
    """Give the code of why a facility never takes these goods, whatever the day."""
    if facility.kind in DIRECT and any(
        facility.id not in wish.facilities for wish in request.wishes
    ):
        return "mixed"
    for item in request.items:
        if facility.refuses & item.traits or (
            facility.accepts and not facility.accepts & item.traits
        ):
            return "trait"
        if facility.categories and not facility.categories & item.categories:
            return "category"
    return None


def _find_lack(request, wish, facility):
    """Give what is missing when the facility is closed or full as the goods arrive."""
    opening = _find_room(request, facility, 0.0)
    if not opening.fits:
        return Skipped(facility.id, "closed", opening.day)
    if not wish.capacity:
        return None
    minutes = _expected(request.items, work(request.items, facility))
    room = _find_room(request, facility, minutes)
    return None if room.fits else Skipped(facility.id, "full", room.day)


def _expected(items, minutes):
    return sum(item.share * part for item, part in zip(items, minutes, strict=True))


def _find_room(request, facility, minutes):
    return capacity.find_room(
        facility.minutes_by_day,
        facility.taken,
        minutes,
        request.arrival,
        facility.horizon,
    )
