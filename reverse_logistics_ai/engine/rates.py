"""How often goods come back to whom, beside what is usual for the same goods.

Rows are ``(holder, goods, bought, returned)``: of so many order lines of these goods
that somebody bought, so many came back. Who bought goods that come back often from
everybody is expected to send back more. Small numbers are drawn towards those of the
peers, by as much as peers differ (empirical Bayes), so that one return of one order
proves nothing.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

#: Fewer peers say nothing about what is usual.
LEAST_PEERS = 50
#: Of so many peers somebody has to stand above, with so many returns, and so many times
#: what was usual: two customers of a hundred at most are told of.
SHARE, LEAST_SEEN, LEAST_RATIO = 0.98, 3, 3.0
#: Who bought fewer order lines is compared with nobody.
LEAST_BOUGHT = 10
#: Rates of peers that differ by chance alone are drawn together, but never wholly.
_LEAST_SPREAD, _MOST_SPREAD = 1e-4, 0.9


@dataclass(frozen=True)
class Rate:
    """How often goods came back from one holder.

    :ivar int bought: order lines that were delivered
    :ivar int seen: of these came back
    :ivar float usual: how many of the same goods come back from others
    :ivar float ratio: how many times as often, drawn towards 1 where little is known
    :ivar bool stands_out: among the peers
    """

    bought: int = 0
    seen: int = 0
    usual: float = 0.0
    ratio: float = 1.0
    stands_out: bool = False


def learn_prior(counts, sizes):
    """Give ``(alpha, beta)`` of the rates of peers, by moments.

    :param counts: how many came back of each
    :param sizes: of how many
    """
    counts, sizes = np.asarray(counts, float), np.asarray(sizes, float)
    total = sizes.sum()
    mean = counts.sum() / total if total else 0.0
    if not 0 < mean < 1:
        return 1.0, 1.0
    chance = mean * (1 - mean)
    errors = (sizes * (counts / np.maximum(sizes, 1) - mean) ** 2).sum()
    room = total - (sizes**2).sum() / total - (len(sizes) - 1)
    spread = (errors - chance * (len(sizes) - 1)) / (chance * room) if room > 0 else 0
    strength = 1 / np.clip(spread, _LEAST_SPREAD, _MOST_SPREAD) - 1
    return mean * strength, (1 - mean) * strength


def shrink(counts, sizes, prior):
    """Give the rates, drawn towards those of the peers."""
    alpha, beta = prior
    counts, sizes = np.asarray(counts, float), np.asarray(sizes, float)
    return (counts + alpha) / (sizes + alpha + beta)


def compare(counts, usual):
    """Give how many times as often as usual, drawn towards 1.

    :param counts: how many came back from each
    :param usual: how many were expected of each
    """
    counts, usual = np.asarray(counts, float), np.asarray(usual, float)
    total = usual.sum()
    if not total or not counts.sum():
        return np.ones(len(counts))
    usual = usual * counts.sum() / total
    # How much more than by chance peers differ, each weighing as much as it is known.
    known = usual > 0
    errors = (counts[known] - usual[known]) ** 2 / usual[known] - 1
    strength = 1 / max(errors.sum() / usual.sum(), _LEAST_SPREAD)
    return (counts + strength) / (usual + strength)


def tell(rows):
    """Give ``{holder: Rate}`` of all who bought something, and ``{goods: rate}``.

    :param rows: of ``(holder, goods, bought, returned)``
    """
    goods = _sum(rows, 1)
    if not goods:
        return {}, {}
    bought, returned = np.array(list(goods.values())).T
    prior = learn_prior(returned, bought)
    shrunk = shrink(returned, bought, prior).tolist()
    rates = dict(zip(goods, shrunk, strict=True))
    usual = defaultdict(float)
    for holder, good, count, _returned in rows:
        usual[holder] += rates[good] * count
    return _tell_holders(_sum(rows, 0), usual), rates


def _tell_holders(holders, usual):
    known = [
        holder for holder, (bought, _back) in holders.items() if bought >= LEAST_BOUGHT
    ]
    ratios = compare(
        [holders[holder][1] for holder in known], [usual[h] for h in known]
    )
    drawn = dict(zip(known, ratios.tolist(), strict=True))
    bound = np.inf
    if len(known) >= LEAST_PEERS:
        bound = max(LEAST_RATIO, float(np.quantile(ratios, SHARE)))
    return {
        holder: Rate(
            int(bought),
            int(back),
            usual[holder],
            drawn.get(holder, 1.0),
            back >= LEAST_SEEN and drawn.get(holder, 1.0) >= bound,
        )
        for holder, (bought, back) in holders.items()
    }


def _sum(rows, column):
    """Give ``{holder or goods: (bought, returned)}``; no more returned than bought."""
    found = defaultdict(lambda: [0, 0])
    for row in rows:
        found[row[column]][0] += row[2]
        found[row[column]][1] += min(row[3], row[2])
    return found
