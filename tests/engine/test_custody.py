"""Where goods of returns may go: every way between two kinds of places."""

import pytest
from engine import custody

KINDS = (
    *custody.DELIVERED,
    custody.SUPPLIER,
    custody.LOSS,
    custody.STOCK,
    *custody.RETURNS,
)


def vouching(*names):
    return lambda name: name in names


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_every_way(source, target):
    code = custody.judge(source, target, vouching())
    inside = source in custody.RETURNS
    if (source, target) == ("vendor_return", custody.SUPPLIER):
        assert code is None, "an inspection has decided that"
    elif source == "liquidation" and target in custody.DELIVERED:
        assert code == "unsold", "a sale says who gets it, and for how much"
    elif inside and target not in custody.RETURNS:
        assert code, "nothing leaves by itself"
    elif source in (custody.SUPPLIER, custody.LOSS) and (
        target == custody.STOCK or target in custody.DELIVERED
    ):
        assert code == "spent", "what returns gave up stays away"
    elif source in custody.DELIVERED:
        inspected = "ordered_back" if target == custody.HELD else "arrives"
        assert code == inspected, "to be inspected, by a return"
    elif target in custody.EXITS and source != target:
        assert code, "nothing gets by itself where it could leave"
    elif target in custody.RETURNS and not inside:
        assert code == "by_hand"
    else:
        assert code is None, "no goods of returns"


@pytest.mark.parametrize(("source", "target"), custody.RULES)
def test_vouchers_are_enough_one_by_one(source, target):
    rule = custody.RULES[source, target]
    for name in rule.vouchers:
        assert custody.judge(source, target, vouching(name)) is None
    others = {v for r in custody.RULES.values() for v in r.vouchers} - {*rule.vouchers}
    assert custody.judge(source, target, vouching(*others)) == rule.code


def test_what_is_inspected_first_cannot_be_approved_past_it():
    for kind in custody.RETURNS:
        assert not custody.may_be_approved(kind, custody.STOCK)
        assert custody.may_be_approved(kind, custody.LOSS)
        assert custody.may_be_approved(custody.STOCK, kind)
    assert custody.may_be_approved(custody.HELD, custody.SUPPLIER)
    assert not custody.may_be_approved(custody.CUSTOMER, custody.STOCK)
    assert not custody.may_be_approved(custody.STOCK, custody.CUSTOMER)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (("customer", True), custody.CUSTOMER),
        (("transit", True, True), custody.COMPANY),
        (("transit",), custody.STOCK),
        (("view",), custody.STOCK),
        (("supplier",), custody.SUPPLIER),
        (("inventory", False, True, "scrap"), custody.LOSS),
        (("production",), custody.LOSS),
        (("internal", False, True, "inspection"), custody.HELD),
        (("internal", False, True, False), custody.HELD),
        (("transit", False, True, "hold"), custody.HELD),
        (("internal", False, True, "liquidation"), "liquidation"),
        (("internal", False, False, "liquidation"), custody.STOCK),
    ],
)
def test_kinds_of_places(place, kind):
    assert custody.get_kind(*place) == kind
