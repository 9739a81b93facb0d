"""Credits of an invoice line that the caller has chosen."""

import pytest
from engine.settlement import GOODS, NET, PRICE, InvoiceLine, Ledger, Part


def ledger(*lines):
    return Ledger(lines, {}, 0.01)


def line(key, quantity, gross, discount=0.0):
    parts = {GOODS: Part({PRICE: gross, NET: gross})}
    if discount:
        parts["discount"] = Part({PRICE: -discount, NET: -discount})
    return InvoiceLine(key, "order", "invoice", quantity, parts, 0.01)


def test_the_chosen_line_is_credited():
    book = ledger(line("old", 3, 150.0), line("new", 3, 180.0))
    credit = book.credit_line("new", 1)
    assert (credit.key, credit.quantity, credit.gross) == ("new", 1, 60.0)
    assert book.lines["new"].credited == 1
    assert book.lines["old"].credited == 0


def test_parts_add_up_to_the_invoiced_amount():
    book = ledger(line("a", 3, 100.0))
    credits = [book.credit_line("a", 1) for _each in range(3)]
    given = [round(credit.amounts[NET], 2) for credit in credits]
    assert given == [33.33, 33.34, 33.33]
    assert sum(given) == pytest.approx(100.0)


def test_order_discounts_are_shared():
    book = ledger(line("goods", 1, 100.0, 10.0), line("deposit", 1, 50.0, 5.0))
    credit = book.credit_line("deposit", 1)
    assert credit.parts["discount"][PRICE] == -5.0
    assert credit.amounts[NET] == 45.0
