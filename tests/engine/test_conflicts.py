import time
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from engine.conflicts import Conflict, find_conflicts, find_conflicts_among
from engine.matching import DIMENSIONS, Facts, Rule, compile_rules, nested, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_model import DAY, fits, specificity

SHORT, LONG = {"days": 14}, {"days": 30}


def rule(id_, sequence=10, **allowed):
    return Rule(id_, sequence, {name: frozenset(ids) for name, ids in allowed.items()})


def conflicts(*rules, says=None):
    """Conflicts of rules each of which says something of its own, or what is given."""
    terms = {each.id: {"days": each.id} for each in rules} | (says or {})
    return find_conflicts(rules, terms)


# ----------------------------------------------------------------------
# One rule
# ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("conditions", "dimensions"),
    [
        ({"valid_from": DAY, "valid_to": DAY - timedelta(days=1)}, ("validity",)),
        ({"value_from": 50, "value_to": 50}, ("value",)),
        ({"allowed": {"partner": frozenset()}}, ("partner",)),
        (
            {
                "allowed": {"reason": frozenset(), "company": frozenset()},
                "value_from": 2,
                "value_to": 1,
            },
            ("company", "reason", "value"),
        ),
    ],
)
def test_rule_that_nothing_can_fit(conditions, dimensions):
    empty = Rule(7, **conditions)
    assert conflicts(empty) == [Conflict("empty", 7, None, dimensions)]
    assert find_conflicts([empty], {7: SHORT}, {8}) == [], "nobody asked about it"
    assert conflicts(empty, replace(empty, id=8), says={8: SHORT, 7: SHORT}) == [
        Conflict("empty", 7, None, dimensions),
        Conflict("empty", 8, None, dimensions),
    ], "what fits nothing meets nothing"


def test_one_day_is_enough():
    assert conflicts(Rule(1, valid_from=DAY, valid_to=DAY)) == []
    assert conflicts(Rule(1, valid_from=date.min, valid_to=date.max)) == []


# ----------------------------------------------------------------------
# Two rules
# ----------------------------------------------------------------------
def test_a_common_value_and_other_terms_contradict():
    found = conflicts(rule(1, product=[1, 2]), rule(2, product=[2, 3]))
    assert found == [Conflict("contradictory", 1, 2, ("product",))]


def test_the_rule_that_wins_comes_first():
    later, earlier = rule(1, 20, reason=[1, 2]), rule(2, 10, reason=[2, 3])
    assert conflicts(later, earlier) == [Conflict("contradictory", 2, 1, ("reason",))]


def test_the_same_terms_are_a_duplicate():
    first, second = rule(1, channel=[1]), rule(2, channel=[1])
    assert conflicts(first, second, says={1: SHORT, 2: dict(SHORT)}) == [
        Conflict("duplicate", 1, 2, ("channel",))
    ]


def test_a_rule_behind_one_with_equal_conditions_never_wins():
    found = conflicts(rule(1, category=[4]), rule(2, category=[4]))
    assert found == [Conflict("shadowed", 1, 2, ("category",))]


def test_a_rule_behind_one_that_names_more_values_never_wins():
    wide, narrow = rule(1, country=[1, 2, 3]), rule(2, country=[2])
    assert conflicts(wide, narrow) == [Conflict("shadowed", 1, 2, ("country",))]
    ahead = replace(narrow, sequence=1)
    assert conflicts(wide, ahead) == [Conflict("contradictory", 2, 1, ("country",))]


def test_rules_for_everything_conflict_in_no_dimension():
    assert conflicts(rule(1), rule(2)) == [Conflict("shadowed", 1, 2)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (rule(1, product=[1]), rule(2, product=[2])),
        (rule(1, product=[1]), rule(2)),
        (rule(1, product=[1]), rule(2, category=[1])),
        (rule(1, product=[1], reason=[1]), rule(2, product=[1])),
        (Rule(1, value_from=10), Rule(2)),
        (Rule(1, value_to=10), Rule(2, value_from=10)),
        (Rule(1, value_from=1, value_to=9), Rule(2, value_from=2)),
        (Rule(1, valid_to=DAY), Rule(2, valid_from=DAY + timedelta(days=1))),
    ],
)
def test_what_never_meets_or_differs_in_precedence_is_no_conflict(first, second):
    assert conflicts(first, second) == []


def test_what_may_have_the_tags_of_both_rules_is_a_possible_conflict():
    tags = rule(1, product_tag=[1], reason=[1, 2]), rule(2, product_tag=[2], reason=[2])
    assert conflicts(*tags) == [Conflict("possible", 1, 2, ("product_tag", "reason"))]
    assert conflicts(*tags, says={1: SHORT, 2: SHORT}) == [], "either says the same"
    others = rule(1, trait=[1], reason=[1]), rule(2, trait=[2], reason=[2])
    assert conflicts(*others) == [], "a line has one reason"
    seasons = Rule(3, allowed={"trait": frozenset([1])}, valid_to=DAY)
    later = replace(seasons, id=4, valid_from=DAY + timedelta(1), valid_to=None)
    assert conflicts(seasons, later) == []


def test_ranges_meet_where_both_hold():
    tiers = Rule(1, value_from=10, value_to=20), Rule(2, value_from=19, value_to=30)
    assert conflicts(*tiers) == [Conflict("contradictory", 1, 2, ("value",))]
    open_ended = Rule(1, value_from=10), Rule(2, value_to=20)
    assert conflicts(*open_ended) == [Conflict("contradictory", 1, 2, ("value",))]
    seasons = Rule(1, valid_to=DAY), Rule(2, valid_from=DAY)
    assert conflicts(*seasons) == [Conflict("contradictory", 1, 2, ("validity",))]


def test_all_pairs_in_the_order_of_the_rules():
    rules = [rule(3, 1, reason=[1]), rule(1, 2), rule(2, 2), rule(9, 3, reason=[1])]
    found = conflicts(*reversed(rules))
    assert [(each.kind, each.first_id, each.second_id) for each in found] == [
        ("shadowed", 3, 9),
        ("shadowed", 1, 2),
    ]


# ----------------------------------------------------------------------
# Groups
# ----------------------------------------------------------------------
def test_rules_of_different_groups_do_not_conflict():
    first, second = rule(1), rule(2)
    assert find_conflicts_among([[first], [second]], {1: SHORT, 2: LONG}) == []


def test_a_pair_is_named_once_however_often_it_competes():
    both = [rule(1), rule(2), Rule(3, value_from=2, value_to=1)]
    terms = {1: SHORT, 2: LONG, 3: LONG}
    assert find_conflicts_among([both, both], terms) == [
        Conflict("empty", 3, None, ("value",)),
        Conflict("shadowed", 1, 2),
    ]


def test_a_rule_that_wins_in_one_group_is_not_shadowed():
    consumers, everybody = rule(1), rule(2)
    terms = {1: SHORT, 2: LONG}
    groups = [[consumers, everybody], [everybody]]
    assert find_conflicts_among(groups, terms) == [Conflict("contradictory", 1, 2)]
    first = replace(everybody, sequence=1)
    groups = [[consumers, first], [first]]
    assert find_conflicts_among(groups, terms) == [Conflict("shadowed", 2, 1)]


# ----------------------------------------------------------------------
# Against everything there can be in a small world
# ----------------------------------------------------------------------
#: A root with two children, and one below the first of these.
PATHS = ((), (1,), (1, 2), (1, 2, 3), (1, 4))
SMALL = ((), (1,), (2,))
DAYS = [DAY + timedelta(days=days) for days in range(4)]
EVERYTHING = [
    Facts(day, value, {"category": nested(path), "reason": plain(reason)})
    for path, reason, day, value in product(PATHS, SMALL, DAYS, range(4))
]
WORLD_RULES = st.builds(
    Rule,
    id=st.integers(1, 50),
    sequence=st.integers(1, 2),
    allowed=st.fixed_dictionaries(
        {},
        optional={
            "category": st.frozensets(st.integers(1, 4), max_size=2),
            "reason": st.frozensets(st.integers(1, 2), max_size=2),
        },
    ),
    valid_from=st.none() | st.sampled_from(DAYS[1:]),
    valid_to=st.none() | st.sampled_from(DAYS[:-1]),
    value_from=st.none() | st.integers(1, 3),
    value_to=st.none() | st.integers(1, 3),
)


@settings(max_examples=100)
@given(WORLD_RULES, WORLD_RULES, st.booleans())
def test_conflicts_are_what_trying_everything_finds(first, second, same):
    if first.id == second.id:
        return
    first, second = sorted((first, second), key=lambda r: (r.sequence, r.id))
    compiled = compile_rules((first, second))
    expected = []
    for each in (first, second):
        if not any(fits(facts, each) for facts in EVERYTHING):
            expected.append(("empty", each.id, None))
    meetings = [
        facts
        for facts in EVERYTHING
        if fits(facts, first)
        and fits(facts, second)
        and specificity(facts, first) == specificity(facts, second)
    ]
    if meetings:
        second_wins = any(compiled.winner(facts) == second for facts in EVERYTHING)
        kind = "contradictory" if second_wins else "shadowed"
        expected.append(("duplicate" if same else kind, first.id, second.id))
    terms = {first.id: SHORT, second.id: SHORT if same else LONG}
    found = find_conflicts((second, first), terms)
    assert [(each.kind, each.first_id, each.second_id) for each in found] == expected


def test_two_hundred_rules_are_compared_at_once():
    random = Random(3)
    rules = [
        rule(id_, random.randint(1, 5), product=random.sample(range(20), 5))
        for id_ in range(200)
    ]
    terms = {each.id: {"days": random.randint(1, 3)} for each in rules}
    rounds = []
    for _round in range(8):
        start = time.process_time()
        found = find_conflicts(rules, terms)
        rounds.append(time.process_time() - start)
    assert {each.kind for each in found} >= {"duplicate", "contradictory"}
    assert len(found) > 10_000
    assert min(rounds) < 0.2
    for about in ({7}, {7, 190}, set()):
        assert find_conflicts(rules, terms, about) == [
            each for each in found if about & {each.first_id, each.second_id}
        ], "asked about some rules, the same is found about these"


def test_every_dimension_counts():
    for dimension in DIMENSIONS:
        found = conflicts(rule(1, **{dimension: [1]}), rule(2, **{dimension: [1]}))
        assert found == [Conflict("shadowed", 1, 2, (dimension,))]
