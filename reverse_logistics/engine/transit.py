"""How many days a parcel is on its way."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What a row can restrict, the more significant first.
DIMENSIONS = ("carrier", "country")


@dataclass(frozen=True)
class Row:
    """How many days parcels of a kind take.

    :param int days: the longest that is usual
    :param wanted: ``{dimension: id}``; an empty id fits everything
    """

    days: int
    wanted: Mapping


def find(rows, keys):
    """Give the days of the most specific row that fits a parcel.

    Of equally specific rows the longest counts, in the customer's favour.

    :param rows: iterable of :class:`Row`
    :param keys: ``{dimension: id}`` of the parcel
    :return: days, 0 without a row that fits
    """

    def said(row):
        return tuple(bool(row.wanted.get(name)) for name in DIMENSIONS), row.days

    fitting = [
        row
        for row in rows
        if all(keys.get(name) == id_ for name, id_ in row.wanted.items() if id_)
    ]
    return max(fitting, key=said).days if fitting else 0
