"""How good a supplier is, in numbers that do not say more than they know."""

from math import sqrt
from typing import NamedTuple

#: Rates of defects are given per million.
MILLION = 1e6
#: Quantile of the normal distribution that leaves 2.5 % at either end.
_Z = 1.959963984540054


class Rate(NamedTuple):
    """Defective parts per million.

    :param float defective: parts, without those in which no trouble was found
    :param float received: parts
    :param float low: lower end of the band in which the true rate lies with 95 %
    :param float high: upper end
    """

    defective: float
    received: float
    ppm: float
    low: float
    high: float


def rate(defective, received):
    """Give the rate of defects per million, with a band; None where nothing came.

    One of 300 reads as 3,333 and may as well be 590 or 18,600: the band says so. It is
    the score interval of Edwin B. Wilson, "Probable Inference, the Law of Succession,
    and Statistical Inference", Journal of the American Statistical Association 22
    (1927), pages 209-212; it stays within 0 and 1, and holds for small numbers.

    Parts that came in an earlier period may be found defective in this one, so that
    there can be more of them than came: then all are.
    """
    if received <= 0:
        return None
    share = min(defective / received, 1.0)
    square = _Z * _Z
    middle = share + square / (2 * received)
    spread = _Z * sqrt(
        share * (1 - share) / received + square / (4 * received * received)
    )
    scale = 1 + square / received
    return Rate(
        defective,
        received,
        share * MILLION,
        max(middle - spread, 0.0) / scale * MILLION,
        min((middle + spread) / scale, 1.0) * MILLION,
    )


def ratio(part, whole, scale=1.0):
    """Give a part of a whole, None where there is no whole."""
    return part / whole * scale if whole else None


def why_unclaimed(partner, agreement, allowance, value, minimum, deadline, today):
    """Say why nobody has claimed goods that somebody outside owes.

    :param bool partner: whether it is known who would pay
    :param bool agreement: whether there is one
    :param bool allowance: whether a standing allowance pays instead
    :param float value: what could be claimed
    :param float minimum: smallest claim of the agreement, in the same currency
    :param deadline: last day on which it could be claimed, None without one
    :return: code of ``unclaimed_reason`` of ``reverse.inspection``; None for what is
        worth nothing
    """
    if value <= 0:
        return None
    if allowance:
        return "allowance"
    if not partner:
        return "unknown"
    if deadline and deadline < today:
        return "late"
    if agreement and value < minimum:
        return "minimum"
    return "open" if agreement else "no_agreement"
