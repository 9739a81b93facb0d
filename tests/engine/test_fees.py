"""Fees: what a rule charges, for whom it is waived, how it is shared and limited."""

import pytest
from engine.fees import OUR_SIDE, FeeFacts, FeeTerms, compute, compute_part, limit
from engine.rounding import round_to
from hypothesis import given
from hypothesis import strategies as st

CENT = 0.01
CENTS = st.integers(0, 10**6).map(lambda cents: cents / 100)
TERMS = st.builds(
    FeeTerms,
    percent=st.integers(0, 100),
    fixed=CENTS,
    per_unit=CENTS,
    minimum=CENTS,
    maximum=st.just(0.0) | CENTS,
)


def charged(terms, step=CENT, **facts):
    fee = compute(terms, FeeFacts(**facts), step)
    return fee.amount, fee.code


@pytest.mark.parametrize(
    ("terms", "amount"),
    [
        (FeeTerms(percent=15), 12.0),
        (FeeTerms(fixed=5), 5.0),
        (FeeTerms(per_unit=2), 8.0),
        (FeeTerms(percent=15, fixed=5, per_unit=2), 25.0),
        (FeeTerms(percent=15, minimum=20), 20.0),
        (FeeTerms(percent=15, minimum=10), 12.0),
        (FeeTerms(percent=15, maximum=10), 10.0),
        (FeeTerms(percent=15, maximum=13), 12.0),
        (FeeTerms(minimum=3), 3.0),
        (FeeTerms(percent=200), 160.0),
    ],
)
def test_what_a_rule_charges_for_four_pieces_of_eighty(terms, amount):
    assert charged(terms, value=80.0, quantity=4) == (amount, "charged")


@pytest.mark.parametrize(
    ("step", "amount"), [(0.01, 5.0), (0.05, 5.0), (1.0, 5.0), (0.001, 5.0)]
)
def test_fees_are_rounded_as_the_currency_is(step, amount):
    assert charged(FeeTerms(percent=15), step, value=33.33)[0] == amount
    assert charged(FeeTerms(percent=10), step, value=0.001)[0] == 0.0


def test_amounts_of_a_rule_are_converted_the_percentage_is_not():
    facts = {"value": 100.0, "quantity": 2, "rate": 3.0}
    assert charged(FeeTerms(percent=10, fixed=2, per_unit=1), **facts)[0] == 22.0
    assert charged(FeeTerms(percent=10, minimum=5), **facts)[0] == 15.0
    assert charged(FeeTerms(percent=10, maximum=3), **facts)[0] == 9.0


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"lawful": True}, "waived_law"),
        ({"kept": True}, "waived_kept"),
        ({"liability": "supplier"}, "waived_fault"),
        ({"reasons": frozenset({1, 7})}, "waived_reason"),
        ({"conditions": frozenset({4})}, "waived_condition"),
        ({"conditions": frozenset({4, 5})}, "waived_condition"),
        (
            {"lawful": True, "liability": "company", "reasons": frozenset({1, 7})},
            "waived_law",
        ),
    ],
)
def test_for_whom_a_fee_is_waived(facts, code):
    terms = FeeTerms(
        fixed=5,
        waived_reasons=frozenset({7}),
        waived_conditions=frozenset({4, 5}),
    )
    assert charged(terms, value=80.0, **facts) == (0.0, code)


@pytest.mark.parametrize(
    "facts",
    [
        {"reasons": frozenset({8})},
        {"reasons": frozenset()},
        {"conditions": frozenset({6})},
        {"conditions": frozenset({4, 6})},
        {"conditions": frozenset()},
        {"liability": "customer"},
        {"liability": "unknown"},
    ],
)
def test_for_whom_it_is_not(facts):
    terms = FeeTerms(
        fixed=5,
        waived_reasons=frozenset({7}),
        waived_conditions=frozenset({4}),
    )
    assert charged(terms, value=80.0, **facts) == (5.0, "charged")


def test_fault_counts_only_where_the_rule_says_so():
    for liability in OUR_SIDE:
        facts = {"value": 80.0, "liability": liability}
        assert charged(FeeTerms(fixed=5), **facts)[1] == "waived_fault"
        assert charged(FeeTerms(fixed=5, waived_at_fault=False), **facts)[0] == 5.0


def test_without_a_rule_and_by_a_rule_that_charges_nothing():
    assert charged(None, value=80.0, lawful=True) == (0.0, "no_rule")
    assert charged(FeeTerms(), value=80.0) == (0.0, "free")


@given(TERMS, CENTS, st.integers(1, 100), st.sampled_from([0.01, 0.05, 1.0]))
def test_a_fee_is_never_negative_and_within_its_limits(terms, value, quantity, step):
    fee = compute(terms, FeeFacts(value, quantity), step)
    assert fee.amount >= 0
    assert round_to(fee.amount, step) == fee.amount
    assert (fee.code == "charged") == (fee.amount > 0)
    if terms.maximum:
        assert fee.amount <= terms.maximum + step / 2
    else:
        assert fee.amount >= terms.minimum - step / 2


@given(TERMS, CENTS, st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_however_a_line_is_cut_it_pays_the_same(terms, price, parts):
    whole = sum(parts)
    expected = compute(terms, FeeFacts(price * whole, whole), CENT)
    done, total = 0, 0.0
    for part in parts:
        fee = compute_part(terms, FeeFacts(price * part, part), whole, done, CENT)
        assert fee.amount >= 0
        done, total = done + part, total + fee.amount
    # each part may be like a line that costs a cent more or less
    assert abs(total - expected.amount) < CENT * (len(parts) + 0.5)


@given(CENTS, st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_a_fixed_fee_is_shared_out_to_the_cent(fixed, parts):
    done, total = 0, 0.0
    for part in parts:
        facts = FeeFacts(quantity=part)
        fee = compute_part(FeeTerms(fixed=fixed), facts, sum(parts), done, CENT)
        done, total = done + part, total + fee.amount
    assert round_to(total, CENT) == fixed


def test_parts_may_differ():
    terms = FeeTerms(fixed=10, waived_conditions=frozenset({4}))
    new = FeeFacts(value=70.0, quantity=7)
    broken = FeeFacts(value=30.0, quantity=3, conditions=frozenset({4}))
    assert compute_part(terms, new, 10, 0, CENT).amount == 7.0
    assert compute_part(terms, broken, 10, 7, CENT).code == "waived_condition"


def test_a_line_pays_once():
    terms = FeeTerms(fixed=10)
    again = compute_part(terms, FeeFacts(value=10.0, quantity=1), 2, 2, CENT)
    assert (again.amount, again.code) == (0.0, "paid")
    rest = compute_part(terms, FeeFacts(value=20.0, quantity=2), 2, 1, CENT)
    assert rest.amount == 5.0


def taxed(percent):
    """Give a function that adds a tax."""
    return lambda fee: round_to(fee + round_to(fee * percent / 100, CENT), CENT)


@pytest.mark.parametrize(
    ("net", "total", "tax", "most"),
    [
        (50.0, 50.0, 0, 50.0),
        (50.0, 60.0, 19, 50.0),
        (50.0, 50.0, 19, 42.02),
        (0.01, 0.01, 60, 0.0),
        (0.0, 0.0, 19, 0.0),
        (-5.0, -5.0, 0, 0.0),
        (5.0, -1.0, 0, 0.0),
    ],
)
def test_what_a_credit_holds(net, total, tax, most):
    assert limit(net, total, taxed(tax), CENT) == most


@given(CENTS, st.integers(0, 30), st.integers(0, 30))
def test_a_credit_less_the_largest_fee_is_not_negative(net, goods_tax, fee_tax):
    total = taxed(goods_tax)(net)
    fee = limit(net, total, taxed(fee_tax), CENT)
    assert 0 <= fee <= net
    left = round_to(total - taxed(fee_tax)(fee), CENT)
    assert left >= 0
    if fee < net:
        # one cent more, with its tax, would be too much
        assert taxed(fee_tax)(round_to(fee + CENT, CENT)) > total
