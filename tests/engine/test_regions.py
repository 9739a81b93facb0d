import pytest
from engine.freight import Rate, estimate
from engine.regions import Region, clean, find

DE, CH, BAVARIA, HESSE = 1, 2, 10, 11
EUROPE = Region(1, countries=frozenset({DE, CH}))
SOUTH = Region(2, countries=frozenset({DE}), states=frozenset({BAVARIA}))
MUNICH = Region(3, countries=frozenset({DE}), prefixes=("80", "81"))
CENTRE = Region(4, countries=frozenset({DE}), prefixes=("803",))
WORLD = Region(5)
ALL = (WORLD, EUROPE, SOUTH, MUNICH, CENTRE)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ((DE, BAVARIA, "80331"), (4, 3, 2, 1, 5)),
        ((DE, BAVARIA, "81 667"), (3, 2, 1, 5)),
        ((DE, HESSE, "60311"), (1, 5)),
        # the same number elsewhere is another place
        ((CH, None, "8033"), (1, 5)),
        ((DE, None, ""), (1, 5)),
        ((None, None, None), (5,)),
    ],
)
def test_narrowest_first(address, expected):
    assert find(ALL, *address) == expected


def test_equally_narrow_ones_follow_their_sequence():
    first, second = Region(8, 20), Region(9, 10)
    assert find((first, second), DE, None, "1") == (9, 8)
    assert find((Region(9), Region(8)), DE, None, "1") == (8, 9)


def test_postal_codes_are_compared_without_blanks_and_case():
    london = Region(1, prefixes=(clean("sw1 a"),))
    assert find((london,), DE, None, "SW1A 1AA") == (1,)
    assert find((london,), DE, None, "sw1a-1aa") == (1,)
    assert find((london,), DE, None, "SW1") == ()


RATES = (Rate(None, 20.0, 1.0), Rate(1, 10.0, 0.5), Rate(3, 4.0))


@pytest.mark.parametrize(
    ("regions", "weight", "expected"),
    [
        ((4, 3, 2, 1, 5), 10, 4.0),
        ((1, 5), 10, 15.0),
        ((5,), 2.5, 22.5),
        ((), 0, 20.0),
    ],
)
def test_freight_of_the_narrowest_region(regions, weight, expected):
    assert estimate(RATES, regions, weight) == expected


def test_freight_that_nobody_knows():
    assert estimate((), (1,), 5) is None
    assert estimate((Rate(3, 4.0),), (1, 5), 5) is None


def test_first_of_two_rates_for_a_region_counts():
    assert estimate((Rate(1, 7.0), Rate(1, 9.0)), (1,), 0) == 7.0
