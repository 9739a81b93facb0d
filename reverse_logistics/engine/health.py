"""Master data health: which data rules need, which records lack it, and how many.

A *scope* is the company that something matters to; None stands for all companies.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .rounding import round_to


@dataclass(frozen=True)
class Demand:
    """A rule that needs something of the records it is about.

    :param str name: of the rule
    :param scope: id of the company whose rule it is, None for a shared one
    :param allowed: its conditions, as in :class:`~.matching.Rule`
    """

    name: str
    scope: int | None = None
    allowed: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def concerns(self, values):
        """Tell whether the rule may be about a record.

        :param values: ``{dimension: ids}`` of the record; dimensions left out, such as
            the reason of a return, are not compared
        :rtype: bool
        """
        return all(
            not self.allowed[dimension].isdisjoint(ids)
            for dimension, ids in values.items()
            if dimension in self.allowed
        )


@dataclass(frozen=True)
class Need:
    """One thing that a record has to have.

    :param str code: what it is
    :param tuple key: model and id of the record
    :param scope: id of the company it matters to, None for all
    """

    code: str
    key: tuple[str, int]
    scope: int | None = None


class Findings:
    """What one check of all master data has looked at and found missing.

    :param lineages: ``{company id: ids of it and its parents}``
    """

    def __init__(self, lineages):
        self.lineages = lineages
        self.checked = Counter()
        #: ``{Need that a record lacks: names of the rules that need it, sorted}``
        self.lacking = {}

    def look(self, code, key, own, demands, lacks):
        """Count that a record was looked at, and note what it lacks.

        :param str code: what it has to have
        :param tuple key: model and id of the record
        :param own: id of the company of the record, None for a shared one
        :param demands: the rules that need it; None when it is always needed
        :param bool lacks: the record does not have it
        """
        for scope, names in self._spread(own, demands).items():
            self.checked[scope] += 1
            if lacks:
                self.lacking[Need(code, key, scope)] = tuple(sorted(names))

    def _spread(self, own, demands):
        """Give the scopes that a need matters to: ``{scope: names of the rules}``."""
        if demands is None:
            return {own: set()}
        scopes = {}
        for demand in demands:
            if own is None or demand.scope is None:
                scope = own or demand.scope
            elif self._related(own, demand.scope):
                scope = own
            else:
                continue
            scopes.setdefault(scope, set()).add(demand.name)
        if None in scopes:  # what matters to everybody is said once
            return {None: set().union(*scopes.values())}
        return scopes

    def _related(self, one, other):
        return one in self.lineages[other] or other in self.lineages[one]

    def score(self, company):
        """Tell how much of what a company needs is there.

        :param company: id of the company
        :return: how many needs were checked, how many are lacking, and the share that
            is met in percent; 100 when nothing was checked
        :rtype: tuple[int, int, float]
        """
        scopes = {None, *self.lineages[company]}
        checked = sum(self.checked[scope] for scope in scopes)
        lacking = sum(need.scope in scopes for need in self.lacking)
        share = 100 * (checked - lacking) / checked if checked else 100.0
        return checked, lacking, round_to(share, 0.1)


@dataclass(frozen=True)
class Changes:
    """What to do with the issues that are known.

    :param new: needs without an issue
    :param again: needs that are lacking again after their issue was closed
    :param fixed: needs that are no longer lacking while their issue is open
    """

    new: tuple
    again: tuple
    fixed: tuple


def compare(known, lacking):
    """Compare the known issues with what is lacking now.

    :param known: ``{Need: whether its issue is open}``
    :param lacking: iterable of :class:`Need`
    :rtype: Changes
    """
    lacking = dict.fromkeys(lacking)
    return Changes(
        new=tuple(need for need in lacking if need not in known),
        again=tuple(need for need in lacking if known.get(need) is False),
        fixed=tuple(
            need for need, is_open in known.items() if is_open and need not in lacking
        ),
    )
