"""Credits of an invoice line that the caller has chosen."""

import pytest
from engine.settlement import InvoiceLine, Ledger


def ledger(*lines, discounts=None):
    return Ledger(lines, {}, discounts or {}, 0.01)


def line(key, quantity, gross, group="invoice"):
    return InvoiceLine(key, "order", group, quantity, gross, 0.01)


def test_the_chosen_line_is_credited():
    book = ledger(line("old", 3, 150.0), line("new", 3, 180.0))
    credit = book.credit_line("new", 1)
    assert (credit.key, credit.quantity, credit.gross) == ("new", 1, 60.0)
    assert book.lines["new"].credited == 1
    assert book.lines["old"].credited == 0


def test_parts_add_up_to_the_invoiced_amount():
    book = ledger(line("a", 3, 100.0))
    credits = [book.credit_line("a", 1) for _each in range(3)]
    given = [round(credit.gross - credit.rounding, 2) for credit in credits]
    assert given == [33.33, 33.33, 33.34]
    assert sum(given) == pytest.approx(100.0)


def test_order_discounts_are_shared():
    book = ledger(
        line("goods", 1, 100.0), line("deposit", 1, 50.0), discounts={"invoice": 15.0}
    )
    credit = book.credit_line("deposit", 1)
    assert credit.discount_share == 5.0
    assert credit.gross - credit.discount_share - credit.rounding == 45.0
