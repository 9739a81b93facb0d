import io

import pytest
from openpyxl import Workbook

from odoo.addons.reverse_logistics.engine import limits
from odoo.addons.reverse_logistics.models.base.sheets import (
    UnreadableError,
    read,
    split,
)


def workbook(*rows):
    book, written = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def test_text_and_workbooks_give_the_same_rows():
    rows = [["SKU", "Qty"], ["KTL", "2"], ["CUP", "1.500000"]]
    assert read(b"SKU;Qty\nKTL;2\n\nCUP;1.500000") == rows
    found = read(workbook(("SKU", "Qty"), ("KTL", 2.0), (), ("CUP", 1.5)))
    assert [row[:2] for row in found] == rows
    assert split("SKU\tQty\nKTL\t2\nCUP\t1.500000") == rows


def test_of_too_many_rows_enough_are_read_to_refuse_them():
    rows = read(workbook(*[("KTL", 1)] * (limits.LINES + 50)))
    assert limits.LINES < len(rows) < limits.LINES + 50


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n", b"PK\x03\x04 broken", b"%PDF-1.4", b"\x00\x01"]
)
def test_what_is_no_list_is_refused(content):
    with pytest.raises(UnreadableError):
        read(content)
