"""Comparing what Odoo holds with what the file says, and naming every difference."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from . import codes
from .documents import PENNY, money, pence, rounding_room

OTHER_PRICE = "credit priced differently from the purchase"
ROUNDING = "rounding to pence"


@dataclass(frozen=True)
class Part:
    """A quantity of one product on a return, as Odoo holds it.

    :param purchase: number of the order it was matched to, None when to none
    :param price: unit price on the invoice of that order
    """

    quantity: Decimal
    purchase: str | None
    price: Decimal
    restocked: Decimal
    credited: Decimal
    money: Decimal


@dataclass
class Return:
    """A return as Odoo holds it.

    :param parts: ``{product code: [Part]}``
    :param exceptions: types of the exception records
    :param credit_notes: total of the posted credit notes
    """

    reference: str
    state: str
    parts: dict
    exceptions: set
    credit_notes: Decimal


@dataclass(frozen=True)
class Order:
    """An order as Odoo holds it."""

    invoiced: Decimal
    delivered: Decimal


@dataclass(frozen=True)
class Difference:
    """Money or goods that differ; without a known cause it stays unexplained."""

    number: str
    code: str
    cause: str
    money: Decimal
    explained: bool = True


@dataclass
class Seen:
    """Everything of the replay that Odoo holds.

    :param orders: ``{number: Order}``
    :param returns: ``{number: Return}``
    """

    orders: dict = field(default_factory=dict)
    returns: dict = field(default_factory=dict)


def differences(documents, ledger, seen, failures):
    """Every difference between the file and Odoo, in the order of the documents.

    :param failures: ``{document number: why it could not be replayed}``
    """
    found = []
    for document in documents:
        compare = _credit if document.is_credit else _order
        found += compare(document, ledger, seen, failures)
    return found + _over_credited(ledger, seen)


def _order(document, _ledger, seen, failures):
    order = seen.orders.get(document.number)
    if order is None:
        reason = failures.get(document.number, "not replayed")
        return [_unexplained(document, "", f"order: {reason}", document.money)]
    found = []
    missing = sum(r.quantity for rows in document.goods.values() for r in rows)
    missing -= order.delivered
    if missing:
        found.append(_unexplained(document, "", f"{missing} units not delivered", 0))
    gap = document.money - order.invoiced
    if gap:
        small = abs(gap) <= rounding_room(document.rows)
        cause = ROUNDING if small else "invoiced another amount than the file"
        found.append(Difference(document.number, "", cause, gap, small))
    return found


def _credit(document, ledger, seen, failures):
    found = [
        Difference(
            document.number,
            row.code,
            f"value credit without goods: {codes.charge(row.code)}",
            money([row]),
        )
        for row in document.charges
    ]
    if not document.goods:
        return found
    held = seen.returns.get(document.number)
    if held is None:
        reason = failures.get(document.number, "not replayed")
        goods = money(row for rows in document.goods.values() for row in rows)
        return [*found, _unexplained(document, "", f"return: {reason}", goods)]
    for code in document.goods:
        expected = ledger.expected[document.number, code]
        found += _product(document, expected, held, ledger)
    return found + _whole(document, held)


def _product(document, expected, held, ledger):
    """The differences of one product on one credit."""
    parts = held.parts.get(expected.code, [])
    loose = [part for part in parts if part.purchase is None]
    bound = [part for part in parts if part.purchase is not None]
    found = _quantities(document, expected, parts, bound)
    found += _unmatched(document, expected, held, loose)
    for part in bound:
        found += _matched(document, expected, part, held, ledger)
    rest = expected.money - sum(part.money for part in parts)
    rest -= sum(difference.money for difference in found)
    if rest:
        small = abs(rest) <= expected.room + PENNY * len(parts)
        cause = ROUNDING if small else "money without a known cause"
        found.append(Difference(document.number, expected.code, cause, rest, small))
    return found


def _quantities(document, expected, parts, bound):
    """Whether Odoo knows the whole quantity, and matched what the file can cover."""
    asked = sum(part.quantity for part in parts)
    if asked != expected.quantity:
        text = f"the return has {asked} of {expected.quantity} units"
        return [_unexplained(document, expected.code, text, 0)]
    matched = sum(part.quantity for part in bound)
    if matched != expected.matched:
        text = f"{matched} units matched, the file covers {expected.matched}"
        return [_unexplained(document, expected.code, text, 0)]
    return []


def _unmatched(document, expected, held, loose):
    """What no purchase covers: explained when a person has been asked to look."""
    if not loose:
        return []
    worth = _share(expected, sum(part.quantity for part in loose))
    if any(part.money or part.credited for part in loose):
        text = "credited without a purchase"
        return [_unexplained(document, expected.code, text, 0)]
    if "no_source" not in held.exceptions:
        text = "not matched, and no exception says so"
        return [_unexplained(document, expected.code, text, worth)]
    return [Difference(document.number, expected.code, expected.shortage, worth)]


def _matched(document, expected, part, held, ledger):
    """Whether a matched part came back to the shelf and was credited at its price."""
    found = []
    if part.restocked != part.quantity:
        text = f"{part.restocked} of {part.quantity} units back on the shelf"
        text += _stuck(held)
        found.append(_unexplained(document, expected.code, text, 0))
    if part.credited != part.quantity:
        text = f"{part.credited} of {part.quantity} units credited{_stuck(held)}"
        worth = _share(expected, part.quantity - part.credited)
        found.append(_unexplained(document, expected.code, text, worth))
    purchase = ledger.purchases.get((part.purchase, expected.code))
    if purchase is None or purchase.customer != document.customer:
        text = f"matched to {part.purchase}, where the customer did not buy it"
        return [*found, _unexplained(document, expected.code, text, 0)]
    if pence(part.price) not in {pence(price) for price in purchase.prices}:
        text = f"priced {part.price}, which {part.purchase} does not name"
        return [*found, _unexplained(document, expected.code, text, 0)]
    gap = _share(expected, part.credited) - part.money
    if gap and {pence(part.price)} != {pence(price) for price in expected.prices}:
        found.append(Difference(document.number, expected.code, OTHER_PRICE, gap))
    return found


def _stuck(held):
    """The exceptions that may have kept a step from happening."""
    types = sorted(held.exceptions - {"no_source"})
    return f", exceptions: {', '.join(types)}" if types else ""


def _whole(document, held):
    """No money may have been given beside the lines."""
    lines = sum(part.money for parts in held.parts.values() for part in parts)
    if lines == held.credit_notes:
        return []
    beside = held.credit_notes - lines
    return [_unexplained(document, "", "credited beside the lines", -beside)]


def _over_credited(ledger, seen):
    """Purchases of which more was credited than was bought, by all returns together."""
    credited = Counter()
    for held in seen.returns.values():
        for code, parts in held.parts.items():
            for part in parts:
                credited[part.purchase, code] += part.credited
    return [
        Difference(
            number,
            code,
            f"{credited[number, code]} credited of {purchase.quantity} bought",
            Decimal(),
            explained=False,
        )
        for (number, code), purchase in ledger.purchases.items()
        if credited[number, code] > purchase.quantity
    ]


def _share(expected, quantity):
    """What the file pays for a part of the quantity."""
    return pence(expected.money * Decimal(quantity) / expected.quantity)


def _unexplained(document, code, text, amount):
    return Difference(document.number, code, text, Decimal(amount), explained=False)
