import gzip
from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest
from replay import rows
from replay_sample import HEADER, MALFORMED, ORDERS, TEXT

GOOD = {
    "invoice": "500001",
    "code": "22041",
    "description": "RECORD FRAME",
    "quantity": "48",
    "moment": "2010-01-04 08:00:00",
    "price": "2.1",
    "customer": "13085",
    "country": "United Kingdom",
}


def parse_one(**changes):
    """Parse one row; gives the row, or the kind of its fault."""
    cells = ",".join({**GOOD, **changes}.values())
    usable, bad = rows.parse([f"{HEADER}\n", f"{cells}\n"])
    return usable[0] if usable else bad[0].kind


def test_a_row_becomes_values():
    row = parse_one()
    assert (row.line, row.invoice, row.code) == (2, "500001", "22041")
    assert (row.quantity, row.price) == (48, Decimal("2.1"))
    assert row.moment == datetime(2010, 1, 4, 8)
    assert not row.is_credit


def test_a_credit_has_a_positive_quantity():
    row = parse_one(invoice="c489449", quantity="-12")
    assert row.is_credit
    assert row.quantity == 12


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("code", " 85048a ", "85048A"),
        ("code", "bank  charges", "BANK CHARGES"),
        ("description", " WHITE   CHERRY LIGHTS ", "WHITE CHERRY LIGHTS"),
        ("customer", "13085.0", "13085"),
        ("quantity", "2.0", 2),
        ("price", "0.001", Decimal("0.001")),
        ("description", "NU\0L", "NUL"),
    ],
)
def test_values_are_normalised(field, text, value):
    assert getattr(parse_one(**{field: text}), field) == value


@pytest.mark.parametrize("text", ["2010-12-01 08:26", "12/1/2010 8:26"])
def test_dates_of_every_edition(text):
    assert parse_one(moment=text).moment == datetime(2010, 12, 1, 8, 26)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"customer": ""}, "no customer"),
        ({"price": "0"}, "zero price"),
        ({"price": "-0.01"}, "negative price"),
        ({"quantity": "-1"}, "negative quantity outside a credit"),
        ({"quantity": "-1", "customer": ""}, "negative quantity outside a credit"),
        ({"invoice": "C1"}, "positive quantity in a credit"),
        ({"quantity": "0"}, "zero quantity"),
        ({"quantity": "x"}, "quantity is not a number"),
        ({"quantity": "1.5"}, "quantity is not a whole number"),
        ({"quantity": "1e99"}, "quantity is out of range"),
        ({"price": "inf"}, "price is not a number"),
        ({"price": "99999999999"}, "price is out of range"),
        ({"moment": "2010-02-30 08:00:00"}, "bad date"),
        ({"moment": "0001-01-01 00:00:00"}, "bad date"),
        ({"invoice": ""}, "no invoice number"),
        ({"code": " "}, "no product code"),
        ({"country": "a,b"}, "wrong number of columns"),
    ],
)
def test_a_malformed_row_is_named(changes, kind):
    assert parse_one(**changes) == kind


def test_malformed_rows_stop_nothing_and_keep_their_line():
    usable, bad = rows.parse(TEXT.splitlines(keepends=True))
    assert len(usable) == 16
    first = 1 + len(ORDERS.splitlines()) + 1
    assert [row.line for row in bad] == [
        first + i for i in range(len(MALFORMED.splitlines()))
    ]
    assert Counter(row.kind for row in bad)["price is not a number"] == 2


def test_an_unreadable_row_is_malformed():
    huge = "x" * 200_000
    text = [f"{HEADER}\n", f"{huge},1\n", ",".join(GOOD.values()) + "\n", "\n"]
    usable, bad = rows.parse(text)
    assert [row.kind for row in bad] == ["wrong number of columns"]
    assert len(usable) == 1


def test_columns_are_found_by_name():
    head = "Country,Customer ID,InvoiceNo,StockCode,Description,Quantity,"
    head += "InvoiceDate,UnitPrice"
    line = "France,12345,500001,22041,FRAME,1,2010-01-04 08:00:00,2.1"
    (row,), bad = rows.parse([head + "\n", line + "\n"])
    assert (row.country, row.customer, row.price) == ("France", "12345", Decimal("2.1"))
    assert bad == []


def test_a_missing_column_is_named():
    with pytest.raises(rows.FileProblem, match="no column price, customerid"):
        rows.parse(["Invoice,StockCode,Description,Quantity,InvoiceDate,Country\n"])


def test_an_empty_file_is_refused():
    with pytest.raises(rows.FileProblem, match="names no column invoice"):
        rows.parse([])


def test_read_plain_and_gzip(tmp_path):
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_text("\ufeff" + TEXT, encoding="utf-8")
    packed.write_bytes(gzip.compress(TEXT.encode()))
    assert rows.read(plain) == rows.read(packed)


def test_other_encodings_are_survived(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.replace("GLASS BALL", "GLASS £ BALL").encode("latin-1"))
    assert len(rows.read(path)[0]) == 16


def test_a_torn_file_is_refused(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode())[:-30])
    with pytest.raises(rows.FileProblem, match="not a complete gzip file"):
        rows.read(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(rows.FileProblem, match="cannot be read: No such file"):
        rows.read(tmp_path / "a.csv")


def test_every_row_of_the_real_file_is_accounted_for(real_file):
    usable, bad = rows.read(real_file)
    assert len(usable) + len(bad) == 323_734
    assert {row.kind for row in bad} == {
        "no customer",
        "zero price",
        "negative price",
        "negative quantity outside a credit",
        "positive quantity in a credit",
    }
