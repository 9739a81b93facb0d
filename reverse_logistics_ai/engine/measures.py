"""How good answers are, on rows that were not learned from."""

from collections import Counter, defaultdict

import numpy as np

#: Fewer answers than this prove no precision.
LEAST_ANSWERS = 10
#: Bounds of confidence in the table of calibration, and for the comparison of months.
BOUNDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
#: From here on what comes in differs from what was learned from.
DRIFT = 0.2


def by_class(truth, answers):
    """Give ``{label: {precision, recall, f1, rows}}``."""
    hits = Counter(t for t, a in zip(truth, answers, strict=True) if t == a)
    said, true = Counter(answers), Counter(truth)
    found = {}
    for label in sorted(true):
        precision = hits[label] / said[label] if said[label] else 0.0
        recall = hits[label] / true[label]
        both = precision + recall
        found[label] = {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / both if both else 0.0, 4),
            "rows": true[label],
        }
    return found


def macro_f1(truth, answers):
    """Give the mean F1 of all classes, whatever their size."""
    classes = by_class(truth, answers).values()
    return sum(each["f1"] for each in classes) / len(classes) if classes else 0.0


def by_group(groups, truth, answers):
    """Give ``{group: {rows, right}}``, such as by language."""
    found = defaultdict(lambda: [0, 0])
    for group, true, answer in zip(groups, truth, answers, strict=True):
        found[group][0] += 1
        found[group][1] += true == answer
    return {
        group: {"rows": rows, "right": round(hits / rows, 4)}
        for group, (rows, hits) in sorted(found.items())
    }


def choose_threshold(confidences, right, precision):
    """Give ``(threshold, coverage)``: from where on so many answers are right.

    The lowest confidence from which on, of all answers, the share that is right is at
    least ``precision``. Above 1, so that nothing is answered, where there is none.
    """
    order = np.argsort(-np.asarray(confidences, dtype=float), kind="stable")
    right = np.asarray(right, dtype=float)[order]
    if not len(right):
        return 1.01, 0.0
    shares = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(shares >= precision)
    enough = enough[enough >= LEAST_ANSWERS - 1]
    if not len(enough):
        return 1.01, 0.0
    last = int(enough[-1])
    return float(np.asarray(confidences)[order][last]), (last + 1) / len(right)


def calibrate(confidences, right):
    """Give rows ``(from, to, answers, mean confidence, share that is right)``."""
    table = []
    confidences = np.asarray(confidences, dtype=float)
    right = np.asarray(right, dtype=float)
    for low, high in zip(BOUNDS, BOUNDS[1:], strict=False):
        top = high if high < 1 else 1.01
        inside = (confidences >= low) & (confidences < top)
        count = int(inside.sum())
        table.append(
            (
                low,
                high,
                count,
                round(float(confidences[inside].mean()), 4) if count else 0.0,
                round(float(right[inside].mean()), 4) if count else 0.0,
            )
        )
    return table


def distribute(confidences):
    """Count confidences between the bounds."""
    counts = np.histogram(np.clip(confidences, 0, 1), bins=BOUNDS)[0]
    return counts.tolist()


def stability(expected, seen):
    """Give the population stability index of two lists of counts; 0 when one is empty.

    Each count is raised by a half, so that an empty bin says little and not everything.
    """
    if not sum(expected) or not sum(seen):
        return 0.0
    one = np.asarray(expected, dtype=float) + 0.5
    other = np.asarray(seen, dtype=float) + 0.5
    one, other = one / one.sum(), other / other.sum()
    return float(np.sum((other - one) * np.log(other / one)))
