from datetime import date
from typing import Any, NamedTuple

from ..engine import agreements


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


def get_goods(company, product, **facts):
    """Give the facts by which an agreement about a product is found.

    :param company: whose goods they are; an agreement of what it is a branch of counts
    :param facts: the rest of :class:`agreements.Goods`
    """
    return agreements.Goods(
        companies=tuple(reversed(company.parent_ids.ids)),
        product=product.id,
        categories=get_categories(product),
        **facts,
    )


def get_categories(product):
    """Give the ids of a product's category and of those above it, nearest first."""
    path = (product.categ_id.parent_path or "").split("/")[:-1]
    return tuple(map(int, reversed(path)))
