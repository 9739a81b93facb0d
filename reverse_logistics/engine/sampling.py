"""Which received goods are inspected, and which are taken as they were announced."""

import hashlib
import hmac
from dataclasses import dataclass

#: How thoroughly goods are inspected: all of them, as a random sample, or not at all.
LEVELS = ("full", "sample", "assumed")


@dataclass(frozen=True)
class Rule:
    """What a route rule says about inspection.

    :param bool skip: goods need not be inspected
    :param float percent: the share that is inspected nevertheless, 0 to 100
    """

    skip: bool = False
    percent: float = 0.0


def sampled(secret, key, percent):
    """Tell whether the goods behind a key are drawn for inspection.

    The same key always gives the same answer, so that an auditor who is told the secret
    can repeat the draw. Nobody without the secret can foresee which keys are drawn.

    :param str secret: known only to the system
    :param str key: what identifies the goods
    :param float percent: of all keys, 0 to 100
    :rtype: bool
    """
    digest = hmac.digest(secret.encode(), key.encode(), hashlib.sha256)
    return int.from_bytes(digest[:8]) / 2**64 * 100 < percent


def always(serialized, unit_value, threshold):
    """Tell whether goods are inspected whatever rules say: serialized, of high value.

    :param bool serialized: they have serial numbers
    :param float unit_value: net value of one unit
    :param float threshold: from which value on it is high, in the same currency; 0 for
        all serialized goods
    :rtype: bool
    """
    return serialized and unit_value >= threshold


def level(rule, secret, key, serialized, unit_value, threshold):
    """Say how thoroughly goods are inspected.

    The last three parameters are those of :func:`always`.

    :param Rule rule: what applies to the goods
    :param str secret: see :func:`sampled`
    :param str key: what identifies the goods
    :return: one of ``LEVELS``
    """
    if not rule.skip or always(serialized, unit_value, threshold):
        return "full"
    return "sample" if sampled(secret, key, rule.percent) else "assumed"


def share(rule, serialized, unit_value, threshold):
    """Give the share of the goods that will probably be inspected, 0 to 1.

    The last three parameters are those of :func:`always`.

    :param Rule rule: what applies to the goods
    :rtype: float
    """
    if not rule.skip or always(serialized, unit_value, threshold):
        return 1.0
    return min(rule.percent, 100.0) / 100.0
