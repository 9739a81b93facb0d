from engine.allocation import Billed, Supply, allocate, cover, prefer, returnable
from hypothesis import given
from hypothesis import strategies as st

STEP = 0.01
QUANTITIES = st.integers(0, 100_000).map(lambda hundredths: hundredths / 100)


def test_takes_in_the_order_given():
    supplies = [Supply("old", 2), Supply("new", 5)]
    assert allocate(3, supplies, STEP) == ([("old", 2), ("new", 1)], 0.0)
    assert allocate(3, supplies[::-1], STEP) == ([("new", 3)], 0.0)


def test_tells_what_found_no_supply():
    assert allocate(9, [Supply("a", 2), Supply("b", 5)], STEP) == (
        [("a", 2), ("b", 5)],
        2,
    )
    assert allocate(9, [], STEP) == ([], 9)


def test_empty_and_overdrawn_supplies_give_nothing():
    supplies = [Supply("none", 0), Supply("less", -3), Supply("some", 1)]
    assert allocate(1, supplies, STEP) == ([("some", 1)], 0.0)
    assert allocate(0, supplies, STEP) == ([], 0.0)


@given(QUANTITIES, st.lists(QUANTITIES, max_size=8))
def test_nothing_is_lost_or_taken_twice(wanted, available):
    supplies = [Supply(key, quantity) for key, quantity in enumerate(available)]
    parts, rest = allocate(wanted, supplies, STEP)
    assert round(sum(part for _key, part in parts) + rest, 6) == round(wanted, 6)
    assert all(0 < part <= available[key] + 1e-9 for key, part in parts)
    assert rest == 0 or round(sum(available), 6) < round(wanted, 6)
    assert len({key for key, _part in parts}) == len(parts)


@given(
    st.integers(0, 10**4),
    st.lists(st.integers(-5, 3000), max_size=8),
    st.sampled_from([0.0001, 0.01, 0.5, 1.0, 12.0]),
)
def test_each_supply_is_used_up_before_the_next(wanted, available, step):
    """In whole steps, where nothing is rounded, it is exact."""
    supplies = [Supply(key, steps * step) for key, steps in enumerate(available)]
    parts, rest = allocate(wanted * step, supplies, step)
    expected, left = {}, wanted
    for key, steps in enumerate(available):
        taken = min(max(steps, 0), left)
        left -= taken
        if taken:
            expected[key] = taken
    assert {key: round(part / step) for key, part in parts} == expected
    assert [key for key, _part in parts] == sorted(expected)
    assert round(rest / step) == left
    assert all(abs(part / step - round(part / step)) < 1e-6 for _key, part in parts)


@given(
    st.integers(0, 100),
    st.lists(st.integers(0, 3000).map(lambda part: part / 144), max_size=8),
)
def test_what_lies_between_two_steps_is_taken_to_the_nearer_one(wanted, available):
    supplies = [Supply(key, quantity) for key, quantity in enumerate(available)]
    parts, rest = allocate(float(wanted), supplies, STEP)
    assert all(part <= available[key] + STEP / 2 + 1e-9 for key, part in parts)
    assert round(sum(part for _key, part in parts) + rest, 6) == wanted


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_returnable_is_what_is_left_and_never_negative(left, back, requested):
    free = returnable(left, back, requested, STEP)
    assert free >= 0
    assert free == max(round(left - back - requested, 2), 0)


def test_rules_put_supplies_in_order():
    newest, middle, oldest = (
        Supply("newest", 1, 30.0),
        Supply("middle", 1, 20.0),
        Supply("oldest", 1, 20.0),
    )
    supplies = [newest, middle, oldest]
    assert prefer(supplies, "newest") == supplies
    assert prefer(supplies, "oldest") == [oldest, middle, newest]
    assert prefer(supplies, "lowest_price") == [middle, oldest, newest]


@given(st.lists(st.tuples(QUANTITIES, QUANTITIES), max_size=8))
def test_no_rule_loses_a_supply(amounts):
    supplies = [Supply(key, *amount) for key, amount in enumerate(amounts)]
    for rule in ("newest", "oldest", "lowest_price"):
        assert sorted(s.key for s in prefer(supplies, rule)) == list(
            range(len(supplies))
        )
    cheapest = prefer(supplies, "lowest_price")
    assert [s.price for s in cheapest] == sorted(s.price for s in supplies)


# ----------------------------------------------------------------------
# Which invoice covers which delivery
# ----------------------------------------------------------------------
def test_each_delivery_has_the_invoice_of_its_quantity():
    invoices = [Billed("january", 5), Billed("march", 5)]
    deliveries = [("first", 5), ("second", 5)]
    found = {"first": "january", "second": "march"}
    assert cover(deliveries, invoices, STEP) == found
    assert cover([("all", 10)], invoices, STEP) == {"all": "march"}
    assert cover(deliveries, [Billed("ahead", 10)], STEP) == dict.fromkeys(
        ("first", "second"), "ahead"
    )


def test_what_is_not_invoiced_yet_has_no_invoice():
    deliveries = [("first", 5), ("second", 5)]
    assert cover(deliveries, [Billed("january", 5)], STEP) == {"first": "january"}
    assert cover(deliveries, [], STEP) == {}
    assert cover([], [Billed("january", 5)], STEP) == {}


def test_an_invoice_that_was_replaced_covers_nothing():
    wrong, right = Billed("wrong", 10, credited=10), Billed("right", 10)
    assert cover([("all", 10)], [wrong, right], STEP) == {"all": "right"}
    part = Billed("wrong", 10, credited=4)
    deliveries = [("first", 6), ("second", 4)]
    assert cover(deliveries, [part, Billed("right", 4)], STEP) == {
        "first": "wrong",
        "second": "right",
    }


def test_a_credit_that_nothing_replaced_changes_no_invoice():
    invoices = [Billed("january", 5, credited=5), Billed("march", 5)]
    assert cover([("first", 5), ("second", 5)], invoices, STEP) == {
        "first": "january",
        "second": "march",
    }


@given(st.lists(QUANTITIES.filter(bool), min_size=1, max_size=6))
def test_one_invoice_for_each_delivery_covers_it(quantities):
    """Also with a wrong one before, that was credited."""
    deliveries = list(enumerate(quantities))
    invoices = [Billed(key, quantity) for key, quantity in deliveries]
    expected = {key: key for key, _quantity in deliveries}
    assert cover(deliveries, invoices, STEP) == expected
    wrong = Billed("wrong", quantities[0], credited=quantities[0])
    assert cover(deliveries, [wrong, *invoices], STEP) == expected
