from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from engine.matching import (
    DIMENSIONS,
    Facts,
    Match,
    Rule,
    fits,
    match,
    match_all,
    nested,
    plain,
    specificity,
)
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2030, 6, 15)
IDS = st.integers(1, 4)
TREES = ("company", "category")


def values(dimension):
    """Ids of one dimension as facts give them; of a tree, a path."""
    if dimension in TREES:
        return st.lists(IDS, max_size=3, unique=True).map(nested)
    return st.frozensets(IDS, max_size=2).map(plain)


AMOUNTS = st.integers(0, 50)
DAYS = st.integers(-20, 20).map(lambda days: DAY + timedelta(days=days))
FACTS = st.builds(
    Facts,
    day=DAYS,
    value=AMOUNTS,
    values=st.fixed_dictionaries({}, optional={d: values(d) for d in DIMENSIONS}),
)
ALLOWED = st.dictionaries(
    st.sampled_from(DIMENSIONS), st.frozensets(IDS, max_size=3), max_size=4
)
RULES = st.lists(
    st.builds(
        Rule,
        id=st.integers(1, 1000),
        sequence=st.integers(1, 3),
        allowed=ALLOWED,
        valid_from=st.none() | DAYS,
        valid_to=st.none() | DAYS,
        value_from=st.none() | AMOUNTS,
        value_to=st.none() | AMOUNTS,
    ),
    max_size=6,
    unique_by=lambda rule: rule.id,
)


def facts(**known):
    value = known.pop("value", 0.0)
    day = known.pop("day", DAY)
    return Facts(day, value, {name: plain(ids) for name, ids in known.items()})


def rule(id_, sequence=10, **allowed):
    return Rule(id_, sequence, {name: frozenset(ids) for name, ids in allowed.items()})


# ----------------------------------------------------------------------
# What fits
# ----------------------------------------------------------------------
def test_rule_without_conditions_fits_everything():
    assert match(facts(), [rule(1)]) == Match(rule(1))
    assert match(facts(product=[7], channel=[2], value=1e9), [rule(1)])


def test_values_are_alternatives_and_dimensions_add_up():
    narrow = rule(1, product=[7, 8], channel=[2])
    assert fits(facts(product=[8], channel=[2]), narrow)
    assert not fits(facts(product=[8], channel=[3]), narrow)
    assert not fits(facts(product=[8]), narrow), "what is unknown fits no condition"


def test_emptied_set_fits_nothing():
    assert match(facts(product=[7]), [rule(1, product=[])]) is None
    assert match(facts(), [rule(1, product=[])]) is None


def test_value_counts_from_the_lower_and_below_the_upper_end():
    tier = Rule(1, value_from=100, value_to=500)
    found = [bool(match(facts(value=v), [tier])) for v in (99.99, 100, 499.99, 500)]
    assert found == [False, True, True, False]


def test_validity_includes_both_days():
    june = Rule(1, valid_from=date(2030, 6, 1), valid_to=date(2030, 6, 30))
    days = (date(2030, 5, 31), date(2030, 6, 1), date(2030, 6, 30), date(2030, 7, 1))
    found = [bool(match(facts(day=day), [june])) for day in days]
    assert found == [False, True, True, False]


def test_unknown_dimension_is_refused():
    with pytest.raises(ValueError, match="unknown dimensions: \\['colour'\\]"):
        rule(1, colour=[1])


# ----------------------------------------------------------------------
# What wins
# ----------------------------------------------------------------------
def test_named_customer_beats_named_product():
    known = facts(partner=[1], product=[7])
    found = match(known, [rule(1, product=[7]), rule(2, partner=[1])])
    assert (found.rule.id, found.over.id, found.decided_by) == (2, 1, "partner")


def test_nearer_category_beats_its_ancestors():
    known = Facts(DAY, 0, {"category": nested((10, 11, 12))})
    rules = [rule(1, category=[10]), rule(2, category=[12]), rule(3, category=[11])]
    assert match(known, rules).rule.id == 2
    assert match(known, rules[:1] + rules[2:]).rule.id == 3
    assert match(known, rules[:1]).rule.id == 1


def test_own_company_beats_its_parent_and_the_shared_rule():
    known = Facts(DAY, 0, {"company": nested((1, 5)), "partner": plain([3])})
    shared, parent, own = (
        rule(1, partner=[3]),
        rule(2, company=[1]),
        rule(3, company=[5]),
    )
    assert match(known, [shared, parent, own]).rule is own
    found = match(known, [shared, parent])
    assert (found.rule, found.decided_by) == (parent, "company")


def test_sequence_then_id_among_equals():
    assert match(facts(), [rule(1, 20), rule(2, 10)]).decided_by == "sequence"
    found = match(facts(), [rule(5), rule(4)])
    assert (found.rule.id, found.decided_by) == (4, "id")


def test_nothing_fits_without_rules():
    assert match(facts(), []) is None
    assert match_all({"a": facts(), "b": facts()}, []) == {"a": None, "b": None}


# ----------------------------------------------------------------------
# Properties
# ----------------------------------------------------------------------
@given(FACTS, RULES)
def test_winner_fits_and_no_fitting_rule_is_more_specific(known, rules):
    found = match(known, rules)
    fitting = [r for r in rules if fits(known, r)]
    if found is None:
        assert not fitting
        return
    assert found.rule in fitting
    best = max(specificity(known, r) for r in fitting)
    assert specificity(known, found.rule) == best
    equals = [r for r in fitting if specificity(known, r) == best]
    assert found.rule == min(equals, key=lambda r: (r.sequence, r.id))


@given(FACTS, RULES, st.randoms(use_true_random=False))
def test_order_of_the_rules_does_not_matter(known, rules, random):
    shuffled = list(rules)
    Random(random.random()).shuffle(shuffled)
    assert match(known, shuffled) == match(known, rules)


@given(FACTS, RULES)
def test_rules_that_do_not_fit_do_not_matter(known, rules):
    fitting = [r for r in rules if fits(known, r)]
    assert match(known, fitting) == match(known, rules)


@given(FACTS, RULES, st.sampled_from(DIMENSIONS), IDS)
def test_naming_one_thing_more_never_makes_a_rule_weaker(known, rules, name, value):
    for rule_ in rules:
        if name in rule_.allowed or value not in known.values.get(name, ()):
            continue
        narrower = replace(rule_, allowed={**rule_.allowed, name: frozenset({value})})
        assert fits(known, narrower) == fits(known, rule_)
        if fits(known, rule_):
            assert specificity(known, narrower) > specificity(known, rule_)


@given(FACTS, RULES, st.sampled_from(DIMENSIONS))
def test_emptying_a_set_never_widens_a_rule(known, rules, name):
    for rule_ in rules:
        emptied = replace(rule_, allowed={**rule_.allowed, name: frozenset()})
        assert not fits(known, emptied)


@given(FACTS, RULES)
def test_loser_is_the_one_that_would_win_without_the_winner(known, rules):
    found = match(known, rules)
    if found is None:
        return
    second = match(known, [r for r in rules if r != found.rule])
    assert found.over == (second and second.rule)
    assert (found.decided_by is None) == (second is None)


@given(st.lists(FACTS, max_size=4), RULES)
def test_a_batch_decides_as_one_by_one(many, rules):
    batch = dict(enumerate(many))
    assert match_all(batch, rules) == {k: match(f, rules) for k, f in batch.items()}
