"""Whether photos look like those of damaged goods of the same category.

Learned from photos of a company's own inspected goods, for each category by itself and
only where there are enough. A few numbers of a photo (how light, coloured, rough and
spotted it is) are weighed by the linear classifier that reasons use.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from . import classifier
from .linear import Linear

FORMAT = 1
DAMAGED, SOUND = "damaged", "sound"
#: Photos of a category without which nothing is learned of it, and of each kind.
LEAST_PHOTOS, LEAST_OF_KIND = 40, 15
FOLDS = 5


@dataclass(frozen=True)
class Case:
    """A photo of goods whose condition is known.

    :ivar tuple features: see ``pictures.Picture``
    :ivar part: whose photo it is; photos of one part are learned from together or not
    """

    features: tuple
    is_damaged: bool
    category: int
    part: int


class Damage:
    """Weights for each category that enough is known of."""

    def __init__(self, models, threshold):
        self.models = models
        self.threshold = threshold

    @classmethod
    def learn(cls, cases, precision=0.9, seed=0):
        """Learn from cases; give the weights and how good they are on held-out parts.

        :rtype: tuple[Damage, dict]
        :raises classifier.CannotLearn: where no category has enough photos
        """
        known = _select(cases)
        rows, chances, models = [], [], {}
        for category, own in known.items():
            rows += [classifier.Row("", _name(case)) for case in own]
            chances.append(_hold_out(own, seed))
            models[category] = _fit(own, seed)
        chances = np.concatenate(chances)
        metrics = classifier.measure(rows, chances, [DAMAGED, SOUND], precision)
        truth = np.array([row.label == DAMAGED for row in rows])
        metrics["auc"] = round(get_auc(truth, chances[:, 0]), 4)
        metrics["categories"] = len(models)
        return cls(models, metrics["threshold"]), metrics

    def score(self, features, category):
        """Give how probable damage is by a photo; None where too little is known."""
        if category not in self.models or not features:
            return None
        return float(_score(self.models[category], [features])[0, 0])

    def to_data(self):
        """Give ``(meta, arrays)`` for ``artefact.pack``."""
        meta = {
            "format": FORMAT,
            "tier": "terms",
            "threshold": self.threshold,
            "classes": [DAMAGED, SOUND],
            "terms": [],
            "categories": sorted(self.models),
        }
        arrays = {}
        for category, (linear, mean, scale) in self.models.items():
            arrays |= {
                f"weights_{category}": linear.vectors,
                f"offsets_{category}": linear.offsets,
                f"mean_{category}": mean,
                f"scale_{category}": scale,
            }
        return meta, arrays

    @classmethod
    def from_data(cls, meta, arrays):
        """Give what ``to_data`` described."""
        none = np.zeros((2, 0), dtype=np.float32)
        models = {
            category: (
                Linear(
                    meta["classes"],
                    none,
                    arrays[f"offsets_{category}"],
                    arrays[f"weights_{category}"],
                ),
                arrays[f"mean_{category}"],
                arrays[f"scale_{category}"],
            )
            for category in meta["categories"]
        }
        return cls(models, meta["threshold"])


def get_auc(truth, scores):
    """Give how often of two photos the damaged one has the higher score."""
    damaged, sound = scores[truth], scores[~truth]
    if not len(damaged) or not len(sound):
        return 0.5
    above = (damaged[:, None] > sound[None]).mean()
    return float(above + (damaged[:, None] == sound[None]).mean() / 2)


def _name(case):
    return DAMAGED if case.is_damaged else SOUND


def _select(cases):
    """Give ``{category: cases}`` where there are enough of both kinds."""
    found = defaultdict(list)
    for case in cases:
        found[case.category].append(case)
    known = {}
    for category, own in sorted(found.items()):
        damaged = sum(case.is_damaged for case in own)
        of_kind = min(damaged, len(own) - damaged)
        if len(own) >= LEAST_PHOTOS and of_kind >= LEAST_OF_KIND:
            known[category] = own
    if not known:
        raise classifier.CannotLearn("few_photos")
    return known


def _fit(cases, seed):
    rows = np.array([case.features for case in cases], dtype=np.float32)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    # So that many numbers count no more than one: there are few photos.
    scale = np.where(scale > 0, scale, 1) * np.sqrt(rows.shape[1])
    labels = [_name(case) for case in cases]
    nothing = _no_terms(len(cases))
    return (
        Linear.learn(nothing, (rows - mean) / scale, labels, 0, seed),
        mean.astype(np.float32),
        scale.astype(np.float32),
    )


def _score(model, features):
    linear, mean, scale = model
    rows = (np.array(features, dtype=np.float32) - mean) / scale
    return linear.score(_no_terms(len(rows)), rows)


def _no_terms(count):
    return np.zeros(0), np.zeros(0, dtype=int), np.zeros(count + 1, dtype=int)


def _hold_out(cases, seed):
    """Give the chances of each photo, said by weights that know nothing of its part."""
    parts = np.array([case.part for case in cases])
    unique = np.unique(parts)
    np.random.default_rng(seed).shuffle(unique)
    fold = {part: number % FOLDS for number, part in enumerate(unique.tolist())}
    folds = np.array([fold[part] for part in parts.tolist()])
    chances = np.full((len(cases), 2), 0.5)
    for number in range(FOLDS):
        learned = [
            case for case, own in zip(cases, folds, strict=True) if own != number
        ]
        asked = np.flatnonzero(folds == number)
        if len({case.is_damaged for case in learned}) == 2 and len(asked):
            features = [cases[i].features for i in asked]
            chances[asked] = _score(_fit(learned, seed), features)
    return chances
