"""How much comes back in the next weeks, and between which bounds: numpy alone.

Rows are goods at a place and columns are weeks, the oldest first. What comes back
follows from what was delivered before, by the share that is returned and by how many
weeks that takes; what will be delivered is taken to go on as in the last weeks.
"""

import numpy as np

from .alarms import expose

#: Weeks that are told in advance.
AHEAD = 8
#: Weeks whose deliveries go on.
LEVEL = 8
#: After so many weeks, a week counts half.
HALF_LIFE = 26.0
#: How many returns the rate of all counts for goods of their own rate.
PRIOR = 30.0
#: The interval that is told: so often what comes lies within.
SHARE = 0.8
#: Earlier weeks from which is learned how far forecasts are off; how many forecasts
#: have to be known until the shape of errors is learned, too.
TRIED, LEAST_TRIED = 26, 40
#: How much more than by chance counts vary where nothing is known, and how many
#: forecasts that counts for.
USUAL_SPREAD, DOUBT = 1.5, 12.0
#: Weeks without which nothing is told.
LEAST_WEEKS = 8
#: What a normal number exceeds in one of ten cases.
_TENTH = 1.2816


def predict(delivered, returned, curve, ahead=AHEAD):
    """Give what is expected in each coming week.

    :param delivered: pieces, goods × weeks
    :param returned: pieces that came back, of the same shape
    :param curve: share of returns by weeks after the delivery
    """
    delivered = np.asarray(delivered, dtype=float)
    returned = np.asarray(returned, dtype=float)
    weeks = delivered.shape[1]
    level = delivered[:, -LEVEL:].mean(axis=1, keepdims=True)
    future = np.hstack([delivered, np.repeat(level, ahead, axis=1)])
    exposed = expose(future, curve)
    # The first weeks are left out: what was delivered before them is not known.
    start = min(len(curve), weeks // 2)
    weights = 0.5 ** (np.arange(weeks - start)[::-1] / HALF_LIFE)
    known, seen = exposed[:, start:weeks] @ weights, returned[:, start:] @ weights
    total = known.sum()
    usual = seen.sum() / total if total else 0.0
    pieces = PRIOR / usual if usual else 1.0
    rates = (seen + usual * pieces) / (known + pieces)
    return exposed[:, weeks:] * rates[:, None]


def spread(counts, expected):
    """Give how far counts are off, on a scale on which that does not grow with them."""
    return 2 * (np.sqrt(np.asarray(counts) + 0.375) - np.sqrt(expected + 0.125))


def tell(delivered, returned, curve, ahead=AHEAD):
    """Give ``(expected, low, high)`` of each coming week, goods × weeks.

    The bounds come from how far forecasts of earlier weeks were off.
    """
    delivered = np.asarray(delivered, dtype=float)
    returned = np.asarray(returned, dtype=float)
    if not delivered.size or delivered.shape[1] < LEAST_WEEKS:
        none = np.zeros((delivered.shape[0], ahead))
        return none, none, none
    expected = predict(delivered, returned, curve, ahead)
    bounds = _learn_bounds(delivered, returned, curve, ahead)
    roots = np.sqrt(expected + 0.125)
    low, high = (np.maximum(roots + bound / 2, 0.0) ** 2 - 0.375 for bound in bounds)
    return expected, np.clip(low, 0.0, expected), np.maximum(high, expected)


def _learn_bounds(delivered, returned, curve, ahead):
    """Give ``(lower, upper)`` errors, goods × weeks ahead, that one of ten exceeds.

    How far forecasts of earlier weeks were off: of the same goods, drawn towards that
    of all, the more the fewer weeks are known.
    """
    count, weeks = delivered.shape
    squares, known = np.zeros(count), np.zeros(count)
    errors = []
    for origin in range(max(weeks - TRIED, LEAST_WEEKS), weeks):
        told = predict(delivered[:, :origin], returned[:, :origin], curve, ahead)
        told = told[:, : weeks - origin]
        found = spread(returned[:, origin : origin + told.shape[1]], told)
        squares += (found**2).sum(axis=1)
        known += found.shape[1]
        errors.append(found)
    usual = (squares.sum() + USUAL_SPREAD * DOUBT) / (known.sum() + DOUBT)
    own = np.sqrt((squares + usual * DOUBT) / (known + DOUBT))[:, None]
    found = np.hstack([np.zeros((count, 0)), *errors]) / own
    lower, upper = -_TENTH, _TENTH
    if found.size >= LEAST_TRIED:
        off = (1 - SHARE) / 2
        lower, upper = np.quantile(found, [off, 1 - off])
    return np.repeat(own * lower, ahead, axis=1), np.repeat(own * upper, ahead, axis=1)
