"""Who may take two steps of one return, up to which amounts.

A grant allows a set of roles to be combined: at some places, up to an amount per return
and an amount per day. A return counts once a day, with the highest amount it was used
for, because all of its steps are about the same goods.
"""

from dataclasses import dataclass

from .rounding import compare


@dataclass(frozen=True)
class Grant:
    """Which roles may be combined, where, and up to which amounts.

    :param roles: roles that one person may combine
    :param facilities: ids of facilities, empty for all
    :param channels: ids of channels, empty for all
    :param float per_return: largest amount of a return, company currency; 0 for any
    :param float per_day: largest sum of the amounts of a day, company currency; 0 for
        any
    """

    id: int
    roles: frozenset[str]
    facilities: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    per_return: float = 0.0
    per_day: float = 0.0


@dataclass(frozen=True)
class Use:
    """A step of somebody who took an earlier step of the same return.

    :param key: whatever identifies the return
    :param roles: the role of this step and those of the earlier ones
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
    """Tell whether a grant covers this step, leaving aside what was used that day.

    :param Use use: the step
    :param Grant grant: what may cover it
    :param float cent: rounding of the currency
    :rtype: bool
    """
    return (
        use.roles <= grant.roles
        and (not grant.facilities or use.facility in grant.facilities)
        and (not grant.channels or use.channel in grant.channels)
        and _within(use.amount, grant.per_return, cent)
    )


def cover(uses, grants, used, cent):
    """Find a grant for each step; what one step uses up is missing for the next.

    :param uses: list of :class:`Use`
    :param grants: list of :class:`Grant`, the preferred one first
    :param used: ``{grant id: {key: amount}}`` of the day so far
    :param float cent: rounding of the currency
    :return: for each use the id of its grant, or None
    :rtype: list[int | None]
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
