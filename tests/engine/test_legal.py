from datetime import date, timedelta

import pytest
from engine.legal import LegalFacts, LegalTerms, compile_legal
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
        requested_on=DELIVERED + timedelta(days),
        **{"delivered_on": DELIVERED, "consumer": True, **values},
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
        (known(delivered_on=None), GERMANY, None),
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
        assert facts.requested_on <= found.until
        assert defective or found.basis == "withdrawal"
        assert consumer or found.basis != "withdrawal"
