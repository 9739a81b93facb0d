"""Who may take two steps of one return, up to which amounts.

A grant allows a set of roles to be combined, in some places, up to an amount per return
and per day. A return counts once a day, with the highest amount it was used for: each
of its steps is about the same goods.
"""

from dataclasses import dataclass

from .rounding import compare


@dataclass(frozen=True)
class Grant:
    """What may be combined.

    :param roles: roles that one person may combine
    :param facilities: ids of facilities, empty for all
    :param channels: ids of channels, empty for all
    :param float per_return: up to this amount, 0 for any
    :param float per_day: up to this sum of amounts a day, 0 for any
    """

    id: int
    roles: frozenset[str]
    facilities: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    per_return: float = 0.0
    per_day: float = 0.0


@dataclass(frozen=True)
class Use:
    """One step that somebody takes who took another one before.

    :param key: what tells returns apart
    :param roles: the role of the step, and of the earlier ones
    :param facility: id of the facility, None for none
    :param channel: id of the channel, None for none
    :param float amount: net value, in the company's currency
    """

    key: object
    roles: frozenset[str]
    facility: int | None = None
    channel: int | None = None
    amount: float = 0.0


def fits(use, grant, cent):
    """Tell whether a grant is about this step, whatever the day.

    :param float cent: rounding of the currency
    """
    return (
        use.roles <= grant.roles
        and (not grant.facilities or use.facility in grant.facilities)
        and (not grant.channels or use.channel in grant.channels)
        and _within(use.amount, grant.per_return, cent)
    )


def cover(uses, grants, used, cent):
    """Find a grant for each step; what one step takes is gone for the next.

    :param uses: list of :class:`Use`
    :param grants: list of :class:`Grant`, the preferred first
    :param used: ``{grant id: {key: amount}}`` of the day so far
    :param float cent: rounding of the currency
    :return: for each use the id of its grant, or None
    :rtype: list
    """
    today = {grant.id: dict(used.get(grant.id, {})) for grant in grants}
    found = []
    for use in uses:
        covering = None
        for grant in grants:
            amounts = {**today[grant.id]}
            amounts[use.key] = max(amounts.get(use.key, 0.0), use.amount)
            total = sum(amounts.values())
            if fits(use, grant, cent) and _within(total, grant.per_day, cent):
                covering, today[grant.id] = grant.id, amounts
                break
        found.append(covering)
    return found


def _within(amount, limit, cent):
    return not limit or compare(amount, limit, cent) <= 0
