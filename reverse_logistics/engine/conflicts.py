"""Rules that get into each other's way.

Rules that restrict different things never do: precedence tells which one wins. What is
found here is what only the place of two rules in the sequence decides, and what can
never decide anything. One thing is taken to have one value of a dimension: rules about
two different tags do not conflict because something may have both.

In a tree the nearer node wins, so two rules are equally specific only where they name
the same node. What lies above or below it does not matter.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .matching import DIMENSIONS, EVER, RANGES, Rule, limits


@dataclass(frozen=True)
class Conflict:
    """Something to tell the person who writes rules.

    :param str kind: what is wrong

        * ``empty``: nothing can fit the rule
        * ``duplicate``: where only their place decides, both rules say the same
        * ``shadowed``: the second one says something else, and never wins
        * ``contradictory``: they say different things where only their place decides
    :param int first_id: the rule, of two the one that wins
    :param second_id: the other one, None for ``empty``
    :param dimensions: ``empty``: what nothing can fit; else what both rules restrict,
        the most telling first
    """

    kind: str
    first_id: int
    second_id: int | None = None
    dimensions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A rule, prepared for comparison with many.

    :param shape: what it restricts, and ranges at how many ends: rules of another
        shape are never equally specific
    :param spans: see :func:`~.matching.limits`
    :param says: its terms
    """

    rule: Rule
    shape: tuple[tuple[str, int], ...]
    spans: dict[str, tuple[float, float]]
    says: Any

    def impossible(self):
        """Give the dimensions and ranges that nothing can fit."""
        allowed = self.rule.allowed
        sets = [name for name in DIMENSIONS if not allowed.get(name, True)]
        ranges = [name for name in RANGES if not _overlap(self.spans[name])]
        return (*sets, *ranges)

    def meets(self, other):
        """Tell whether something can fit both rules, which have the same shape."""
        return all(
            not ids.isdisjoint(other.rule.allowed[dimension])
            for dimension, ids in self.rule.allowed.items()
        ) and all(_overlap(self.spans[name], other.spans[name]) for name in RANGES)

    def covers(self, other):
        """Tell whether everything that fits the other rule also fits this one."""
        return all(
            ids >= other.rule.allowed[dimension]
            for dimension, ids in self.rule.allowed.items()
        ) and all(_within(other.spans[name], self.spans[name]) for name in RANGES)


def find_conflicts(rules, terms):
    """Find what is wrong with rules that compete with each other.

    :param rules: iterable of :class:`~.matching.Rule`, in any order
    :param terms: ``{rule id: what the rule says}``; compared with ``==``
    :return: list of :class:`Conflict`: first the empty rules, then pairs, in the order
        of the rules
    """
    ordered = sorted(rules, key=lambda rule: (rule.sequence, rule.id))
    found, alive = [], []
    for rule in ordered:
        candidate = _prepare(rule, terms[rule.id])
        impossible = candidate.impossible()
        if impossible:
            found.append(Conflict("empty", rule.id, None, impossible))
        else:
            alive.append(candidate)
    return found + [
        Conflict(
            _kind(first, second),
            first.rule.id,
            second.rule.id,
            tuple(name for name, _ends in first.shape),
        )
        for first, second in combinations(alive, 2)
        if first.shape == second.shape and first.meets(second)
    ]


def _prepare(rule, says):
    spans = limits(rule)
    shape = [(name, 1) for name in DIMENSIONS if name in rule.allowed]
    for name in RANGES:
        ends = sum(abs(end) != EVER for end in spans[name])
        if ends:
            shape.append((name, ends))
    return Candidate(rule, tuple(shape), spans, says)


def _kind(first, second):
    if first.says == second.says:
        return "duplicate"
    return "shadowed" if first.covers(second) else "contradictory"


def _overlap(*limits):
    starts, stops = zip(*limits, strict=True)
    return max(starts) < min(stops)


def _within(inner, outer):
    return outer[0] <= inner[0] and inner[1] <= outer[1]
