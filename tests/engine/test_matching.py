from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from engine.matching import (
    DIMENSIONS,
    Facts,
    Match,
    Rule,
    compile_rules,
    nested,
    plain,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_model import DAY, FACTS, SOME, fits, rulesets, simple_match, specificity

RULES = rulesets()


def match(known, rules):
    return compile_rules(rules).match(known)


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


def test_the_loser_is_the_next_nearer_one():
    known = Facts(DAY, 5, {"category": nested((10, 11, 12))})
    rules = [rule(1, category=[10]), rule(2, category=[12]), rule(3, category=[11])]
    assert match(known, rules) == Match(rules[1], rules[2], "category")
    tiers = [Rule(1), Rule(2, value_from=1, value_to=9), Rule(3, value_from=1)]
    assert match(known, tiers) == Match(tiers[1], tiers[2], "value")


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
    assert compile_rules([]).winner(facts()) is None


# ----------------------------------------------------------------------
# Properties
# ----------------------------------------------------------------------
@settings(max_examples=100)
@given(FACTS, rulesets(max_size=12))
def test_compiled_rules_decide_as_the_simple_definition(known, rules):
    compiled = compile_rules(rules)
    found = compiled.match(known)
    assert found == simple_match(known, rules)
    assert compiled.winner(known) == (found and found.rule)


@given(FACTS, RULES)
def test_facts_about_what_no_rule_restricts_are_not_needed(known, rules):
    compiled = compile_rules(rules)
    needed = {d: ids for d, ids in known.values.items() if d in compiled.dimensions}
    assert compiled.match(replace(known, values=needed)) == compiled.match(known)
    assert set(compiled.dimensions) == {d for r in rules for d in r.allowed}


def test_two_hundred_rules_decide_as_the_simple_definition():
    """What hypothesis makes is small; this has rules beyond one machine word."""
    random = Random(7)

    def some(number, most):
        return frozenset(random.sample(range(number), random.randint(1, most)))

    def allowed():
        chosen = random.sample([*DIMENSIONS], random.randint(0, 3))
        return {dimension: some(4, 3) for dimension in chosen}

    def amount(low, high):
        return random.choice([None, random.randint(low, high)])

    rules = [
        Rule(
            id_,
            random.randint(1, 5),
            allowed(),
            value_from=amount(0, 40),
            value_to=amount(30, 100),
        )
        for id_ in random.sample(range(1000), 200)
    ]
    compiled = compile_rules(rules)
    decided = set()
    for _time in range(300):
        values = {d: plain(some(4, 2)) for d in DIMENSIONS if random.random() < 0.9}
        values["category"] = nested(random.sample(range(4), 3))
        known = Facts(DAY, random.randint(0, 100), values)
        found = compiled.match(known)
        assert found == simple_match(known, rules)
        assert compiled.winner(known) == found.rule
        decided.add(found.decided_by)
    assert len(decided) > 8, "the examples must differ in what decides"


@given(FACTS, RULES, st.randoms(use_true_random=False))
def test_order_of_the_rules_does_not_matter(known, rules, random):
    shuffled = list(rules)
    random.shuffle(shuffled)
    assert match(known, shuffled) == match(known, rules)
    assert compile_rules(shuffled) == compile_rules(rules)


@given(FACTS, RULES)
def test_rules_that_do_not_fit_do_not_matter(known, rules):
    fitting = [r for r in rules if fits(known, r)]
    assert match(known, fitting) == match(known, rules)


@given(FACTS, RULES, st.sampled_from(SOME), st.data())
def test_naming_one_thing_more_never_makes_a_fitting_rule_weaker(
    known, rules, name, data
):
    values = known.values.get(name)
    if not rules or not values:
        return
    place = data.draw(st.integers(0, len(rules) - 1))
    rule_, value = rules[place], data.draw(st.sampled_from(sorted(values)))
    more = rule_.allowed.get(name, frozenset()) | {value}
    named = replace(rule_, allowed={**rule_.allowed, name: more})
    if not fits(known, rule_):
        return
    assert fits(known, named)
    assert specificity(known, named) >= specificity(known, rule_)
    rivals = [*rules[:place], *rules[place + 1 :]]
    if compile_rules(rules).winner(known) == rule_:
        assert compile_rules([*rivals, named]).winner(known) == named


@given(FACTS, RULES, st.sampled_from(SOME))
def test_emptying_a_set_never_widens_a_rule(known, rules, name):
    emptied = [replace(r, allowed={**r.allowed, name: frozenset()}) for r in rules]
    assert match(known, emptied) is None
    assert match(known, [*emptied, Rule(1001)]) == Match(Rule(1001))


@given(FACTS, RULES)
def test_loser_is_the_one_that_would_win_without_the_winner(known, rules):
    found = match(known, rules)
    if found is None:
        return
    second = match(known, [r for r in rules if r != found.rule])
    assert found.over == (second and second.rule)
    assert (found.decided_by is None) == (second is None)


@given(FACTS, RULES)
def test_a_rule_for_everything_loses_to_every_rule_that_says_more(known, rules):
    general = Rule(2000, -1)
    found = match(known, [*rules, general])
    specific = [r for r in rules if fits(known, r) and any(specificity(known, r))]
    assert found.rule in (specific or [general])


def test_the_last_day_there_is_can_end_a_rule():
    last = Rule(1, valid_from=DAY, valid_to=date.max)
    assert match(facts(day=date.max), [last]) == Match(last)
    assert match(facts(day=DAY - timedelta(days=1)), [last]) is None


def test_a_limit_of_zero_is_a_limit():
    found = match(facts(value=0), [Rule(1, 1), Rule(2, 2, value_from=0)])
    assert (found.rule.id, found.decided_by) == (2, "value")


def test_agreement_and_trait_have_their_place_among_the_dimensions():
    known = facts(partner=[1], agreement=[2], partner_tag=[3], product=[4])
    known.values.update(product_tag=plain([5]), trait=plain([6]), category=plain([7]))
    names = "partner agreement partner_tag product product_tag trait category".split()
    rules = [rule(id_, **{name: [id_]}) for id_, name in enumerate(names, start=1)]
    order = []
    while rules:
        order.append(match(known, rules).rule)
        rules.remove(order[-1])
    assert [each.id for each in order] == [1, 2, 3, 4, 5, 6, 7]
