"""Which rule applies: one order of precedence for every kind of rule.

A rule restricts dimensions. A dimension it does not restrict fits everything; several
values of one dimension are alternatives, several dimensions must all fit.

Of the rules that fit, the most specific wins. They are compared dimension by dimension
in the order of ``DIMENSIONS``; the first difference decides. In a dimension a rule that
restricts it beats one that does not, and in a tree (companies, categories) the nearer
node beats its ancestors. Equally specific rules follow their sequence, then their id.
So whatever else a rule says, naming one thing more never makes it weaker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

#: What rules can restrict, the most telling first.
DIMENSIONS = (
    "company",
    "partner",
    "agreement",
    "partner_tag",
    "country",
    "product",
    "product_tag",
    "trait",
    "category",
    "condition",
    "reason",
    "channel",
    "facility",
)
#: Weaker than all of these, in this order.
RANGES = ("value", "validity")


@dataclass(frozen=True)
class Facts:
    """What is known of one thing that a rule is wanted for.

    :param date day: the day that decides, in the company's time zone
    :param float value: net value in the company's currency
    :param values: ``{dimension: {id: level}}``; a level above 1 says how near a node of
        a tree is: the root has 1, its children 2. What is unknown is left out.
    """

    day: date
    value: float = 0.0
    values: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """The conditions of one rule.

    :param allowed: ``{dimension: ids}``; a dimension without any id fits nothing
    :param valid_from: first day, None for always
    :param valid_to: last day, None for ever
    :param value_from: from this value on, None for any
    :param value_to: below this value, None for any
    """

    id: int
    sequence: int = 10
    allowed: Mapping[str, frozenset[int]] = field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None
    value_from: float | None = None
    value_to: float | None = None

    def __post_init__(self):
        unknown = set(self.allowed) - set(DIMENSIONS)
        if unknown:
            raise ValueError(f"unknown dimensions: {sorted(unknown)}")


@dataclass(frozen=True)
class Match:
    """The rule that applies, and why this one.

    :param Rule rule: the winner
    :param over: the rule it was preferred to, None when no other one fits
    :param decided_by: the dimension or range in which it is more specific, else
        ``sequence`` or ``id``; None when no other one fits
    """

    rule: Rule
    over: Rule | None = None
    decided_by: str | None = None


def plain(ids):
    """Give the values of a dimension that is no tree."""
    return dict.fromkeys(ids, 1)


def nested(*paths):
    """Give the values of a dimension that is a tree.

    :param paths: ids from the root to the node, one path per node
    """
    return {node: level for path in paths for level, node in enumerate(path, start=1)}


def fits(facts, rule):
    """Tell whether all conditions of a rule hold."""
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
    """Tell how specific a rule that fits is: one number per dimension and range."""
    levels = []
    for dimension in DIMENSIONS:
        known = facts.values.get(dimension, {})
        ids = rule.allowed.get(dimension, ())
        levels.append(max((known[id_] for id_ in ids if id_ in known), default=0))
    levels.append((rule.value_from is not None) + (rule.value_to is not None))
    levels.append((rule.valid_from is not None) + (rule.valid_to is not None))
    return tuple(levels)


def match(facts, rules):
    """Find the rule that applies.

    :param Facts facts: what a rule is wanted for
    :param rules: candidates, in any order
    :return: a :class:`Match`, or None when no rule fits
    """

    def rank(rule):
        return (
            tuple(-level for level in specificity(facts, rule)),
            rule.sequence,
            rule.id,
        )

    ranked = sorted((rule for rule in rules if fits(facts, rule)), key=rank)
    if not ranked:
        return None
    if len(ranked) == 1:
        return Match(ranked[0])
    first, second = ranked[:2]
    return Match(first, second, _difference(facts, first, second))


def _difference(facts, first, second):
    levels = zip(
        DIMENSIONS + RANGES,
        specificity(facts, first),
        specificity(facts, second),
        strict=True,
    )
    for name, mine, other in levels:
        if mine != other:
            return name
    return "sequence" if first.sequence != second.sequence else "id"


def match_all(batch, rules):
    """Find the rule for each of many.

    :param batch: ``{key: Facts}``
    :return: ``{key: Match or None}``
    """
    return {key: match(facts, rules) for key, facts in batch.items()}
