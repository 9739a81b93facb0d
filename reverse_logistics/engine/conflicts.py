"""Rules that get into each other's way.

Rules that restrict different dimensions never conflict: precedence tells which one
wins. Two kinds of trouble are found here: pairs of rules between which only their
places in the sequence decide, and rules that can never decide anything. Two rules about
different tags or traits only *may* conflict, because one thing can have both.

In a tree the nearer node wins, so two rules are equally specific only where they name
the same node. What lies above or below it does not matter.
"""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from .dimensions import DIMENSIONS
from .matching import EVER, limits

#: The dimensions in which one thing can have several values.
MANY = frozenset(name for name, each in DIMENSIONS.items() if each.many)


@dataclass(frozen=True)
class Conflict:
    """Something to tell the person who writes rules.

    :param str kind: what is wrong

        * ``empty``: nothing can fit the rule
        * ``duplicate``: only their places decide between the two, and both say the same
        * ``shadowed``: the second rule says something else, and never wins
        * ``contradictory``: only their places decide, and they say different things
        * ``possible``: as ``contradictory``, but only for what has the tags of both

    :param int first_id: the rule; of two rules, the one that wins
    :param second_id: the other rule, None for ``empty``
    :param dimensions: for ``empty``, the dimensions in which nothing fits; else those
        that both rules restrict, the most significant first
    """

    kind: str
    first_id: int
    second_id: int | None = None
    dimensions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A rule, prepared for comparison with many others.

    :param shape: the dimensions that it restricts, and the ranges with the number of
        ends that it limits; rules of different shape are never equally specific
    :param sets: the ids that it allows, in the order of these dimensions
    :param spans: its limits, in the order of these ranges, see
        :func:`~.matching.limits`
    :param says: its terms
    """

    id: int
    shape: tuple[tuple[str, int], ...]
    sets: tuple[frozenset[int], ...]
    spans: tuple[tuple[float, float], ...]
    says: Any

    @property
    def restricted(self):
        """The names of what the rule restricts, the most significant first."""
        return tuple(name for name, _ends in self.shape)

    @property
    def impossible(self):
        """The names of the dimensions and ranges in which nothing can fit."""
        possible = (*self.sets, *(start < stop for start, stop in self.spans))
        return tuple(
            name
            for name, some in zip(self.restricted, possible, strict=True)
            if not some
        )

    def apart(self, other):
        """Give the names in which two rules of the same shape share nothing.

        :param Candidate other: a rule of the same shape
        :rtype: frozenset[str]
        """
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
        """Tell whether everything that fits the other rule also fits this one.

        :param Candidate other: a rule of the same shape
        :rtype: bool
        """
        return all(map(frozenset.issuperset, self.sets, other.sets)) and all(
            map(_contains, self.spans, other.spans)
        )


def find_conflicts(rules, terms, about=None):
    """Find what is wrong with rules that compete with each other.

    :param rules: iterable of :class:`~.matching.Rule`, in any order
    :param terms: ``{rule id: what the rule says}``; compared with ``==``
    :param about: ids of the rules that are asked about; others are compared with these
        only. None for all
    :return: list of :class:`Conflict`: first the empty rules, then pairs, in the order
        of the rules
    """
    ordered = sorted(rules, key=lambda rule: (rule.sequence, rule.id))
    found, alive = [], []
    for rule in ordered:
        candidate = _prepare(rule, terms[rule.id])
        if not candidate.impossible:
            alive.append(candidate)
        elif about is None or rule.id in about:
            found.append(Conflict("empty", rule.id, None, candidate.impossible))
    return found + [
        Conflict(kind, first.id, second.id, first.restricted)
        for first, second in _pair(alive, about)
        if first.shape == second.shape and (kind := _kind(first, second))
    ]


def _pair(candidates, about):
    """Give the pairs that are compared, in the order of the rules."""
    if about is None:
        yield from combinations(candidates, 2)
        return
    wanted = [place for place, each in enumerate(candidates) if each.id in about]
    for place, first in enumerate(candidates):
        later = range(place + 1, len(candidates))
        if first.id not in about:
            later = wanted[bisect_right(wanted, place) :]
        yield from ((first, candidates[other]) for other in later)


def find_conflicts_among(groups, terms, about=None):
    """Find what is wrong among rules that compete in several groups.

    :param groups: lists of :class:`~.matching.Rule` that compete with each other; one
        rule can be in several lists
    :param terms: ``{rule id: what the rule says}``
    :param about: as for :func:`find_conflicts`
    :return: list of :class:`Conflict`, each pair once; a rule only counts as shadowed
        when the other one comes before it in every group it is in
    """
    places = Counter(rule.id for group in groups for rule in group)
    found = {}
    for group in groups:
        for one in find_conflicts(group, terms, about):
            found.setdefault((one.first_id, one.second_id), []).append(one)
    return [_everywhere(same, places) for same in found.values()]


def _everywhere(same, places):
    """Combine what the same two rules are to each other in several groups."""
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
    """Say which kind of conflict two rules of the same shape have, None for none."""
    if apart := first.apart(second):
        return "possible" if apart <= MANY and first.says != second.says else None
    if first.says == second.says:
        return "duplicate"
    return "shadowed" if first.covers(second) else "contradictory"


def _overlap(first, second):
    return max(first[0], second[0]) < min(first[1], second[1])


def _contains(outer, inner):
    return outer[0] <= inner[0] and inner[1] <= outer[1]
