"""Orders and credits, made of the rows of the file."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from . import codes

PENNY = Decimal("0.01")


def pence(amount):
    """Round to the currency's smallest coin, as an invoice does."""
    return Decimal(amount).quantize(PENNY, ROUND_HALF_UP)


@dataclass
class Document:
    """An invoice of the file: an order, or a credit for returned goods."""

    number: str
    customer: str
    is_credit: bool
    moment: datetime
    rows: list = field(default_factory=list)

    @property
    def goods(self):
        """The rows about goods, by product code in the order of the file."""
        grouped = {}
        for row in self.rows:
            if not codes.charge(row.code):
                grouped.setdefault(row.code, []).append(row)
        return grouped

    @property
    def charges(self):
        """The rows about postage, discounts and the like."""
        return [row for row in self.rows if codes.charge(row.code)]

    @property
    def money(self):
        """What the file says the document is worth."""
        return money(self.rows)


def money(rows):
    """The value of rows, each rounded as an invoice line is."""
    return sum((pence(row.price * row.quantity) for row in rows), Decimal())


def rounding_room(rows):
    """How much rounding unit prices and lines to pence can change the value of rows."""
    return sum(
        (abs(pence(r.price) - r.price) * r.quantity + PENNY for r in rows), Decimal()
    )


def build(rows):
    """Group rows into documents, oldest first, an order before a credit of its time."""
    found = {}
    for row in rows:
        key = row.invoice, row.customer
        if key not in found:
            found[key] = Document(row.invoice, row.customer, row.is_credit, row.moment)
        found[key].rows.append(row)
        found[key].moment = min(found[key].moment, row.moment)
    documents = sorted(found.values(), key=_order)
    return _with_unique_numbers(documents)


def _order(document):
    return document.moment, document.is_credit, document.number


def _with_unique_numbers(documents):
    """An invoice number that several customers share is told apart by the customer."""
    used = set()
    for document in documents:
        while document.number in used:
            document.number = f"{document.number}-{document.customer}"
        used.add(document.number)
    return documents


def select(documents, limit=None):
    """The documents to replay.

    With a limit: the first `limit` credits for goods whose customer has bought
    something before, and everything those customers bought or gave back until the last
    of them.

    :param documents: as `build` gives them
    """
    if limit is None:
        return documents
    bought, chosen, end = set(), [], None
    for document in documents:
        if len(chosen) == limit:
            break
        if not document.is_credit:
            bought.add(document.customer)
        elif document.customer in bought and document.goods:
            chosen.append(document.customer)
            end = _order(document)
    customers = set(chosen)
    return [d for d in documents if d.customer in customers and _order(d) <= end]


def only_given_back(documents):
    """The same documents, with those goods only that their customer gives back.

    Everything a return can be matched to is still there, without the many lines of the
    orders that no return is about.

    :param documents: as `select` gives them; they are left as they are
    """
    given_back = {}
    for document in documents:
        if document.is_credit:
            given_back.setdefault(document.customer, set()).update(document.goods)
    kept = []
    for document in documents:
        wanted = given_back.get(document.customer, set())
        rows = [r for r in document.rows if r.code in wanted or codes.charge(r.code)]
        if document.is_credit or not wanted.isdisjoint(row.code for row in rows):
            kept.append(replace(document, rows=rows))
    return kept


def duplicates(rows):
    """How many rows repeat the row before them in every column."""
    ordered = sorted(_content(row) for row in rows)
    return sum(first == second for first, second in pairwise(ordered))


def _content(row):
    return tuple(str(value) for name, value in row.__dict__.items() if name != "line")
