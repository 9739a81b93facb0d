"""How long a parcel is on its way."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What a row may be about, the one that says more in front.
DIMENSIONS = ("carrier", "country")


@dataclass(frozen=True)
class Row:
    """How many days parcels of a kind take.

    :param int days: the longest usual
    :param wanted: ``{dimension: id}``; what is empty fits everything
    """

    days: int
    wanted: Mapping


def find(rows, keys):
    """Give the days of the row that says most of a parcel.

    Of rows that say equally much the longest counts: it is in the customer's favour.

    :param rows: of :class:`Row`
    :param keys: ``{dimension: id}`` of the parcel
    :return: 0 without a row
    """

    def said(row):
        return tuple(bool(row.wanted.get(name)) for name in DIMENSIONS), row.days

    fitting = [
        row
        for row in rows
        if all(keys.get(name) == id_ for name, id_ in row.wanted.items() if id_)
    ]
    return max(fitting, key=said).days if fitting else 0
