"""May this come back, and who decides?"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Policy:
    """The part of a return policy that decides on a request.

    :param int window_days: days from delivery within which goods may come back
    :param bool authorize: the policy authorizes by itself inside the window
    """

    window_days: int
    authorize: bool


@dataclass(frozen=True)
class Facts:
    """What is known of one requested line.

    :param date requested_on: day of the request, in the company's time zone
    :param delivered_on: day of the delivery, None when no delivery is known
    :param bool never_arrived: the carrier brought the parcel back
    """

    requested_on: date
    delivered_on: date | None = None
    never_arrived: bool = False


@dataclass(frozen=True)
class Decision:
    """What the policy says of one line.

    :param str outcome: ``authorize`` or ``review`` (a person decides)
    :param str code: why: ``in_window``, ``late``, ``no_source``, ``manual`` or
        ``carrier`` (it never arrived, so that no window has begun)
    :param days: days between delivery and request, None without a delivery
    """

    outcome: str
    code: str
    days: int | None = None


def decide(facts, policy):
    """Decide on one line.

    :param Facts facts: the line
    :param Policy policy: the policy in force
    :rtype: Decision
    """
    known = facts.delivered_on is not None
    days = (facts.requested_on - facts.delivered_on).days if known else None
    if facts.never_arrived and policy.authorize:
        return Decision("authorize", "carrier", days)
    if not known:
        return Decision("review", "no_source")
    if days > policy.window_days:
        return Decision("review", "late", days)
    if not policy.authorize:
        return Decision("review", "manual", days)
    return Decision("authorize", "in_window", days)
