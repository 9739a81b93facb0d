"""Spreading a quantity over what it can be taken from."""

from dataclasses import dataclass, replace
from typing import Any

from .rounding import compare, round_to


@dataclass(frozen=True)
class Supply:
    """Something a quantity can be taken from.

    :param key: whatever the caller recognises it by
    :param float available: how much is left, in the unit of the request
    :param float price: what one unit was sold for; only used to put supplies in order
    """

    key: Any
    available: float
    price: float = 0.0


def prefer(supplies, rule):
    """Put supplies into the order in which they are taken from.

    :param supplies: list of :class:`Supply`, newest first
    :param str rule: ``newest``, ``oldest`` or ``lowest_price``; of equal prices the
        newest comes first
    :rtype: list[Supply]
    """
    if rule == "oldest":
        return supplies[::-1]
    if rule == "lowest_price":
        return sorted(supplies, key=lambda supply: supply.price)
    return list(supplies)


@dataclass(frozen=True)
class Billed:
    """An invoice of goods that were delivered.

    :param key: whatever the caller recognises it by
    :param float quantity: the invoiced quantity
    :param float credited: the part of it that was credited although no goods came back
    """

    key: Any
    quantity: float
    credited: float = 0.0


def cover(deliveries, invoices, step):
    """Find the invoice of each delivery, by matching quantities in the order of days.

    Where several invoices share one delivery, the last one counts, in favour of the
    customer. Where more was invoiced than delivered, the credited part of an invoice is
    left out: another invoice took its place.

    :param deliveries: list of ``(key, quantity)``, oldest first
    :param invoices: list of :class:`Billed`, oldest first, in the same unit
    :param float step: rounding of the unit of measure
    :return: ``{key of a delivery: key of its invoice}``; deliveries that are not
        invoiced yet are left out
    """
    surplus = sum(bill.quantity for bill in invoices)
    surplus -= sum(quantity for _key, quantity in deliveries)
    left = []
    for bill in invoices:
        replaced = max(min(bill.credited, bill.quantity, surplus), 0.0)
        surplus -= replaced
        left.append(Supply(bill.key, bill.quantity - replaced))
    found = {}
    for number, (key, quantity) in enumerate(deliveries, start=1):
        parts, _rest = allocate(quantity, left, step)
        if parts:
            found[key] = parts[-1][0]
            if number < len(deliveries):
                left = _subtract(dict(parts), left, step)
    return found


def _subtract(taken, supplies, step):
    """Give what is left of supplies, without those that are used up."""
    left = (
        replace(supply, available=supply.available - taken.get(supply.key, 0.0))
        for supply in supplies
    )
    return [supply for supply in left if compare(supply.available, 0, step) > 0]


def allocate(quantity, supplies, step):
    """Take ``quantity`` from ``supplies`` in their order.

    :param float quantity: what is wanted, same unit as the supplies
    :param supplies: iterable of :class:`Supply`, preferred first
    :param float step: rounding of the unit of measure
    :return: ``(parts, rest)``: a list of ``(key, quantity)`` and what found no supply
    :rtype: tuple[list[tuple[Any, float]], float]
    """
    parts = []
    rest = quantity
    for supply in supplies:
        if compare(rest, 0, step) <= 0:
            break
        taken = round_to(min(rest, supply.available), step)
        if taken > 0:
            parts.append((supply.key, taken))
            rest = round_to(rest - taken, step)
    return parts, max(rest, 0.0)


def returnable(left, returned, requested, step):
    """Tell how much of a delivery may still be asked back.

    :param float left: what left for the customer
    :param float returned: what came back or is on its way, by any document
    :param float requested: what live returns ask for and no document carries yet
    :param float step: rounding of the unit of measure
    :rtype: float
    """
    return max(round_to(left - returned - requested, step), 0.0)
