"""Reading a list of products that somebody pasted or sent."""

import csv
import re

#: The order of the columns when there is no header to name them.
COLUMNS = ("product", "quantity", "lot", "reason", "client_ref", "uom")

#: A number with more digits before the point is no quantity, but perhaps a barcode.
MAX_DIGITS = 12

#: What people write above their columns, as ``_normal`` spells it.
HEADERS = {
    "product": (
        "product",
        "item",
        "article",
        "sku",
        "code",
        "product code",
        "item code",
        "internal reference",
        "barcode",
        "ean",
        "gtin",
    ),
    "quantity": ("quantity", "qty", "pieces", "pcs", "number", "to return"),
    "lot": (
        "lot",
        "serial",
        "lot serial",
        "lot number",
        "serial number",
        "lot serial number",
        "batch",
        "sn",
    ),
    "reason": ("reason", "return reason"),
    "client_ref": ("customer reference", "reference", "your reference", "ref"),
    "uom": ("unit", "uom", "unit of measure"),
    "order": ("order", "order number", "sales order", "so"),
}


def split(text):
    """Cut text into rows of cells; empty rows are left out.

    Cells are separated by tabs if there are any, as spreadsheets copy them, else by
    semicolons, else by commas.

    :param str text: what was pasted, or the content of a file
    :rtype: list[list[str]]
    """
    lines = text.splitlines()
    delimiter = next((mark for mark in "\t;," if mark in text), "\t")
    rows = csv.reader(lines, delimiter=delimiter)
    return clean(rows)


def clean(rows):
    """Strip cells; leave out empty rows and NUL characters, which no database keeps.

    :param rows: iterable of rows of cells
    :rtype: list[list[str]]
    """
    stripped = [[cell.replace("\0", "").strip() for cell in row] for row in rows]
    return [row for row in stripped if any(row)]


def find_columns(row, labels=None):
    """Tell which column is where, if this row is a header.

    :param list row: the first row
    :param dict labels: further names of columns, ``{column: [name, …]}``
    :return: ``{column: position}``, or None when this row names no column of products
    """
    known = {}
    for source in (labels or {}, HEADERS):
        for column, names in source.items():
            for name in names:
                known.setdefault(_normal(name), column)
    found = {}
    for position, cell in enumerate(row):
        column = known.get(_normal(cell))
        if column:
            found.setdefault(column, position)
    return found if "product" in found else None


def read(rows, labels=None):
    """Give each row as ``{column: text}``, by its header or by position.

    :param rows: list of rows of cells, see :func:`split`
    :param dict labels: see :func:`find_columns`
    :rtype: list[dict[str, str]]
    """
    if not rows:
        return []
    columns = find_columns(rows[0], labels)
    if columns:
        rows = rows[1:]
    else:
        columns = {column: position for position, column in enumerate(COLUMNS)}
    return [
        {
            column: row[position] if position < len(row) else ""
            for column, position in columns.items()
        }
        for row in rows
    ]


def number(text):
    """Read a quantity with a decimal point or comma.

    ``1,000`` and ``1.000`` may mean one or a thousand, so they are refused. So are
    numbers that are longer than any quantity of goods.

    :param str text: what somebody wrote
    :return: the quantity, None when the text is not clearly one
    :rtype: float | None
    """
    text = re.sub(r"[\s'\u2019\u00a0\u202f]", "", text or "")
    if not re.fullmatch(r"\d+([.,]\d+)*", text):
        return None
    marks = re.findall(r"[.,]", text)
    decimal = marks[-1] if marks else "."
    if len(marks) == 1 and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text):
        return None
    if marks.count(decimal) > 1:
        if len(set(marks)) > 1:
            return None
        decimal = ""  # several alike group thousands
    groups = text.split(decimal)[0] if decimal else text
    if not re.fullmatch(r"\d+|\d{1,3}([.,]\d{3})+", groups):
        return None
    whole = re.sub(r"[.,]", "", groups)
    fraction = text.rpartition(decimal)[2] if marks and decimal else ""
    if len(whole.lstrip("0")) > MAX_DIGITS:
        return None
    return float(f"{whole}.{fraction or 0}")


def find_code(text):
    """Give the code in the usual display name of a product: ``[EF-25] Elbow Fitting``.

    :param str text: the name
    :rtype: str | None
    """
    match = re.match(r"\[([^\]]+)\]", (text or "").strip())
    return match and match[1].strip()


def shorten(text, limit=60):
    """Cut text that somebody else wrote, so that it can be quoted within a sentence.

    :param str text: what they wrote
    :param int limit: the most characters to keep
    :rtype: str
    """
    text = " ".join((text or "").split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _normal(name):
    """Spell a header so that case, punctuation and spacing do not matter."""
    return re.sub(r"[\W_]+", " ", name or "").strip().lower()
