"""Which rule applies: one order of precedence for every kind of rule.

A rule restricts dimensions. A dimension it does not restrict fits everything; several
values of one dimension are alternatives; several dimensions must all fit.

Of the rules that fit, the most specific one wins. Rules are compared dimension by
dimension in the order of ``DIMENSIONS``, and the first difference decides. Within a
dimension, a rule that restricts it beats one that does not. In a tree (companies,
categories, reasons) the nearer node beats its ancestors, and a narrower region beats a
wider one. Equally specific rules follow their sequence, then their id.

So naming one thing more never makes a rule weaker, whatever else it says.

Rules are compiled once into sets of bits, with one bit per rule, so that a decision
need not look at every rule: a few intersections give the rules that fit, and going
through the dimensions narrows them down to the most specific one.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .dimensions import DIMENSIONS

#: Ranges that rules can restrict; any dimension is more significant than these.
RANGES = ("value", "validity")
EVER = float("inf")


@dataclass(frozen=True)
class Facts:
    """What is known of the thing that a rule is looked for.

    :param date day: the day that decides, in the company's time zone
    :param float value: net value in the company's currency
    :param values: ``{dimension: {id: level}}``. The higher of two levels is the more
        specific: in a tree the root has 1 and its children 2; what is no tree has 1.
        What is unknown is left out.
    :param others: the same as known at other times, where the strictest rule holds
    """

    day: date
    value: float = 0.0
    values: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    others: tuple["Facts", ...] = ()


@dataclass(frozen=True)
class Rule:
    """The conditions of one rule.

    :param allowed: ``{dimension: ids}``; a dimension without any id fits nothing
    :param valid_from: first day, None for no first day
    :param valid_to: last day, None for no last day
    :param value_from: fits from this value on, None for any
    :param value_to: fits below this value, None for any
    :raises ValueError: for a dimension that is not in ``DIMENSIONS``
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
    """Give the values of a dimension that is no tree.

    :param ids: iterable of ids
    :return: ``{id: level}``, see :class:`Facts`
    """
    return dict.fromkeys(ids, 1)


def nested(*paths):
    """Give the values of a dimension that is a tree.

    :param paths: ids from the root to the node, one path per node
    :return: ``{id: level}``, see :class:`Facts`
    """
    return {node: level for path in paths for level, node in enumerate(path, start=1)}


def limits(rule):
    """Give where a rule begins and ceases to fit; infinite where it has no limit.

    :param Rule rule: the rule
    :return: ``{range: (from, below)}``, days as ordinals
    """
    start, stop = rule.valid_from, rule.valid_to
    return {
        "value": (
            -EVER if rule.value_from is None else rule.value_from,
            EVER if rule.value_to is None else rule.value_to,
        ),
        "validity": (
            -EVER if start is None else start.toordinal(),
            EVER if stop is None else stop.toordinal() + 1,
        ),
    }


@dataclass(frozen=True)
class Restriction:
    """What the rules of a set say about one dimension, as sets of bits.

    :param str name: one of ``DIMENSIONS``
    :param naming: ``{id: bits of the rules that allow it}``
    :param int free: bits of the rules that do not restrict the dimension
    """

    name: str
    naming: Mapping[int, int]
    free: int

    def fitting(self, facts):
        """Give the bits of the rules that fit in this dimension.

        :param Facts facts: what a rule is looked for
        :rtype: int
        """
        found, naming = self.free, self.naming
        for id_ in facts.values.get(self.name, ()):
            found |= naming.get(id_, 0)
        return found

    def nearest(self, rules, facts):
        """Narrow fitting rules down to the most specific ones in this dimension.

        :param int rules: bits of rules that fit
        :param Facts facts: what a rule is looked for
        :rtype: int
        """
        named = rules & ~self.free
        if not named:
            return rules
        known = facts.values[self.name]
        if len(known) == 1:
            return named
        by_level = {}
        for id_, level in known.items():
            found = named & self.naming.get(id_, 0)
            if found:
                by_level[level] = by_level.get(level, 0) | found
        return by_level[max(by_level)]


@dataclass(frozen=True)
class Span:
    """What the rules of a set say about one range, as sets of bits.

    :param str name: one of ``RANGES``
    :param points: where some rule begins or ceases to fit, ascending; days as ordinals
    :param masks: bits of the rules that fit below the first point, then from each point
        on
    :param int both: bits of the rules that restrict both ends
    :param int one: bits of the rules that restrict only one end
    """

    name: str
    points: tuple[float, ...]
    masks: tuple[int, ...]
    both: int
    one: int

    def fitting(self, facts):
        """Give the bits of the rules that fit in this range.

        :param Facts facts: what a rule is looked for
        :rtype: int
        """
        known = facts.value if self.name == "value" else facts.day.toordinal()
        return self.masks[bisect_right(self.points, known)]

    def nearest(self, rules, _facts):
        """Narrow fitting rules down to those that restrict most ends of this range.

        :param int rules: bits of rules that fit
        :param _facts: not needed, but the same as in :class:`Restriction`
        :rtype: int
        """
        return rules & self.both or rules & self.one or rules


@dataclass(frozen=True)
class Ruleset:
    """Rules that compete with each other, compiled by :func:`compile_rules`.

    :param rules: in the order of their sequence, then their id: the place of a rule is
        its bit, and of equally specific rules the lowest bit wins
    :param conditions: a :class:`Restriction` for each dimension that some rule
        restricts, then a :class:`Span` for each range, the most significant first
    """

    rules: tuple[Rule, ...]
    conditions: tuple[Restriction | Span, ...]

    @property
    def dimensions(self):
        """The dimensions that some rule restricts; facts may leave out the others."""
        return tuple(each.name for each in self.conditions[: -len(RANGES)])

    def winner(self, facts):
        """Find the rule that applies.

        :param Facts facts: what a rule is wanted for
        :return: a :class:`Rule`, or None when no rule fits
        """
        fitting = self._fitting(facts)
        return self._rule(self._decide(facts, fitting)[0]) if fitting else None

    def match(self, facts):
        """Find the rule that applies, and tell why.

        :param Facts facts: what a rule is wanted for
        :return: a :class:`Match`, or None when no rule fits
        """
        fitting = self._fitting(facts)
        if not fitting:
            return None
        first, rivals, place = self._decide(facts, fitting)
        rule = self._rule(first)
        if not rivals:
            return Match(rule)
        if place is None:
            over = self._rule(rivals & -rivals)
            same = rule.sequence == over.sequence
            return Match(rule, over, "id" if same else "sequence")
        over = self._rule(self._decide(facts, rivals, place)[0])
        return Match(rule, over, self.conditions[place].name)

    def _fitting(self, facts):
        fitting = -1
        for each in self.conditions:
            fitting &= each.fitting(facts)
        return fitting

    def _decide(self, facts, fitting, start=0):
        """Find the most specific of the rules that fit.

        :param int fitting: bits of these rules
        :param int start: place of the first condition in which they may differ
        :return: ``(first, rivals, place)``: the bit of the winner; the bits of its last
            rivals, all others having lost before; and the place of the condition in
            which these lose, None when only their order decides
        """
        for place in range(start, len(self.conditions)):
            left = self.conditions[place].nearest(fitting, facts)
            if not left & (left - 1):
                return left, fitting ^ left, place
            fitting = left
        first = fitting & -fitting
        return first, fitting ^ first, None

    def _rule(self, bit):
        return self.rules[bit.bit_length() - 1]


def compile_rules(rules):
    """Prepare rules that compete with each other for many decisions.

    :param rules: iterable of :class:`Rule`, in any order
    :rtype: Ruleset
    """
    ordered = tuple(sorted(rules, key=lambda rule: (rule.sequence, rule.id)))
    bits = [(1 << place, rule) for place, rule in enumerate(ordered)]
    restricted = {dimension for rule in ordered for dimension in rule.allowed}
    dimensions = [_restriction(d, bits) for d in DIMENSIONS if d in restricted]
    ends = [(bit, limits(rule)) for bit, rule in bits]
    spans = [_span(name, [(bit, *each[name]) for bit, each in ends]) for name in RANGES]
    return Ruleset(ordered, (*dimensions, *spans))


def _restriction(dimension, bits):
    naming = _union(
        (id_, bit) for bit, rule in bits for id_ in rule.allowed.get(dimension, ())
    )
    free = sum(bit for bit, rule in bits if dimension not in rule.allowed)
    return Restriction(dimension, naming, free)


def _span(name, ends):
    """Compile a range.

    :param ends: ``[(bit, from, below)]``
    """
    starts = _union((start, bit) for bit, start, _stop in ends)
    stops = _union((stop, bit) for bit, _start, stop in ends)
    startless, endless = starts.pop(-EVER, 0), stops.pop(EVER, 0)
    points = tuple(sorted({*starts, *stops}))
    begun, ended = startless, 0
    masks = [begun]
    for point in points:
        begun |= starts.get(point, 0)
        ended |= stops.get(point, 0)
        masks.append(begun & ~ended)
    both, one = ~(startless | endless), startless ^ endless
    return Span(name, points, tuple(masks), both, one)


def _union(pairs):
    """Give ``{key: bits}`` of pairs of key and bit."""
    found = {}
    for key, bit in pairs:
        found[key] = found.get(key, 0) | bit
    return found
