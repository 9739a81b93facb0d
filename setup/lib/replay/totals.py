"""The figures of a replay."""

from dataclasses import dataclass
from decimal import Decimal

from .explain import Seen


@dataclass(frozen=True)
class Totals:
    """What the file holds and what became of it."""

    orders: int
    orders_done: int
    ordered: Decimal
    invoiced: Decimal
    credits: int
    without_goods: int
    returns: int
    fully_matched: int
    partly_matched: int
    unmatched: int
    lines: int
    lines_equal: int
    returned: int
    matched: Decimal
    restocked: Decimal
    credit_money: Decimal
    credited: Decimal


def count(documents, ledger, seen: Seen, found):
    """Add up the documents that were chosen and what Odoo holds of them."""
    orders = [document for document in documents if not document.is_credit]
    credits_ = [document for document in documents if document.is_credit]
    held = [seen.returns[d.number] for d in credits_ if d.number in seen.returns]
    parts = [part for one in held for some in one.parts.values() for part in some]
    shares = [_matched_share(one) for one in held]
    differing = {(d.number, d.code) for d in found}
    done = [seen.orders[d.number] for d in orders if d.number in seen.orders]
    return Totals(
        orders=len(orders),
        orders_done=len(done),
        ordered=sum((d.money for d in orders), Decimal()),
        invoiced=sum((order.invoiced for order in done), Decimal()),
        credits=len(credits_),
        without_goods=sum(not document.goods for document in credits_),
        returns=len(held),
        fully_matched=sum(share == 1 for share in shares),
        partly_matched=sum(0 < share < 1 for share in shares),
        unmatched=sum(share == 0 for share in shares),
        lines=len(ledger.expected),
        lines_equal=sum(
            key not in differing and key[0] in seen.returns for key in ledger.expected
        ),
        returned=sum(expected.quantity for expected in ledger.expected.values()),
        matched=sum((p.quantity for p in parts if p.purchase is not None), Decimal()),
        restocked=sum((part.restocked for part in parts), Decimal()),
        credit_money=sum((d.money for d in credits_), Decimal()),
        credited=sum((one.credit_notes for one in held), Decimal()),
    )


def _matched_share(held):
    """Which part of the quantity on a return has a purchase, from 0 to 1."""
    parts = [part for some in held.parts.values() for part in some]
    total = sum(part.quantity for part in parts)
    matched = sum(part.quantity for part in parts if part.purchase is not None)
    return matched / total if total else 0
