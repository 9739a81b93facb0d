"""Which product returned goods become."""

from typing import NamedTuple


class Goods(NamedTuple):
    """Returned goods as they were found.

    :param int product: what they are
    :param int template: of the product
    :param tuple categories: of the product, the nearest first
    :param condition: in which they were found, None where nobody has said yet
    """

    product: int
    template: int
    categories: tuple
    condition: int | None


class Option(NamedTuple):
    """A row of the configuration; ``id`` names it.

    It holds for a template or for a category with those below it, and for one
    condition or, with None, for all.
    """

    id: int
    template: int | None
    category: int | None
    condition: int | None
    target: int
    sequence: int


def find_options(goods, options):
    """Find what these goods may become, the most specific option first.

    Options of the template come before those of its category, these before those of
    the categories around it, and options for the condition before those for all; then
    the sequence decides. Nothing becomes itself, and each target comes once.

    :param Goods goods: what came back
    :param options: list of :class:`Option`
    :return: ids of options, the first of which is proposed
    """
    ranked = sorted(
        (rank, option)
        for option in options
        if (rank := _rank(goods, option)) and option.target != goods.product
    )
    found = {}
    for _place, option in ranked:
        found.setdefault(option.target, option.id)
    return list(found.values())


def _rank(goods, option):
    """Give where an option comes among those that fit, None where it does not fit."""
    if option.condition not in (None, goods.condition):
        return None
    if option.template:
        distance = 0 if option.template == goods.template else None
    elif option.category in goods.categories:
        distance = 1 + goods.categories.index(option.category)
    else:
        distance = None
    if distance is None:
        return None
    return distance, option.condition is None, option.sequence, option.id
