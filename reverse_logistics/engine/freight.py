"""What it costs approximately to bring goods to a facility."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """A line of a facility's table of freight, in the company's currency.

    :param region: id of the region it is for, None for everywhere
    :param float base: amount per return
    :param float per_weight: amount per unit of weight
    """

    region: int | None
    base: float
    per_weight: float = 0.0


def estimate(rates, regions, weight):
    """Estimate the freight of one return.

    :param rates: sequence of :class:`Rate`; of several for one region the first one
        counts
    :param regions: ids of the customer's regions, the narrowest first
    :param float weight: in the unit of the rates
    :return: amount in the currency of the rates, None when the table covers none of the
        regions
    """
    known = {rate.region: rate for rate in reversed(rates)}
    for region in (*regions, None):
        if region in known:
            rate = known[region]
            return rate.base + rate.per_weight * weight
    return None
