"""Rules that get into each other's way.

Rules that restrict different things never do: precedence tells which one wins. What is
found here is what only the place of two rules in the sequence decides, and what can
never decide anything. Rules about two different tags or traits only may conflict:
something can have both.

In a tree the nearer node wins, so two rules are equally specific only where they name
the same node. What lies above or below it does not matter.
"""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from .matching import DIMENSIONS, EVER, limits

#: Of these one thing can have several values.
MANY = frozenset({"agreement", "partner_tag", "product_tag", "trait"})


@dataclass(frozen=True)
class Conflict:
    """Something to tell the person who writes rules.

    :param str kind: what is wrong

        * ``empty``: nothing can fit the rule
        * ``duplicate``: where only their place decides, both rules say the same
        * ``shadowed``: the second one says something else, and never wins
        * ``contradictory``: they say different things where only their place decides
        * ``possible``: they would, about something that has the tags of both
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

    :param shape: the dimensions and ranges that it restricts, these at how many ends:
        rules of another shape are never equally specific
    :param sets: what it allows of these dimensions
    :param spans: its limits of these ranges, see :func:`~.matching.limits`
    :param says: its terms
    """

    id: int
    shape: tuple[tuple[str, int], ...]
    sets: tuple[frozenset[int], ...]
    spans: tuple[tuple[float, float], ...]
    says: Any

    @property
    def restricted(self):
        """The names of what it restricts, the most telling first."""
        return tuple(name for name, _ends in self.shape)

    @property
    def impossible(self):
        """The names of what nothing can fit."""
        possible = (*self.sets, *(start < stop for start, stop in self.spans))
        return tuple(
            name
            for name, some in zip(self.restricted, possible, strict=True)
            if not some
        )

    def apart(self, other):
        """Give the names of what the rules, which have the same shape, do not share."""
        pairs = (
            *map(frozenset.isdisjoint, self.sets, other.sets),
            *(
                not _overlap(*both)
                for both in zip(self.spans, other.spans, strict=True)
            ),
        )
        return frozenset(
            name
            for name, is_apart in zip(self.restricted, pairs, strict=True)
            if is_apart
        )

    def covers(self, other):
        """Tell whether everything that fits the other rule also fits this one."""
        return all(map(frozenset.issuperset, self.sets, other.sets)) and all(
            map(_contains, self.spans, other.spans)
        )


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
        if candidate.impossible:
            found.append(Conflict("empty", rule.id, None, candidate.impossible))
        else:
            alive.append(candidate)
    return found + [
        Conflict(kind, first.id, second.id, first.restricted)
        for first, second in combinations(alive, 2)
        if first.shape == second.shape and (kind := _kind(first, second))
    ]


def find_conflicts_among(groups, terms):
    """Find what is wrong with rules of which some compete in several groups.

    :param groups: lists of :class:`~.matching.Rule` that compete with each other
    :param terms: ``{rule id: what the rule says}``
    :return: list of :class:`Conflict`, each pair once; a rule is only shadowed by one
        that comes before it wherever it competes
    """
    places = Counter(rule.id for group in groups for rule in group)
    found = {}
    for group in groups:
        for one in find_conflicts(group, terms):
            found.setdefault((one.first_id, one.second_id), []).append(one)
    return [_everywhere(same, places) for same in found.values()]


def _everywhere(same, places):
    """Give what the same two rules are to each other in all groups together."""
    one = same[0]
    if one.kind == "shadowed" and len(same) < places[one.second_id]:
        return replace(one, kind="contradictory")
    return one


def _prepare(rule, says):
    dimensions = [name for name in DIMENSIONS if name in rule.allowed]
    spans = {name: ends for name, ends in limits(rule).items() if ends != (-EVER, EVER)}
    ranges = [
        (name, sum(abs(end) != EVER for end in ends)) for name, ends in spans.items()
    ]
    return Candidate(
        rule.id,
        (*((name, 1) for name in dimensions), *ranges),
        tuple(rule.allowed[name] for name in dimensions),
        tuple(spans.values()),
        says,
    )


def _kind(first, second):
    """Say what two rules of the same shape are to each other, None for nothing."""
    if apart := first.apart(second):
        return "possible" if apart <= MANY and first.says != second.says else None
    if first.says == second.says:
        return "duplicate"
    return "shadowed" if first.covers(second) else "contradictory"


def _overlap(first, second):
    return max(first[0], second[0]) < min(first[1], second[1])


def _contains(outer, inner):
    return outer[0] <= inner[0] and inner[1] <= outer[1]
