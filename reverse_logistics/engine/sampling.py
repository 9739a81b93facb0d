"""Which received goods are inspected, and which are taken as they were announced."""

import hashlib
import hmac
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


def sampled(secret, key, percent):
    """Tell whether the goods behind a key are among those that are looked at.

    The same key always gives the same answer, so that an auditor who is told the secret
    can repeat it; nobody without it can foresee which keys are drawn.

    :param str secret: that only the system knows
    :param str key: what identifies the goods
    :param float percent: of all keys, 0 to 100
    """
    digest = hmac.digest(secret.encode(), key.encode(), hashlib.sha256)
    return int.from_bytes(digest[:8]) / 2**64 * 100 < percent


def always(serialized, unit_value, threshold):
    """Whether somebody looks at goods whatever rules say: serialized, of high value.

    :param bool serialized: they have serial numbers
    :param float unit_value: net value of one piece
    :param float threshold: the value from which it is high; 0 for all serialized goods
    :rtype: bool
    """
    return serialized and unit_value >= threshold


def level(rule, secret, key, serialized, unit_value, threshold):
    """Say how far goods are looked at; for the last three see ``always``.

    :param Rule rule: what applies to them
    :param str secret: see ``sampled``
    :param str key: what identifies them
    :return: one of ``LEVELS``: ``full``, ``sample`` (drawn at random) or ``assumed``
    """
    if not rule.skip or always(serialized, unit_value, threshold):
        return "full"
    return "sample" if sampled(secret, key, rule.percent) else "assumed"


def share(rule, serialized, unit_value, threshold):
    """Give the share of goods that will probably be looked at, 0 to 1."""
    if not rule.skip or always(serialized, unit_value, threshold):
        return 1.0
    return min(rule.percent, 100.0) / 100.0
