"""Reading the file of a list that somebody sent: a workbook, or plain text."""

import csv
import io

from ...engine import files, intake, limits

#: Largest file in bytes.
MAX_BYTES = 5_000_000
# Cells further to the right or further down belong to no list of goods.
MAX_COLUMNS = 50
MAX_SHEET_ROWS = 100_000


class UnreadableError(ValueError):
    """It is no list, whatever its name says."""


def read(content):
    """Give the rows of a file; of very many, some more than one list may have.

    :param bytes content: of the file
    :rtype: list[list[str]]
    :raises UnreadableError: when it is no list
    """
    kind = files.find_kind(content)
    if kind == "workbook":
        return _read_workbook(content)
    if kind == "text":
        return split(files.decode(content))
    raise UnreadableError


def split(text):
    """Give the rows of text that was pasted, or is the content of a file.

    :param str text: of the list
    :rtype: list[list[str]]
    :raises UnreadableError: when quotes are not closed and the like
    """
    try:
        return intake.split(text)
    except csv.Error as error:
        raise UnreadableError from error


def _read_workbook(content):
    from openpyxl import load_workbook  # noqa: PLC0415  loads slowly, used rarely

    try:
        if not files.is_quickly_read(content):
            raise UnreadableError
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0].iter_rows(
            max_row=MAX_SHEET_ROWS, max_col=MAX_COLUMNS, values_only=True
        )
        rows = []
        for row in sheet:
            rows += intake.clean([[_to_text(value) for value in row]])
            if len(rows) > limits.LINES + 1:
                break
    # For a broken file this library raises whatever it runs into: XML, archive, index,
    # key and type errors. Nothing but reading happens here, so catching all of them
    # hides no other error.
    except Exception as error:
        raise UnreadableError from error
    return rows


def _to_text(value):
    """Write a cell so that no decimal point can be taken for a thousands mark."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6f}"
    return str(value)
