"""Where a customer lives, as far as routes, freight and collections ask."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """A part of the world; what is empty restricts nothing.

    :param frozenset countries: ids of countries
    :param frozenset states: ids of states
    :param tuple prefixes: beginnings of postal codes, see :func:`clean`
    """

    id: int
    sequence: int = 10
    countries: frozenset = frozenset()
    states: frozenset = frozenset()
    prefixes: tuple = ()


def clean(code):
    """Give a postal code in the form in which it is compared."""
    return "".join((code or "").split()).replace("-", "").upper()


def find(regions, country, state, code):
    """Give the regions of an address, the narrowest first.

    The longest matching beginning of the postal code is the narrowest, then a state,
    then a country; equally narrow ones follow their sequence, then their id.

    :param regions: of :class:`Region`
    :param country: id of the country, None when unknown
    :param state: id of the state, None when unknown
    :param str code: postal code
    :return: tuple of ids
    """
    code = clean(code)
    ranked = []
    for region in regions:
        length = _prefix_length(region, code)
        if (
            length is None
            or (region.countries and country not in region.countries)
            or (region.states and state not in region.states)
        ):
            continue
        rank = (-length, not region.states, not region.countries)
        ranked.append((*rank, region.sequence, region.id))
    return tuple(rank[-1] for rank in sorted(ranked))


def _prefix_length(region, code):
    """Give how much of the postal code is named: 0 for nothing, None for another."""
    if not region.prefixes:
        return 0
    return max(
        (len(prefix) for prefix in region.prefixes if code.startswith(prefix)),
        default=None,
    )
