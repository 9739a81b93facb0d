"""A chain of events in which no link can be changed, dropped or swapped unseen."""

import hashlib
import json
from decimal import Decimal

#: What the first link points to.
ROOT = "0" * 64


def canonical(payload):
    """Give the only text of ``payload``, so that equal data has equal hashes.

    :param dict payload: JSON values only
    :rtype: str
    :raises ValueError: for NaN and infinity, which JSON does not know
    :raises TypeError: for values that JSON does not know
    """
    return json.dumps(
        _as_kept(payload),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def _as_kept(value):
    """Give a value as the database gives it back.

    Large whole numbers have no point there, and nothing no sign.
    """
    if isinstance(value, dict):
        return {key: _as_kept(own) for key, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_kept(own) for own in value]
    if isinstance(value, float) and not value:
        return 0.0
    if isinstance(value, float) and abs(value) >= 1e16 and value.is_integer():
        return int(Decimal(repr(value)))
    return value


def link(previous, payload):
    """Hash ``payload`` together with the hash before it.

    :param str previous: hash of the link before, :data:`ROOT` for the first
    :param dict payload: content of this link
    :return: SHA-256 in hexadecimal
    :rtype: str
    """
    text = previous + canonical(payload)
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(links, head=None, count=None):
    """Find the first link of a chain that does not hold.

    :param links: ``(previous, hash, payload)`` in their order
    :param str head: the hash the last link must have, if known
    :param int count: how many links there must be, if known
    :return: position of the first broken link counted from 0, the length of the
        chain when links are missing at its end, None when the chain holds
    """
    expected = ROOT
    length = 0
    for position, (previous, digest, payload) in enumerate(links):
        if previous != expected or link(previous, payload) != digest:
            return position
        expected = digest
        length += 1
    if head is not None and expected != (head or ROOT):
        return length
    if count is not None and length != count:
        return length
    return None


def changed_chains(chains, sealed):
    """Tell which chains differ from what the last seal says of them.

    :param dict chains: ``{id: (count, head)}`` as they are now
    :param dict sealed: ``{id: (count, head)}`` as they were sealed
    :return: ``[[id, count, head], …]`` in the order of the ids
    """
    return [
        [number, count, head]
        for number, (count, head) in sorted(chains.items())
        if sealed.get(number) != (count, head)
    ]


def sealed_state(slices):
    """Combine what successive seals say about each chain.

    :param slices: for each seal, in their order, its chains as ``[id, count, head]``
    :return: ``{id: (count, head)}``: for each chain the longest state that was sealed
    """
    state = {}
    for chains in slices:
        for number, count, head in chains:
            if number not in state or state[number][0] <= count:
                state[number] = (count, head)
    return state


def missing_chains(sealed, found):
    """Tell which sealed chains are gone or were written anew.

    :param dict sealed: ``{id: (count, head)}``
    :param dict found: ``{id: hash}`` of the event at the sealed position of each chain
    :return: ids in ascending order
    """
    return sorted(
        number for number, (_count, head) in sealed.items() if found.get(number) != head
    )
