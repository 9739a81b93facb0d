"""Which agreement with a supplier or carrier says what is claimed for some goods."""

from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True)
class Agreement:
    """What an agreement covers; an empty condition fits everything.

    :param int partner: commercial partner with whom it was made
    :param str kind: ``supplier`` or ``carrier``
    :param str liability: whose fault the goods have to be, empty for anybody's
    :param int warranty: months that the supplier gives from the receipt
    :param bool allowance: whether it pays a share of the bills of its own company
        instead of claims; the goods of branches are on bills of theirs
    """

    id: int
    partner: int
    kind: str
    company: int
    sequence: int = 0
    start: date | None = None
    end: date | None = None
    liability: str = ""
    warranty: int = 0
    allowance: bool = False
    reasons: frozenset[int] = frozenset()
    conditions: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Goods:
    """Goods of which somebody may owe the value.

    :param partner: who would have to pay, None where that is not known
    :param tuple companies: whose goods they are, then of which that is a branch
    :param tuple categories: of the product, the nearest first
    :param tuple reasons: why they came back, the nearest first, then what that reason
        is a kind of; empty for own goods, which no customer sent back
    :param int condition: in which they were found, None where nobody said so
    :param bool unseen: whether nobody has looked at them, so that the condition is none
    """

    partner: int | None
    kind: str
    companies: tuple[int, ...]
    day: date
    product: int
    categories: tuple[int, ...] = ()
    reasons: tuple[int, ...] = ()
    liability: str = ""
    condition: int | None = None
    unseen: bool = False


def fits(agreement, goods):
    """Tell whether an agreement covers these goods."""
    return (
        agreement.kind == goods.kind
        and agreement.company in goods.companies[: 1 if agreement.allowance else None]
        and goods.partner in (None, agreement.partner)
        and (agreement.start is None or agreement.start <= goods.day)
        and (agreement.end is None or goods.day <= agreement.end)
        and agreement.liability in ("", goods.liability)
        and (not agreement.reasons or not agreement.reasons.isdisjoint(goods.reasons))
        and _is_in_condition(agreement, goods)
        and _covers(agreement, goods)
    )


def _is_in_condition(agreement, goods):
    return (
        goods.unseen
        or not agreement.conditions
        or goods.condition in agreement.conditions
    )


def _covers(agreement, goods):
    """Products and categories are one condition: either of them may name the goods."""
    if not agreement.products and not agreement.categories:
        return True
    return goods.product in agreement.products or not agreement.categories.isdisjoint(
        goods.categories
    )


def find(agreements, goods):
    """Find the agreement that says most: product, category, reason, condition, fault.

    The nearest category and the nearest reason count before those above them, and what
    a branch has agreed itself before what holds for it as well.

    Of equally specific ones the first by sequence, then the older one counts.

    :return: an :class:`Agreement`; None where none fits, or where nobody knows who
        would have to pay and several partners could
    """
    found = find_each(agreements, goods)
    return found[0] if len(found) == 1 else None


def find_each(agreements, goods):
    """Find the agreement with each partner who could have to pay, as :func:`find` does.

    :return: a list, in the order of what says most
    """
    fitting = (agreement for agreement in agreements if fits(agreement, goods))
    best = {}
    for agreement in sorted(fitting, key=lambda one: _rank(one, goods)):
        best.setdefault(agreement.partner, agreement)
    return list(best.values())


def find_warranty(agreements, goods):
    """Give the months of warranty with which goods are bought, 0 without any.

    Why they come back, and whose fault that will be, nobody knows when they come in.
    """
    promised = [
        replace(agreement, reasons=frozenset(), conditions=frozenset(), liability="")
        for agreement in agreements
        if agreement.warranty
    ]
    found = find(promised, goods)
    return found.warranty if found else 0


def find_at_request(agreements, goods):
    """Find the agreement for goods that nobody has inspected.

    Whose fault it is nobody knows yet, nor their condition; of a partner who is not
    known, none is found.
    """
    if goods.partner is None:
        return None
    known = [replace(each, liability="") for each in agreements]
    return find(known, replace(goods, unseen=True))


def _rank(agreement, goods):
    return (
        goods.product not in agreement.products,
        _distance(agreement.categories, goods.categories),
        _distance(agreement.reasons, goods.reasons),
        goods.condition not in agreement.conditions,
        not agreement.liability,
        goods.companies.index(agreement.company),
        agreement.sequence,
        agreement.id,
    )


def _distance(named, path):
    """Give how far up a path the first of these is, its length where none is."""
    return next(
        (position for position, one in enumerate(path) if one in named), len(path)
    )
