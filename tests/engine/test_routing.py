from dataclasses import replace
from datetime import date, timedelta

import pytest
from engine.freight import Rate
from engine.routing import (
    Facility,
    Item,
    Request,
    Route,
    Skipped,
    Wish,
    choose,
    choose_all,
    work,
)
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2030, 6, 3)
CENTRE, REGION, DEPOT, SUPPLIER, KEEP = 1, 2, 3, 4, 5
HAZARDOUS, COLD = 70, 71
TOOLS, DRILLS = 80, 81


def days(*minutes):
    return {DAY + timedelta(days=n): float(part) for n, part in enumerate(minutes)}


def later(number):
    return DAY + timedelta(days=number)


def places(*facilities):
    return {facility.id: facility for facility in facilities}


PLAIN = (Item(),)


def request(*wishes, items=PLAIN, **values):
    return Request(items, wishes, values.pop("arrival", DAY), **values)


def skipped(facilities, *wishes, **values):
    route = choose(request(*wishes, **values), facilities)
    return route.facility, [(each.facility, each.code) for each in route.skipped]


# ----------------------------------------------------------------------
# One after the other
# ----------------------------------------------------------------------
def test_first_one_that_can_take_it():
    route = choose(
        request(Wish((CENTRE, REGION))), places(Facility(CENTRE), Facility(REGION))
    )
    assert route == Route(CENTRE, wish=0, minutes=(0.0,))


FULL = {"minutes_by_day": days(60, 60), "taken": days(60, 60), "minutes": 5}


@pytest.mark.parametrize(
    ("state", "code", "day"),
    [
        ({"off": True}, "off", None),
        ({"off": True, "off_until": DAY}, "off", DAY),
        ({"off": True, "off_until": later(-1)}, None, None),
        ({"minutes_by_day": {}}, "closed", None),
        ({"minutes_by_day": {later(5): 60.0}}, None, None),
        ({"minutes_by_day": {later(6): 60.0}}, "closed", later(6)),
        ({"minutes_by_day": {later(-1): 60.0}}, "closed", None),
        (FULL, "full", None),
        (
            {**FULL, "minutes_by_day": days(60, 60, 0, 0, 0, 0, 0, 60)},
            "full",
            later(7),
        ),
        ({**FULL, "minutes_by_day": days(60, 60, 60)}, None, None),
        ({"refuses": frozenset({HAZARDOUS})}, "trait", None),
        ({"accepts": frozenset({COLD})}, "trait", None),
        ({"accepts": frozenset({COLD, HAZARDOUS})}, None, None),
        ({"categories": frozenset({DRILLS})}, None, None),
        ({"categories": frozenset({TOOLS})}, None, None),
        ({"categories": frozenset({99})}, "category", None),
    ],
)
def test_what_is_skipped_and_why(state, code, day):
    goods = Item(frozenset({HAZARDOUS}), frozenset({TOOLS, DRILLS}))
    route = choose(
        request(Wish((CENTRE, REGION)), items=(goods,)),
        places(Facility(CENTRE, **state), Facility(REGION)),
    )
    if code:
        assert route.facility == REGION
        assert route.skipped == (Skipped(CENTRE, code, day),)
    else:
        assert (route.facility, route.skipped) == (CENTRE, ())


def test_goods_arrive_before_it_is_switched_off_again():
    """What counts is the day on which they come."""
    centre = Facility(CENTRE, off=True, off_until=later(3))
    assert choose(request(Wish((CENTRE,))), places(centre)).facility is None
    late = request(Wish((CENTRE,)), arrival=later(4))
    assert choose(late, places(centre)).facility == CENTRE


def test_room_does_not_matter_to_a_rule_that_says_so():
    full = places(Facility(CENTRE, **FULL), Facility(REGION))
    assert skipped(full, Wish((CENTRE,), capacity=False)) == (CENTRE, [])
    closed = places(Facility(CENTRE, minutes_by_day={}))
    assert skipped(closed, Wish((CENTRE,), capacity=False)) == (
        None,
        [(CENTRE, "closed")],
    )


def test_what_is_gone_is_skipped():
    assert skipped(places(Facility(REGION)), Wish((CENTRE, REGION))) == (
        REGION,
        [(CENTRE, "gone")],
    )


def test_nobody_can_take_it():
    none = places(Facility(CENTRE, off=True), Facility(REGION, **FULL))
    route = choose(request(Wish((CENTRE, REGION))), none)
    assert route.facility is None
    assert [each.code for each in route.skipped] == ["off", "full"]
    assert choose(request(Wish(())), none) == Route(None)
    assert choose(request(), none) == Route(None)


# ----------------------------------------------------------------------
# Fall-backs
# ----------------------------------------------------------------------
def test_fallback_comes_after_what_the_rule_names():
    chain = places(
        Facility(CENTRE, off=True, fallback=DEPOT),
        Facility(REGION, off=True),
        Facility(DEPOT),
    )
    route = choose(request(Wish((CENTRE, REGION))), chain)
    assert (route.facility, route.stands_in_for) == (DEPOT, CENTRE)
    assert [each.facility for each in route.skipped] == [CENTRE, REGION]


def test_fallback_of_a_fallback():
    chain = places(
        Facility(CENTRE, off=True, fallback=REGION),
        Facility(REGION, **FULL, fallback=DEPOT),
        Facility(DEPOT),
    )
    route = choose(request(Wish((CENTRE,))), chain)
    assert (route.facility, route.stands_in_for) == (DEPOT, CENTRE)


def test_fallbacks_in_a_circle_end():
    circle = places(
        Facility(CENTRE, off=True, fallback=REGION),
        Facility(REGION, off=True, fallback=CENTRE),
    )
    assert skipped(circle, Wish((CENTRE,))) == (
        None,
        [(CENTRE, "off"), (REGION, "off")],
    )


def test_goods_never_stay_away_as_a_fallback():
    """That nothing comes back is what a rule says, not what happens when all is
    full.
    """
    chain = places(
        Facility(CENTRE, off=True, fallback=KEEP), Facility(KEEP, "customer_keeps")
    )
    assert skipped(chain, Wish((CENTRE,))) == (None, [(CENTRE, "off"), (KEEP, "mixed")])


# ----------------------------------------------------------------------
# Freight
# ----------------------------------------------------------------------
def test_cheapest_first():
    rated = places(
        Facility(CENTRE, rates=(Rate(None, 10, 1),)),
        Facility(REGION, rates=(Rate(None, 2, 3),)),
        Facility(DEPOT),
    )
    wish = Wish((DEPOT, CENTRE, REGION), cheapest=True)
    light = choose(request(wish, weight=1), rated)
    assert (light.facility, light.amount) == (REGION, 5)
    heavy = choose(request(wish, weight=10), rated)
    assert (heavy.facility, heavy.amount) == (CENTRE, 20)
    rated[CENTRE] = replace(rated[CENTRE], off=True)
    rated[REGION] = replace(rated[REGION], off=True)
    unknown = choose(request(wish), rated)
    assert (unknown.facility, unknown.amount) == (DEPOT, None)


def test_equal_freight_keeps_the_order_of_the_rule():
    same = places(
        Facility(CENTRE, rates=(Rate(None, 5),)),
        Facility(REGION, rates=(Rate(None, 5),)),
    )
    wish = Wish((REGION, CENTRE), cheapest=True)
    assert choose(request(wish), same).facility == REGION


# ----------------------------------------------------------------------
# Several lines
# ----------------------------------------------------------------------
def test_most_valuable_line_decides():
    both = places(Facility(CENTRE), Facility(REGION))
    route = choose(request(Wish((REGION,)), Wish((CENTRE,))), both)
    assert (route.facility, route.wish) == (REGION, 0)


def test_a_facility_takes_all_or_nothing():
    both = places(Facility(CENTRE, refuses=frozenset({HAZARDOUS})), Facility(REGION))
    items = (Item(), Item(frozenset({HAZARDOUS})))
    route = choose(request(Wish((CENTRE,)), Wish((REGION,)), items=items), both)
    assert (route.facility, route.wish) == (REGION, 1)
    assert route.skipped == (Skipped(CENTRE, "trait"),)


def test_goods_stay_away_only_when_all_of_them_may():
    three = places(
        Facility(KEEP, "customer_keeps"),
        Facility(SUPPLIER, "supplier_direct"),
        Facility(CENTRE),
    )
    assert skipped(three, Wish((KEEP,)))[0] == KEEP
    assert skipped(three, Wish((KEEP,)), Wish((CENTRE,))) == (
        CENTRE,
        [(KEEP, "mixed")],
    )
    assert skipped(three, Wish((KEEP,)), Wish((SUPPLIER, KEEP)))[0] == KEEP
    assert skipped(three, Wish((KEEP,)), Wish((SUPPLIER,))) == (
        None,
        [(KEEP, "mixed"), (SUPPLIER, "mixed")],
    )


def test_nobody_inspects_what_stays_away():
    keep = places(Facility(KEEP, "customer_keeps", minutes_by_day={}))
    assert skipped(keep, Wish((KEEP,))) == (KEEP, [])


# ----------------------------------------------------------------------
# Work
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(quantity=4), 20),
        (Item(quantity=1), 8),  # a line takes a while however short it is
        (Item(quantity=4, minutes=12), 48),
        (Item(quantity=4, minutes=0), 8),
        (Item(quantity=2.5), 12.5),
    ],
)
def test_minutes_of_a_line(item, expected):
    facility = Facility(CENTRE, minutes=5, least_minutes=8)
    assert work((item,), facility) == (expected,)


def test_returns_together_take_the_room_of_each_other():
    sites = places(
        Facility(CENTRE, minutes_by_day=days(60), minutes=25, horizon=0),
        Facility(REGION),
    )
    routes = choose_all(
        {number: request(Wish((CENTRE, REGION))) for number in range(4)}, sites
    )
    assert [route.facility for route in routes.values()] == [
        CENTRE,
        CENTRE,
        REGION,
        REGION,
    ]
    assert routes[2].skipped == (Skipped(CENTRE, "full"),)
    # the facilities themselves are as they were
    assert sites[CENTRE].taken == {}


def test_goods_that_are_not_inspected_need_no_room():
    full = places(Facility(CENTRE, **FULL))
    assert skipped(full, Wish((CENTRE,)), items=(Item(share=0.0),)) == (CENTRE, [])
    assert skipped(full, Wish((CENTRE,)), items=(Item(share=0.1),))[0] is None


@given(
    st.lists(st.integers(0, 120), max_size=10),
    st.lists(st.integers(1, 60), min_size=1, max_size=12),
    st.integers(0, 6),
)
def test_no_day_is_ever_promised_twice(minutes, sizes, horizon):
    centre = Facility(CENTRE, minutes_by_day=days(*minutes), minutes=1, horizon=horizon)
    routes = choose_all(
        {
            number: request(Wish((CENTRE,)), items=(Item(quantity=size),))
            for number, size in enumerate(sizes)
        },
        places(centre),
    )
    taken = sum(
        sizes[number] for number, route in routes.items() if route.facility == CENTRE
    )
    within = sum(minutes[: horizon + 1])
    assert taken <= within
    # whoever was turned away did not fit
    rest = within - taken
    assert all(
        sizes[number] > rest
        for number, route in routes.items()
        if route.facility is None and number == len(sizes) - 1
    )
