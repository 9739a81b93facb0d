from datetime import date
from typing import Any, NamedTuple


class Claimed(NamedTuple):
    """Goods that a line of a claim is about, wherever they were found.

    :param company: whose they are
    :param float quantity: in the product's unit
    :param date found_on: when they came back, or were found in our own stock
    :param date sold_on: when they were delivered to the customer, if they were
    :param delivery: the move with which they were
    :param owner: whose they were before: nobody's where they were ours, a supplier's
        where they were consigned; None where that is not known
    :param bool faultless: whether they are as they should be
    """

    company: Any
    product: Any
    quantity: float
    found_on: date | None = None
    sold_on: date | None = None
    lot: Any = None
    delivery: Any = None
    owner: Any = None
    faultless: bool = False


def get_companies(company):
    """Give the ids of a company and of those of which it is a branch, nearest first."""
    return tuple(reversed(company.parent_ids.ids))
