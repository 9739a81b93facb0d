"""What the compiled rules must do, as simply as it can be said, and examples."""

from datetime import date, timedelta

from engine.matching import DIMENSIONS, RANGES, Facts, Match, Rule, nested, plain
from hypothesis import strategies as st

DAY = date(2030, 6, 15)
TREES = {name for name, each in DIMENSIONS.items() if each.nested}
#: Enough to compare first and last, trees and others; more would only take longer.
SOME = ("company", "partner", "product_tag", "category", "channel")

IDS = st.integers(1, 4)
AMOUNTS = st.integers(0, 50)
DAYS = st.integers(-20, 20).map(lambda days: DAY + timedelta(days=days))
PATHS = st.lists(IDS, max_size=3, unique=True)


def values(dimension):
    """Ids of one dimension as facts give them; of a tree, one path or two."""
    if dimension in TREES:
        return st.lists(PATHS, max_size=2).map(lambda paths: nested(*paths))
    return st.frozensets(IDS, max_size=2).map(plain)


FACTS = st.builds(
    Facts,
    day=DAYS,
    value=AMOUNTS,
    values=st.fixed_dictionaries({}, optional={d: values(d) for d in SOME}),
)


def rulesets(max_size=6):
    """Rules that name so little that several of them fit at once."""
    allowed = st.dictionaries(
        st.sampled_from(SOME), st.frozensets(IDS, max_size=3), max_size=3
    )
    rules = st.builds(
        Rule,
        id=st.integers(1, 1000),
        sequence=st.integers(1, 3),
        allowed=allowed,
        valid_from=st.none() | DAYS,
        valid_to=st.none() | DAYS,
        value_from=st.none() | AMOUNTS,
        value_to=st.none() | AMOUNTS,
    )
    return st.lists(rules, max_size=max_size, unique_by=lambda rule: rule.id)


def fits(facts, rule):
    """Whether all conditions of a rule hold."""
    return (
        (rule.valid_from is None or rule.valid_from <= facts.day)
        and (rule.valid_to is None or facts.day <= rule.valid_to)
        and (rule.value_from is None or rule.value_from <= facts.value)
        and (rule.value_to is None or facts.value < rule.value_to)
        and all(
            not ids.isdisjoint(facts.values.get(dimension, ()))
            for dimension, ids in rule.allowed.items()
        )
    )


def specificity(facts, rule):
    """How specific a rule that fits is: one number per dimension and range."""
    levels = []
    for dimension in DIMENSIONS:
        known = facts.values.get(dimension, {})
        ids = rule.allowed.get(dimension, ())
        levels.append(max((known[id_] for id_ in ids if id_ in known), default=0))
    levels.append((rule.value_from is not None) + (rule.value_to is not None))
    levels.append((rule.valid_from is not None) + (rule.valid_to is not None))
    return tuple(levels)


def simple_match(facts, rules):
    """The rule that applies, by sorting all that fit."""

    def rank(rule):
        levels = (-level for level in specificity(facts, rule))
        return tuple(levels), rule.sequence, rule.id

    ranked = sorted((rule for rule in rules if fits(facts, rule)), key=rank)
    if not ranked:
        return None
    if len(ranked) == 1:
        return Match(ranked[0])
    first, second = ranked[:2]
    names = (*DIMENSIONS, *RANGES, "sequence", "id")
    mine = (*specificity(facts, first), first.sequence, first.id)
    other = (*specificity(facts, second), second.sequence, second.id)
    different = (a != b for a, b in zip(mine, other, strict=True))
    return Match(first, second, names[list(different).index(True)])
