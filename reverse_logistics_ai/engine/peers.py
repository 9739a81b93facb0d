"""Who is credited more than others of their kind: robust statistics, numpy alone.

Rows are those who are compared (customers, say) and columns are months, the oldest
first. The last months are watched, and compared month by month with what the others got
in the same months, so that a season that all of them have is no anomaly.
"""

from typing import NamedTuple

import numpy as np

#: Months that are watched, the last of them not over yet.
WATCHED = 3
#: For how many usual credits what all others got counts in a month, and what is usual
#: counts beside what somebody got.
MONTH_PRIOR, OWN_PRIOR = 10.0, 2.0
#: Fewer others are nobody to compare with.
LEAST_PEERS = 5
#: Whoever is told lies so far from the middle of all, in units of how far they usually
#: lie from it; is credited so many times what is usual; and so many usual credits more.
LIMIT, TIMES, MORE = 2.0, 2.0, 2.0
#: How far all lie from the middle at least, as a logarithm: where all are alike, a
#: small difference is none.
LEAST_SCALE = 0.25
#: How much larger the deviation of normal numbers is than their median distance.
_MAD = 1.4826


class Peers(NamedTuple):
    """Arrays with a number for each row.

    :ivar credited: in the watched months
    :ivar usual: what the others would have been credited in its place
    :ivar score: how far from the middle of all, 0 for who did nothing
    :ivar unusual: who is told
    """

    credited: np.ndarray
    usual: np.ndarray
    score: np.ndarray
    unusual: np.ndarray


def compare(credited, based, count, watched=WATCHED):
    """Compare rows with each other.

    :param credited: amounts, rows × months
    :param based: what they are a share of, such as sales, of the same shape
    :param int count: how many credits all amounts together are
    """
    credited = np.maximum(np.asarray(credited, dtype=float), 0.0)
    based = np.maximum(np.asarray(based, dtype=float), 0.0)
    own = credited[:, -watched:].sum(axis=1)
    none = np.zeros(len(own))
    total = based.sum()
    if not (credited.sum() and total and count):
        return Peers(own, none, none, none.astype(bool))
    usual_rate, one = credited.sum() / total, credited.sum() / count
    rates = _get_rates_of_others(credited, based, usual_rate, MONTH_PRIOR * one)
    usual = (based * rates)[:, -watched:].sum(axis=1)
    active = based[:, -watched:].sum(axis=1) > 0
    score = none.copy()
    if active.sum() > LEAST_PEERS:
        prior = OWN_PRIOR * one
        logs = np.log((own + prior) / (usual + prior))[active]
        middle = np.median(logs)
        scale = max(_MAD * np.median(np.abs(logs - middle)), LEAST_SCALE)
        score[active] = (logs - middle) / scale
    unusual = (score >= LIMIT) & (own >= TIMES * usual) & (own - usual >= MORE * one)
    return Peers(own, usual, score, unusual)


def _get_rates_of_others(credited, based, usual_rate, prior):
    """Give the share that all others were credited in each month.

    Drawn towards the usual share, the more the fewer credits a month has.

    :param float prior: amount for which the usual share counts
    """
    others = credited.sum(axis=0) - credited + prior
    sales = based.sum(axis=0) - based + prior / usual_rate
    return others / sales
