"""Reading the file: a usable row, or a malformed one with the reason why."""

import csv
import gzip
import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

# Names of the same column in the editions of the data set.
COLUMNS = {
    "invoice": ("invoice", "invoiceno"),
    "code": ("stockcode",),
    "description": ("description",),
    "quantity": ("quantity",),
    "moment": ("invoicedate",),
    "price": ("price", "unitprice"),
    "customer": ("customerid",),
    "country": ("country",),
}
DATE_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")
# Beyond this a number is a typing error, and a stock quantity loses its precision.
LARGEST = 10_000_000


class FileProblem(Exception):
    """The file as a whole cannot be read."""


class Malformed(Exception):
    """One row cannot be used; the text names the kind of fault."""


@dataclass(frozen=True)
class Row:
    """One usable line of the file; the quantity of a credit is positive."""

    line: int
    invoice: str
    code: str
    description: str
    quantity: int
    moment: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def is_credit(self):
        """Whether the row belongs to a credit for returned goods."""
        return self.invoice.startswith("C")


@dataclass(frozen=True)
class Bad:
    """A line that was left out."""

    line: int
    kind: str


def read(path):
    """Read the whole file.

    :param path: `pathlib.Path` of a CSV file, gzipped when it is named `.gz`
    :return: ``(rows, bad)``, both in the order of the file
    :raise FileProblem: when there is no header, or the file breaks off
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(
            path, "rt", encoding="utf-8-sig", errors="replace", newline=""
        ) as text:
            return parse(text)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileProblem(
            f"{path.name} is not a complete gzip file: {error}"
        ) from error
    except OSError as error:
        raise FileProblem(
            f"{path} cannot be read: {error.strerror or error}"
        ) from error


def parse(lines):
    """Split the lines of an opened file into usable and malformed rows."""
    reader = csv.reader(line.replace("\0", "") for line in lines)
    order = header(next(reader, []))
    rows, bad = [], []
    for number, cells in _numbered(reader):
        try:
            rows.append(_row(number, cells, order))
        except Malformed as fault:
            bad.append(Bad(number, str(fault)))
    return rows, bad


def header(cells):
    """The position of each column, from the first line.

    :raise FileProblem: naming the columns that are missing
    """
    names = [cell.strip().lower().replace(" ", "") for cell in cells]
    found = {
        field: next((names.index(name) for name in known if name in names), None)
        for field, known in COLUMNS.items()
    }
    missing = [
        COLUMNS[field][0] for field, position in found.items() if position is None
    ]
    if missing:
        raise FileProblem(f"the first line names no column {', '.join(missing)}")
    return found | {"width": len(cells)}


def _numbered(reader):
    """Number the rows as the file's lines; an unreadable one has no cells."""
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        if cells != []:
            yield reader.line_num, cells


def _row(line, cells, order):
    if cells is None or len(cells) != order["width"]:
        raise Malformed("wrong number of columns")
    cell = {field: cells[order[field]].strip() for field in COLUMNS}
    row = Row(
        line=line,
        invoice=_required(cell["invoice"].upper(), "no invoice number"),
        code=_required(" ".join(cell["code"].upper().split()), "no product code"),
        description=" ".join(cell["description"].split()),
        quantity=_whole(cell["quantity"]),
        moment=_moment(cell["moment"]),
        price=_number(cell["price"], "price"),
        customer=cell["customer"].removesuffix(".0"),
        country=cell["country"],
    )
    return _checked(row)


def _checked(row):
    """The row with a positive quantity, if its numbers go together."""
    if row.quantity == 0:
        raise Malformed("zero quantity")
    if row.quantity < 0 and not row.is_credit:
        raise Malformed("negative quantity outside a credit")
    if row.quantity > 0 and row.is_credit:
        raise Malformed("positive quantity in a credit")
    if row.price == 0:
        raise Malformed("zero price")
    if row.price < 0:
        raise Malformed("negative price")
    _required(row.customer, "no customer")
    return Row(**{**row.__dict__, "quantity": abs(row.quantity)})


def _required(text, fault):
    if not text:
        raise Malformed(fault)
    return text


def _number(text, name):
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Malformed(f"{name} is not a number") from None
    if not number.is_finite():
        raise Malformed(f"{name} is not a number")
    if abs(number) > LARGEST:
        raise Malformed(f"{name} is out of range")
    return number


def _whole(text):
    number = _number(text, "quantity")
    if number != number.to_integral_value():
        raise Malformed("quantity is not a whole number")
    return int(number)


def _moment(text):
    for form in DATE_FORMATS:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        if 1970 <= moment.year < 2100:
            return moment
    raise Malformed("bad date")
