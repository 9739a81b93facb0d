"""Which goods come back more often than they did: weekly sums, and who stands out.

Rows are goods and columns are weeks, the oldest first. What may come back in a week
follows from what was delivered before, by a curve of how long goods take to come back.
"""

import math

import numpy as np

#: Weeks that are watched; those before say what is usual.
WATCHED = 26
#: Fewer weeks before the watched ones say nothing about what is usual, and fewer
#: returns in the last ones are none to tell of.
LEAST_WEEKS, LEAST_SEEN = 8, 2.0
#: How much the rate of all counts for goods of which little was delivered, in pieces.
#: Where less than that was delivered of all goods, nobody knows what is usual.
PRIOR = 50.0
#: Sums grow for what has doubled, and are told from here on: see ``setup/bench --ai``.
RATIO, LIMIT = 2.0, 3.0
#: Weeks over which goods are compared with each other, and the share of false ones
#: among those that are told.
COMPARED, FALSE_SHARE = 5, 0.15
#: Weeks after the delivery in which goods come back, where little is known.
USUAL_CURVE = (0.15, 0.25, 0.2, 0.15, 0.1, 0.06, 0.04, 0.03, 0.02)


def learn_curve(lags, weeks=13, prior=30.0):
    """Give the share of returns that come so many weeks after the delivery.

    :param lags: days between delivery and request; what lies before it is left out
    """
    counts = np.zeros(weeks)
    counts[: len(USUAL_CURVE)] = np.array(USUAL_CURVE) * prior
    for lag in lags:
        if 0 <= lag < 7 * weeks:
            counts[int(lag // 7)] += 1
    return counts / counts.sum()


def expose(delivered, curve):
    """Give how many pieces may come back in each week, as if all of them did."""
    delivered = np.asarray(delivered, dtype=float)
    exposed = np.zeros_like(delivered)
    weeks = delivered.shape[1]
    for lag, share in enumerate(curve[:weeks]):
        exposed[:, lag:] += share * delivered[:, : weeks - lag]
    return exposed


def expect(exposed, returned, watched=WATCHED):
    """Give ``(expected returns in each watched week, how much more they vary)``.

    The usual rate of goods is drawn towards that of all of them, the more the fewer
    there were. ``1`` is how much counts vary by chance alone.
    """
    exposed = np.asarray(exposed, dtype=float)
    returned = np.asarray(returned, dtype=float)
    before, counted = exposed[:, :-watched], returned[:, :-watched]
    total = before.sum()
    usual = counted.sum() / total if total else 0.0
    rates = (counted.sum(axis=1) + usual * PRIOR) / (before.sum(axis=1) + PRIOR)
    means = before * rates[:, None]
    known = means > 0.5
    spread = 1.0
    if known.sum() > LEAST_WEEKS:
        errors = (counted[known] - means[known]) ** 2 / means[known]
        spread = max(1.0, float(errors.mean()))
    return exposed[:, -watched:] * rates[:, None], spread


def accumulate(returned, expected, spread, level=None):
    """Give the sum of evidence after each watched week; it never falls below nothing.

    Evidence that the rate has doubled, against that it has not, divided by how much
    more than by chance counts vary.

    :param level: the sum before the first week
    """
    steps = (
        np.asarray(returned) * math.log(RATIO) - (RATIO - 1) * np.asarray(expected)
    ) / spread
    sums = np.zeros_like(steps)
    level = np.zeros(steps.shape[0]) if level is None else level
    for week in range(steps.shape[1]):
        level = np.maximum(0.0, level + steps[:, week])
        sums[:, week] = level
    return sums


def compare(returned, expected, spread):
    """Give how probable so many returns or more are by chance, in the last weeks."""
    seen = np.asarray(returned)[:, -COMPARED:].sum(axis=1)
    mean = np.asarray(expected)[:, -COMPARED:].sum(axis=1)
    scores = 2 * (np.sqrt(seen + 0.375) - np.sqrt(mean + 0.125)) / math.sqrt(spread)
    return np.array([0.5 * math.erfc(score / math.sqrt(2)) for score in scores])


def choose(chances, share=FALSE_SHARE):
    """Give which rows stand out, so that of those at most a share is false.

    The procedure of Benjamini and Hochberg.
    """
    chances = np.asarray(chances, dtype=float)
    if not len(chances):
        return np.zeros(0, dtype=bool)
    order = np.argsort(chances)
    bounds = share * np.arange(1, len(chances) + 1) / len(chances)
    below = np.flatnonzero(chances[order] <= bounds)
    chosen = np.zeros(len(chances), dtype=bool)
    if len(below):
        chosen[order[: below[-1] + 1]] = True
    return chosen


def watch(delivered, returned, curve, watched=WATCHED):
    """Give ``(which rows rise, expected returns of the last weeks, returns of these)``.

    :param delivered: pieces, goods × weeks
    :param returned: pieces that were asked back, in the week of the request
    """
    returned = np.asarray(returned, dtype=float)
    count, weeks = returned.shape if returned.size else (0, 0)
    watched = min(watched, weeks - LEAST_WEEKS)
    if not count or watched < COMPARED:
        none = np.zeros(count)
        return none.astype(bool), none, none
    exposed = expose(delivered, curve)
    if exposed[:, :-watched].sum() < PRIOR:
        return np.zeros(count, dtype=bool), np.zeros(count), np.zeros(count)
    expected, spread = expect(exposed, returned, watched)
    recent = returned[:, -watched:]
    sums = accumulate(recent, expected, spread)[:, -1]
    chances = compare(recent, expected, spread)
    seen = recent[:, -COMPARED:].sum(axis=1)
    usual = expected[:, -COMPARED:].sum(axis=1)
    rising = (sums >= LIMIT) & choose(chances) & (seen >= LEAST_SEEN)
    return rising, usual, seen
