import pytest
from engine.claims import (
    PLANS,
    Facts,
    Priced,
    find_gap,
    find_obstacle,
    is_repeated,
    price_difference,
    settlement,
)

KETTLE, CABLE = "kettle", "cable"


def test_every_claim_is_planned():
    assert list(PLANS) == [
        "wrong_item",
        "over_shipped",
        "short_shipped",
        "not_delivered",
        "price_error",
    ]
    assert [claim for claim, plan in PLANS.items() if plan.proof] == ["not_delivered"]


@pytest.mark.parametrize("claim", PLANS)
def test_what_is_brought_back_was_taken_from_the_delivery(claim):
    plan = PLANS[claim]
    assert plan.takes >= plan.bring_back
    assert bool(plan.part) == (plan.gives == "goods")


@pytest.mark.parametrize(
    ("claim", "reship", "credit"),
    [
        ("wrong_item", "replacement", "refund"),
        ("short_shipped", "replacement", "refund"),
        ("not_delivered", "replacement", "refund"),
        ("over_shipped", "none", "none"),
        ("price_error", "refund", "refund"),
    ],
)
def test_remedy(claim, reship, credit):
    assert settlement(claim, "refund", "reship") == reship
    assert settlement(claim, "replacement", "credit") == credit
    assert settlement(claim, "none", "credit") == "none"


@pytest.mark.parametrize(
    ("claim", "values", "gap"),
    [
        ("wrong_item", {}, "product"),
        ("wrong_item", {"claimed_product": KETTLE}, "same"),
        ("wrong_item", {"claimed_product": CABLE}, None),
        (
            "wrong_item",
            {"claimed_product": CABLE, "claimed_tracking": "serial"},
            "claimed_lot",
        ),
        ("wrong_item", {"claimed_product": CABLE, "tracking": "lot"}, "lot"),
        ("over_shipped", {"tracking": "serial"}, "lot"),
        ("over_shipped", {}, None),
        ("short_shipped", {"tracking": "serial", "lot": "S1"}, None),
        ("not_delivered", {"tracking": "serial"}, "lot"),
        ("price_error", {"tracking": "serial"}, "price"),
        ("price_error", {"claimed_price": 0.0}, None),
    ],
)
def test_gaps(claim, values, gap):
    assert find_gap(claim, Facts(KETTLE, **values)) == gap
    assert find_obstacle(claim, Facts(KETTLE, proven=True, price=9, **values)) == gap


def test_another_serial_of_the_same_product_is_a_wrong_item():
    facts = {
        "tracking": "serial",
        "claimed_tracking": "serial",
        "claimed_product": KETTLE,
        "lot": "S1",
    }
    assert find_gap("wrong_item", Facts(KETTLE, claimed_lot="S2", **facts)) is None
    assert find_gap("wrong_item", Facts(KETTLE, claimed_lot="S1", **facts)) == "same"


def test_obstacles():
    assert find_obstacle("not_delivered", Facts(KETTLE)) == "proof"
    assert find_obstacle("not_delivered", Facts(KETTLE, proven=True)) is None
    assert find_obstacle("short_shipped", Facts(KETTLE)) is None
    agreed = Facts(KETTLE, claimed_price=90.0)
    assert find_obstacle("price_error", agreed) == "invoice"
    for price, obstacle in ((100.0, None), (90.0, "not_lower"), (80.0, "not_lower")):
        agreed = Facts(KETTLE, claimed_price=90.0, price=price)
        assert find_obstacle("price_error", agreed) == obstacle


def test_price_difference():
    lines = [Priced("first", 3, 100.0), Priced("second", 5, 100.0)]
    assert price_difference(4, 90.0, lines, 0.01) == (
        [("first", 30.0), ("second", 10.0)],
        0.0,
    )
    assert price_difference(9, 90.0, lines, 0.01)[1] == 1


def test_price_difference_less_what_was_not_paid():
    lines = [Priced("line", 10, 100.0, discount=20.0, share=0.1)]
    assert price_difference(2, 90.0, lines, 0.01) == ([("line", 14.4)], 0.0)


def test_price_difference_in_another_unit():
    """Invoiced by the dozen at 1200, agreed 90 a piece."""
    lines = [Priced("dozens", 24, 1200.0, factor=1 / 12)]
    assert price_difference(6, 90.0, lines, 0.01) == ([("dozens", 60.0)], 0.0)


def test_cheaper_invoices_are_not_corrected():
    lines = [Priced("cheap", 5, 80.0), Priced("dear", 2, 100.0)]
    assert price_difference(3, 90.0, lines, 0.01) == ([("dear", 20.0)], 1.0)


def test_price_is_corrected_once():
    assert not is_repeated(2, 1, 3, 0.01)
    assert is_repeated(2, 2, 3, 0.01)
