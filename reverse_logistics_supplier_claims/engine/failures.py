"""One failure is claimed once: each kind of cost, and all of it from one payer."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

#: What customs give back, whoever pays for the rest.
APART = "duty"


@dataclass(frozen=True)
class Asked:
    """What is asked of somebody for a failure.

    :param frozenset failures: keys of the failure, under whichever it was found
    :param str kind: of what it cost
    :param payer: who is asked
    :param claim: with which claim
    :param bool vain: whether that brought nothing and is over, so that somebody else
        may be asked for the rest
    """

    failures: frozenset
    kind: str
    payer: Any
    claim: Any = None
    vain: bool = False


def by_failure(asked):
    """Arrange what is asked for by the failures: ``{failure: [Asked, …]}``."""
    found = defaultdict(list)
    for one in asked:
        for failure in one.failures:
            found[failure].append(one)
    return found


def explain(new, known):
    """Say what is in the way of asking for it.

    :param dict known: as :func:`by_failure` gives it
    :return: ``("kind" or "payer", the one in the way)``, None where nothing is
    """
    same = [one for failure in new.failures for one in known.get(failure, ())]
    for one in same:
        if one.kind == new.kind:
            return "kind", one
    for one in same:
        apart = one.vain or APART in (one.kind, new.kind)
        if not apart and one.payer != new.payer:
            return "payer", one
    return None


def find_conflicts(asked, known):
    """Find what may not be asked for, what stands before it in the list included.

    :param known: list of :class:`Asked`
    :return: list of ``(what is asked, why, the one in the way)``
    """
    known, found = by_failure(known), []
    for new in asked:
        reason = explain(new, known)
        if reason:
            found.append((new, *reason))
        else:
            for failure in new.failures:
                known[failure].append(new)
    return found
