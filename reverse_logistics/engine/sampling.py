"""Which received goods are inspected, and which are taken as they were announced."""

import hashlib
from dataclasses import dataclass

#: How far goods are looked at.
LEVELS = ("full", "sample", "assumed")


@dataclass(frozen=True)
class Rule:
    """What a route rule says about inspection.

    :param bool skip: goods need not be looked at
    :param float percent: of them, so many are nevertheless
    """

    skip: bool = False
    percent: float = 0.0


def sampled(key, percent):
    """Tell whether the goods behind a key are among those that are looked at.

    The same key always gives the same answer, so that an auditor can repeat it; which
    keys are drawn follows from nothing that anybody chooses.

    :param str key: what identifies the goods
    :param float percent: of all keys, 0 to 100
    """
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
    return drawn * 100 < percent


def always(serialized, unit_value, threshold):
    """Whether somebody looks at goods whatever rules say: serialized, of high value.

    :param bool serialized: they have serial numbers
    :param float unit_value: net value of one piece
    :param float threshold: the value from which it is high; 0 for all serialized goods
    :rtype: bool
    """
    return serialized and unit_value >= threshold


def level(rule, key, serialized, unit_value, threshold):
    """Say how far goods are looked at; for the last three see ``always``.

    :param Rule rule: what applies to them
    :param str key: what identifies them
    :return: one of ``LEVELS``: ``full``, ``sample`` (drawn at random) or ``assumed``
    """
    if not rule.skip or always(serialized, unit_value, threshold):
        return "full"
    return "sample" if sampled(key, rule.percent) else "assumed"


def share(rule, serialized, unit_value, threshold):
    """Give the share of goods that will probably be looked at, 0 to 1."""
    if not rule.skip or always(serialized, unit_value, threshold):
        return 1.0
    return min(rule.percent, 100.0) / 100.0
