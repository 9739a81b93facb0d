"""Which regions an address lies in, for routes, freight and collections."""

from dataclasses import dataclass

#: An address that says nothing: no country, state or postal code.
NOWHERE = (None, None, None)


@dataclass(frozen=True)
class Region:
    """A part of the world; an empty field restricts nothing.

    :param frozenset countries: ids of countries
    :param frozenset states: ids of states
    :param tuple prefixes: beginnings of postal codes, as :func:`clean` gives them
    """

    id: int
    sequence: int = 10
    countries: frozenset = frozenset()
    states: frozenset = frozenset()
    prefixes: tuple = ()


def clean(code):
    """Give a postal code in the form in which it is compared.

    :param code: postal code as somebody wrote it, or None
    :rtype: str
    """
    return "".join((code or "").split()).replace("-", "").upper()


def find(regions, country, state, code):
    """Give the regions of an address, the narrowest first.

    The longest matching beginning of the postal code is the narrowest, then a state,
    then a country. Equally narrow regions follow their sequence, then their id.

    :param regions: iterable of :class:`Region`
    :param country: id of the country, None when unknown
    :param state: id of the state, None when unknown
    :param str code: postal code
    :rtype: tuple[int, ...]
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
    """Give the length of the prefix that fits: 0 without any, None if none fits."""
    if not region.prefixes:
        return 0
    return max(
        (len(prefix) for prefix in region.prefixes if code.startswith(prefix)),
        default=None,
    )
