"""One failure is claimed once: each kind of cost, and all of it from one payer."""

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


def explain(new, known):
    """Say what is in the way of asking for it.

    :param known: of :class:`Asked`
    :return: ``("kind" or "payer", the one in the way)``, None where nothing is
    """
    same = [one for one in known if one.failures & new.failures]
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

    :return: list of ``(what is asked, why, the one in the way)``
    """
    known, found = list(known), []
    for new in asked:
        reason = explain(new, known)
        if reason:
            found.append((new, *reason))
        else:
            known.append(new)
    return found
