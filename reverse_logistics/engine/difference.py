"""What distinguishes two versions of a policy.

Works on the documents that ``snapshot`` describes. The rules of a copied version are
new records, so their ids tell nothing: a rule is recognized by its key, else by its
name, else by its conditions. Where several rules could be meant, the most similar one
is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: What a rule has besides its conditions and terms, in the order of its form.
OWN = ("name", "sequence")
RANGES = ("value_from", "value_to", "valid_from", "valid_to")


@dataclass(frozen=True)
class Change:
    """One thing that two versions say differently.

    :param str part: ``setting``, ``own`` (name or sequence), ``condition`` (a
        dimension), ``range`` or ``term``
    :param str name: which setting, dimension, range or term
    :param before: plain value in the first version, None where there is none
    :param after: plain value in the second version, None where there is none
    """

    part: str
    name: str
    before: object
    after: object


@dataclass(frozen=True)
class RuleChange:
    """A rule that only one version has, or that the two versions word differently.

    :param str kind: kind of rule
    :param before: the rule of the first version, None when it was added
    :param after: the rule of the second version, None when it was removed
    :param changes: what differs, when both versions have it
    """

    kind: str
    before: Mapping | None
    after: Mapping | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All that distinguishes two versions.

    :param settings: tuple of :class:`Change`
    :param rules: tuple of :class:`RuleChange`, by kind: first changed and added rules
        in the order of the second version, then removed ones
    """

    settings: tuple[Change, ...] = ()
    rules: tuple[RuleChange, ...] = ()

    def __bool__(self):
        return bool(self.settings or self.rules)


def compare(before, after):
    """Compare two documents.

    :param before: document of the first version
    :param after: document of the second version
    :rtype: Difference
    """
    kinds = dict.fromkeys((*before["rules"], *after["rules"]))
    return Difference(
        tuple(_compare_values("setting", before["settings"], after["settings"])),
        tuple(
            change
            for kind in kinds
            for change in _compare_rules(
                kind, before["rules"].get(kind, ()), after["rules"].get(kind, ())
            )
        ),
    )


def _compare_rules(kind, before, after):
    partners = pair(before, after)
    for row in _in_order(after):
        partner = partners.get(row["id"])
        if partner is None:
            yield RuleChange(kind, None, row)
            continue
        changes = tuple(differ(partner, row))
        if changes:
            yield RuleChange(kind, partner, row, changes)
    kept = {row["id"] for row in partners.values()}
    for row in _in_order(before):
        if row["id"] not in kept:
            yield RuleChange(kind, row, None)


def pair(before, after):
    """Find the earlier rule that each rule of the later version goes back to.

    :param before: rules of one kind in the first version
    :param after: rules of the same kind in the second version
    :return: ``{id of the later rule: earlier rule}``; new rules are left out
    """
    old, new, found = list(_in_order(before)), list(_in_order(after)), {}
    for same in (_same_key, _same_name, _same_conditions):
        options = sorted(
            (
                (sum(1 for _change in differ(first, second)), place, position)
                for place, second in enumerate(new)
                for position, first in enumerate(old)
                if same(first, second)
            ),
        )
        for _distance, place, position in options:
            if new[place] is not None and old[position] is not None:
                found[new[place]["id"]] = old[position]
                new[place] = old[position] = None
        old = [row for row in old if row is not None]
        new = [row for row in new if row is not None]
    return found


def differ(before, after):
    """Give what two rules say differently: an iterator of :class:`Change`.

    :param before: rule of the first version, as in ``snapshot``
    :param after: rule of the second version
    """
    yield from _compare_values("own", *(_only(row, OWN) for row in (before, after)))
    yield from _compare_values("condition", before["allowed"], after["allowed"])
    yield from _compare_values(
        "range", *(_only(row, RANGES) for row in (before, after))
    )
    yield from _compare_values("term", before["terms"], after["terms"])


def _compare_values(part, before, after):
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Change(part, name, old, new)


def _only(row, names):
    return {name: row.get(name) for name in names}


def _in_order(rows):
    return sorted(rows, key=lambda row: (row["sequence"], row["id"]))


def _same_key(first, second):
    return bool(first.get("key")) and first["key"] == second.get("key")


def _same_name(first, second):
    return first["name"] == second["name"]


def _same_conditions(first, second):
    names = ("allowed", *RANGES)
    return _only(first, names) == _only(second, names)
