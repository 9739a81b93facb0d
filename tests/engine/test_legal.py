from dataclasses import replace
from datetime import date, timedelta

import pytest
from engine.days import add_months
from engine.holidays import Calendar, Holiday
from engine.legal import (
    LegalFacts,
    LegalTerms,
    compile_legal,
    find_end,
    refund_due,
)
from engine.matching import Facts, Rule, plain
from hypothesis import given
from hypothesis import strategies as st

DELIVERED = date(2030, 3, 1)
GERMANY, FRANCE = 1, 2
CUT = 7


def rules(*rows):
    """Compile ``(rule, terms)`` rows, numbered from 1."""
    return compile_legal(
        [Rule(id=number, allowed=allowed) for number, (allowed, _) in _number(rows)],
        {number: LegalTerms(number, **terms) for number, (_, terms) in _number(rows)},
    )


def _number(rows):
    return enumerate(rows, start=1)


def known(days=0, **values):
    return LegalFacts(
        stated_on=DELIVERED + timedelta(days),
        **{"delivered_on": DELIVERED, **values},
    )


def matched(country=GERMANY):
    return Facts(DELIVERED, values={"country": plain([country])})


WITHDRAWAL = {
    "basis": "withdrawal",
    "audience": "consumer",
    "period": 14,
    "excluded": frozenset({CUT}),
}
WARRANTY = {
    "basis": "statutory_warranty",
    "audience": "both",
    "period": 24,
    "unit": "months",
}
IN_GERMANY = {"country": frozenset({GERMANY})}
LAW = rules((IN_GERMANY, WITHDRAWAL), ({}, WARRANTY))


@pytest.mark.parametrize(
    ("facts", "country", "basis"),
    [
        (known(), GERMANY, "withdrawal"),
        (known(14), GERMANY, "withdrawal"),
        (known(15), GERMANY, None),
        (known(), FRANCE, None),
        (known(consumer=False), GERMANY, None),
        (known(traits=frozenset({CUT})), GERMANY, None),
        (known(traits=frozenset({8})), GERMANY, "withdrawal"),
        (known(delivered_on=None), GERMANY, "withdrawal"),
        (known(delivered_on=None), FRANCE, None),
        (known(delivered_on=None, sold=False), GERMANY, None),
        (known(delivered_on=None, defective=True), FRANCE, None),
        (known(1, defective=True, stated=True), GERMANY, "withdrawal"),
        (known(20, defective=True, stated=True), GERMANY, None),
        (known(defective=True), GERMANY, "statutory_warranty"),
        (known(700, defective=True, consumer=False), FRANCE, "statutory_warranty"),
        (known(731, defective=True), FRANCE, "statutory_warranty"),
        (known(732, defective=True), FRANCE, None),
    ],
)
def test_who_has_which_right(facts, country, basis):
    found = LAW.find(facts, matched(country))
    assert (found and found.basis) == basis


def test_right_says_rule_and_last_day():
    found = LAW.find(known(defective=True), matched())
    assert (found.rule, found.until) == (2, date(2032, 3, 1))
    found = LAW.find(known(), matched())
    assert (found.rule, found.until) == (1, date(2030, 3, 15))


def test_the_more_specific_rule_of_a_basis_holds_even_where_it_grants_less():
    law = rules(
        ({}, {**WITHDRAWAL, "period": 30}), (IN_GERMANY, {**WITHDRAWAL, "period": 7})
    )
    assert law.find(known(8), matched(GERMANY)) is None
    assert law.find(known(8), matched(FRANCE)).rule == 1


def test_rules_for_businesses_do_not_hide_those_for_consumers():
    law = rules(({}, WITHDRAWAL), (IN_GERMANY, {**WITHDRAWAL, "audience": "business"}))
    assert law.find(known(), matched()).rule == 1
    assert law.find(known(consumer=False), matched()).rule == 2


def test_a_word_alone_gives_a_right_only_to_a_stated_withdrawal():
    told = known(10, proved=known(400))
    assert LAW.find(told, matched()) is None
    found = LAW.find(replace(told, stated=True), matched())
    assert (found.basis, found.by_word) == ("withdrawal", True)
    # a word that changes nothing: each by itself is in time
    found = LAW.find(replace(known(10), proved=known(14), stated=True), matched())
    assert not found.by_word
    earlier = DELIVERED - timedelta(5)
    told = known(8, delivered_on=earlier, proved=known(12), stated=True)
    found = LAW.find(told, matched())
    assert (found.by_word, found.until) == (False, DELIVERED + timedelta(14))


@given(st.integers(-5, 900), st.booleans(), st.booleans(), st.booleans())
def test_a_right_is_never_granted_after_its_last_day(days, consumer, defective, cut):
    facts = known(
        days,
        consumer=consumer,
        defective=defective,
        traits=frozenset({CUT} if cut else ()),
    )
    found = LAW.find(facts, matched())
    if found:
        assert facts.stated_on <= found.until
        assert defective or found.basis == "withdrawal"
        assert consumer or found.basis != "withdrawal"


# ----------------------------------------------------------------------
# How long a withdrawal may be stated
# ----------------------------------------------------------------------
TERMS = LegalTerms(
    1, "withdrawal", "consumer", 14, from_last=True, uninformed_months=12
)
ON_WORKING_DAY = replace(TERMS, working_day=True)
MAY_DAY = Calendar((Holiday("yearly", month=5, day=1),))


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ({}, date(2030, 3, 15)),
        # the last delivery of the order counts, not that of these goods
        ({"last_delivered_on": date(2030, 3, 20)}, date(2030, 4, 3)),
        ({"last_delivered_on": date(2030, 2, 1)}, date(2030, 3, 15)),
        # before everything is there the period has not begun
        ({"to_deliver": True}, None),
        ({"delivered_on": None}, None),
        # who was not told has a year more, who is told later 14 days from then
        ({"informed": False}, date(2031, 3, 15)),
        ({"informed_on": date(2030, 6, 1)}, date(2030, 6, 15)),
        ({"informed_on": date(2031, 3, 10)}, date(2031, 3, 15)),
        ({"informed_on": date(2030, 2, 1)}, date(2030, 3, 15)),
        ({"informed": True}, date(2030, 3, 15)),
    ],
)
def test_end_of_the_period(values, end):
    assert find_end(TERMS, known(**values)) == end


def test_the_rule_says_whether_customers_are_told_with_their_orders():
    silent = replace(TERMS, informed=False)
    assert find_end(silent, known()) == date(2031, 3, 15)
    assert find_end(silent, known(informed=True)) == date(2030, 3, 15)


@pytest.mark.parametrize(
    ("delivered", "end"),
    [
        (date(2030, 3, 1), date(2030, 3, 15)),  # a Friday
        (date(2030, 3, 2), date(2030, 3, 18)),  # Saturday -> Monday
        (date(2030, 3, 3), date(2030, 3, 18)),  # Sunday -> Monday
        (date(2030, 4, 17), date(2030, 5, 2)),  # Wednesday 1 May -> Thursday
    ],
)
def test_a_last_day_on_which_nobody_works_moves_on(delivered, end):
    facts = known(delivered_on=delivered, calendar=MAY_DAY)
    assert find_end(ON_WORKING_DAY, facts) == end


def test_who_was_not_told_sends_back_at_our_cost():
    terms = {**WITHDRAWAL, "freight_payer": "customer"}
    law = rules(({}, terms))
    assert law.find(known(), matched()).freight_payer == "customer"
    for values in ({"informed": False}, {"informed_on": DELIVERED}):
        assert law.find(known(**values), matched()).freight_payer == "company"


@pytest.mark.parametrize(
    ("facts", "country", "doubt"),
    [
        (known(20), GERMANY, ("withdrawal_late", date(2030, 3, 15))),
        (known(traits=frozenset({CUT})), GERMANY, ("withdrawal_excluded", None)),
        (known(consumer=False), GERMANY, ("withdrawal_business", None)),
        (known(consumer=False), FRANCE, ("withdrawal_no_rule", None)),
        (known(), FRANCE, ("withdrawal_no_rule", None)),
        (known(sold=False), GERMANY, ("withdrawal_no_sale", None)),
    ],
)
def test_doubts_are_named(facts, country, doubt):
    facts = replace(facts, stated=True)
    assert LAW.find(facts, matched(country)) is None
    found = LAW.doubt(facts, matched(country))
    assert (found.code, found.until) == doubt


DAYS = st.integers(0, 400).map(lambda days: DELIVERED + timedelta(days=days))
KNOWN = st.builds(
    LegalFacts,
    stated_on=DAYS,
    delivered_on=st.none() | DAYS,
    last_delivered_on=st.none() | DAYS,
    to_deliver=st.booleans(),
    stated=st.just(True),
    informed=st.none() | st.booleans(),
    informed_on=st.none() | DAYS,
    calendar=st.just(MAY_DAY),
)


@given(KNOWN, st.booleans())
def test_no_doubt_takes_days_from_the_customer(facts, working_day):
    terms = replace(TERMS, working_day=working_day)
    end = find_end(terms, facts)
    if end is None:
        assert facts.to_deliver or facts.delivered_on is None
        return
    assert end >= facts.delivered_on + timedelta(14)
    if facts.last_delivered_on:
        assert end >= facts.last_delivered_on + timedelta(14)
    assert not working_day or MAY_DAY.is_working(end)
    last = max(facts.delivered_on, facts.last_delivered_on or facts.delivered_on)
    latest = add_months(last + timedelta(14), 12)
    assert end <= MAY_DAY.next_working(latest)
    told = replace(facts, informed=True, informed_on=None)
    assert find_end(terms, told) <= end
    later = replace(facts, delivered_on=facts.delivered_on + timedelta(1))
    assert find_end(terms, later) >= end


@given(KNOWN)
def test_a_stated_withdrawal_is_a_right_or_a_doubt(facts):
    law = rules(({}, {**WITHDRAWAL, "from_last": True, "uninformed_months": 12}))
    if not law.find(facts, matched()):
        assert law.doubt(facts, matched()).code == "withdrawal_late"


@given(DAYS, st.integers(0, 30), st.booleans(), st.none() | DAYS)
def test_money_may_wait_for_the_goods_and_never_for_longer(day, days, may_wait, shown):
    due, waits = refund_due(day, days, may_wait, shown)
    assert due >= day + timedelta(days)
    assert waits == (may_wait and shown is None)
    if not may_wait or not shown or shown <= day + timedelta(days):
        assert due == day + timedelta(days)
    else:
        assert due == shown
