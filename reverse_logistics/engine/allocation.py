"""Spreading a quantity over what it can be taken from."""

from dataclasses import dataclass
from typing import Any

from .rounding import compare, round_to


@dataclass(frozen=True)
class Supply:
    """Something a quantity can be taken from.

    :param key: whatever the caller recognises it by
    :param float available: how much is left, in the unit of the request
    :param float price: what one was sold for; of use to compare supplies only
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
