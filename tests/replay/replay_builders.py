"""Documents and returns for the tests, in few words."""

from decimal import Decimal

from replay import documents, rows
from replay.explain import Part, Return
from replay_sample import HEADER, TEXT


def parsed(text=TEXT):
    return rows.parse(text.splitlines(keepends=True))[0]


def built(text=TEXT):
    return documents.build(parsed(text))


def by_number(text=TEXT):
    return {document.number: document for document in built(text)}


def lines(*records):
    """Text of a file, from (invoice, customer, day, quantity) tuples."""
    return "\n".join(
        [
            HEADER,
            *(
                f"{invoice},22041,FRAME,{quantity},"
                f"2010-01-{day:02} 08:00:00,2,{buyer},France"
                for invoice, buyer, day, quantity in records
            ),
        ]
    )


def part(quantity, purchase, price, **changes):
    """A part that was restocked and credited as it should be."""
    bound = purchase is not None
    values = {
        "quantity": Decimal(quantity),
        "purchase": purchase,
        "price": Decimal(price),
        "restocked": Decimal(quantity if bound else 0),
        "credited": Decimal(quantity if bound else 0),
        "money": Decimal(quantity) * Decimal(price) if bound else Decimal(),
    }
    return Part(**{**values, **changes})


def held(code, *parts, exceptions=(), credit_notes=None):
    """A return with one product."""
    total = sum(one.money for one in parts)
    given = total if credit_notes is None else Decimal(credit_notes)
    return Return("RMA1", "done", {code: list(parts)}, set(exceptions), given)
