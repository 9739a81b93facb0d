"""How long goods and credits have waited."""

from .rounding import compare, round_to

#: Bands of age by their codes, each with its last day; they sort by code.
BANDS = (("d007", 7), ("d030", 30), ("d060", 60), ("d090", 90))
#: The band of everything that is older.
OLDER = "older"


def get_band(days):
    """Give the band of an age.

    :param int days: how long something has waited
    :rtype: str
    """
    return next((code for code, last in BANDS if days <= last), OLDER)


def find_layers(quantity, arrivals, step):
    """Tell when goods came that still lie in a place.

    What came first is taken to have left first, so what is there came last.

    :param float quantity: what lies there
    :param arrivals: ``(day, quantity)`` of all that came, in any order
    :param float step: rounding of the unit of measure
    :return: ``[(day, quantity)]``, the oldest first; the day is None for what lies
        there and never came, as far as is known, and for quantities below zero
    """
    layers, left = [], quantity
    for day, came in sorted(arrivals, reverse=True):
        if compare(left, 0, step) <= 0:
            break
        taken = round_to(min(left, came), step)
        if compare(taken, 0, step) > 0:
            layers.insert(0, (day, taken))
            left -= taken
    if compare(left, 0, step):
        layers.insert(0, (None, round_to(left, step)))
    return layers
