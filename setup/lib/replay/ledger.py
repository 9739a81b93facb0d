"""What the file itself lets one expect of each credit, without asking Odoo.

For every customer and product it keeps how much was bought and is not yet given back;
a credit can be matched to as much as that.
"""

from dataclasses import dataclass
from decimal import Decimal

from .documents import money, rounding_room

NEVER_BOUGHT = "not bought before within the file"
TOO_MUCH = "more given back than was bought before"


@dataclass(frozen=True)
class Expected:
    """One product on one credit, as the file has it.

    :param matched: the part of the quantity that earlier purchases cover
    :param shortage: why the rest is not covered
    :param room: what rounding to pence can amount to
    """

    number: str
    code: str
    quantity: int
    money: Decimal
    prices: tuple
    matched: int
    shortage: str
    room: Decimal


@dataclass(frozen=True)
class Purchase:
    """One product on one order, as the file has it."""

    customer: str
    quantity: int
    prices: frozenset


class Ledger:
    """Goes through the documents in their order, once.

    `expected` has one entry for each product on a credit, `purchases` one for each
    product on an order.
    """

    def __init__(self, documents):
        self.expected = {}
        self.purchases = {}
        self._bought = {}
        self._left = {}
        for document in documents:
            for code, rows in document.goods.items():
                take = self._give_back if document.is_credit else self._buy
                take(document, code, rows)

    def _buy(self, document, code, rows):
        key = document.customer, code
        quantity = sum(row.quantity for row in rows)
        self._bought[key] = self._bought.get(key, 0) + quantity
        self._left[key] = self._left.get(key, 0) + quantity
        prices = frozenset(row.price for row in rows)
        purchase = Purchase(document.customer, quantity, prices)
        self.purchases[document.number, code] = purchase

    def _give_back(self, document, code, rows):
        key = document.customer, code
        quantity = sum(row.quantity for row in rows)
        matched = min(quantity, self._left.get(key, 0))
        if matched:
            self._left[key] -= matched
        self.expected[document.number, code] = Expected(
            number=document.number,
            code=code,
            quantity=quantity,
            money=money(rows),
            prices=tuple(sorted({row.price for row in rows})),
            matched=matched,
            shortage=TOO_MUCH if self._bought.get(key) else NEVER_BOUGHT,
            room=rounding_room(rows),
        )
