"""What a text is about: learning it, measuring it, answering, and saying why."""

import random
from collections import Counter
from dataclasses import dataclass

import numpy as np

from . import encoders, measures, words
from .linear import Linear
from .vocabulary import WORD, Vocabulary

FORMAT = 1
#: Rows of a class without which it is left out.
LEAST_ROWS = 4
FOLDS = 5
#: So many texts of customers say how good answers are; fewer do so with the examples.
ENOUGH_TEXTS = 50
#: More rows are no use and take long: the newest are taken.
MOST_ROWS = 20_000
#: How sure an answer has to be while only listed examples are known, by how texts are
#: read: leaving some examples out says little about what customers write. On 402 texts
#: of customers, nine of ten answers were right from here on. Words alone are seldom
#: sure; whoever reads meaning as well is, of long texts, before it should be.
FIRST_DAY = {**dict.fromkeys(encoders.TIERS, 0.94), "terms": 0.7}
#: How many terms and examples an answer names.
NAMED = 3
#: A word that is in a larger share of all texts tells people nothing, and of words of
#: three letters and less, such as “it”, sooner.
COMMON, COMMON_SHORT, SHORT = 0.2, 0.05, 3


class CannotLearn(Exception):
    """There is nothing to tell apart; ``code`` says why."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Row:
    """A text whose class is known.

    :ivar bool public: listed by the company itself, not written by a customer
    """

    text: str
    label: str
    group: str = ""
    public: bool = False


@dataclass(frozen=True)
class Answer:
    """What a text is about.

    :ivar label: None where the text says too little
    :ivar float confidence: of the label, also where it is below the threshold
    :ivar tuple terms: words of the text that spoke for it
    :ivar example: the listed phrase that resembles the text most, or ""
    :ivar bool sure: whether the confidence reaches the threshold
    """

    label: str | None
    confidence: float = 0.0
    terms: tuple = ()
    example: str = ""
    sure: bool = False


_SILENT = Answer(None)


class Classifier:
    """A vocabulary with weights, a threshold, and the listed phrases to compare."""

    def __init__(self, vocabulary, linear, tier, threshold, phrases):
        self.vocabulary = vocabulary
        self.linear = linear
        self.tier = tier
        self.threshold = threshold
        self.phrases = phrases

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------
    @classmethod
    def learn(cls, rows, tier="terms", precision=0.9, seed=0):
        """Learn from rows; give the classifier and how good it is on held-out rows.

        :param rows: of ``Row``
        :param float precision: the share of answers that should be right
        :rtype: tuple[Classifier, dict]
        :raises CannotLearn: when there are too few rows or only one class
        """
        rows = _select(rows)
        vectors = encoders.encode(tier, [row.text for row in rows])
        counted = [words.count(row.text) for row in rows]
        asked, chances, classes = cls._hold_out(rows, counted, vectors, seed)
        metrics = measure(asked, chances, classes, precision, tier)
        vocabulary, linear = cls._fit(rows, counted, vectors, seed)
        phrases = [(row.text, row.label) for row in rows if row.public]
        found = cls(vocabulary, linear, tier, metrics["threshold"], phrases)
        return found, metrics

    @staticmethod
    def _fit(rows, counted, vectors, seed):
        pairs = list(zip(rows, counted, strict=True))
        vocabulary = Vocabulary.learn(
            [text for row, text in pairs if not row.public],
            [text for row, text in pairs if row.public],
        )
        labels = [row.label for row in rows]
        width = len(vocabulary.terms)
        weighed = vocabulary.weigh(counted)
        return vocabulary, Linear.learn(weighed, vectors, labels, width, seed)

    @classmethod
    def _hold_out(cls, rows, counted, vectors, seed):
        """Give the rows that were asked, and the chances of each answer, said by a
        model that did not see the row.
        """

        def pick(found, numbers):
            if found is None or isinstance(found, np.ndarray):
                return None if found is None else found[numbers]
            return [found[number] for number in numbers]

        classes = sorted({row.label for row in rows})
        order, chances = [], []
        for asked in _deal(rows, seed):
            held = set(asked)
            known = [number for number in range(len(rows)) if number not in held]
            parts = (pick(found, known) for found in (rows, counted, vectors))
            vocabulary, linear = cls._fit(*parts, seed)
            weighed = vocabulary.weigh(pick(counted, asked))
            chances.append(linear.score(weighed, pick(vectors, asked)))
            order += asked
        return pick(rows, order), np.concatenate(chances), classes

    # ------------------------------------------------------------------
    # Answering
    # ------------------------------------------------------------------
    def answer(self, texts, labels=None):
        """Give an ``Answer`` for each text.

        :param texts: whatever customers wrote; what is no text is answered by nothing
        :param labels: those that still exist; others are never answered
        """
        texts = [words.clean(text) for text in texts]
        asked = [i for i, text in enumerate(texts) if words.is_telling(text)]
        answers = [_SILENT] * len(texts)
        alive = [
            number
            for number, label in enumerate(self.linear.classes)
            if labels is None or label in labels
        ]
        if not asked or not alive:
            return answers
        telling = [texts[i] for i in asked]
        rows = self.vocabulary.weigh([words.count(text) for text in telling])
        chances = self.linear.score(rows, encoders.encode(self.tier, telling))
        known = np.diff(rows[2]) > 0
        for row, i in enumerate(asked):
            if not known[row]:
                continue
            winner = max(alive, key=lambda number, row=row: chances[row, number])
            confidence = float(chances[row, winner])
            answers[i] = Answer(
                self.linear.classes[winner],
                confidence,
                self._name_terms(rows, row, winner),
                self._find_example(texts[i], winner),
                confidence >= self.threshold,
            )
        return answers

    def _name_terms(self, rows, row, winner):
        """Give the words of the text that spoke most for an answer.

        A pair of neighbours counts with its words, since it says more to people.
        """
        shares, common = {}, set()
        for column, share in self.linear.get_shares(rows, row, winner).items():
            kind, _, term = self.vocabulary.terms[column].partition(":")
            if kind == WORD and share > 0:
                shares[term] = share
                most = COMMON if len(term) > SHORT else COMMON_SHORT
                if self.vocabulary.get_share(column) > most:
                    common.add(term)
        strength = {
            term: share
            + sum(shares.get(word, 0.0) for word in term.split() if word != term)
            for term, share in shares.items()
        }
        named = []
        for term in sorted(strength, key=lambda term: (-strength[term], term)):
            new = set(term.split()).isdisjoint(" ".join(named).split())
            if new and term not in common and len(named) < NAMED:
                named.append(term)
        return tuple(named)

    def _find_example(self, text, winner):
        """Give the listed phrase of the class that shares most words with the text."""
        label, said = self.linear.classes[winner], set(words.get_words(text))
        best, most = "", 0.0
        for phrase, of in self.phrases:
            if of != label:
                continue
            have = set(words.get_words(phrase))
            alike = len(have & said) / len(have | said) if have else 0.0
            if alike > most:
                best, most = phrase, alike
        return best

    # ------------------------------------------------------------------
    # As plain data
    # ------------------------------------------------------------------
    def to_data(self):
        """Give ``(meta, arrays)`` for ``artefact.pack``."""
        linear = self.linear
        meta = {
            "format": FORMAT,
            "tier": self.tier,
            "threshold": self.threshold,
            "classes": linear.classes,
            "terms": self.vocabulary.terms,
            "phrases": self.phrases,
        }
        arrays = {
            "rarity": self.vocabulary.rarity,
            "weights": linear.weights,
            "offsets": linear.offsets,
        }
        if linear.vectors is not None:
            arrays["vectors"] = linear.vectors
        return meta, arrays

    @classmethod
    def from_data(cls, meta, arrays):
        """Give the classifier that ``to_data`` described."""
        return cls(
            Vocabulary(meta["terms"], arrays["rarity"]),
            Linear(
                meta["classes"],
                arrays["weights"],
                arrays["offsets"],
                arrays.get("vectors"),
            ),
            meta["tier"],
            meta["threshold"],
            [tuple(phrase) for phrase in meta["phrases"]],
        )


def _select(rows):
    """Clean rows; leave out what says nothing, repeats, and classes with few rows.

    :raises CannotLearn: when less than two classes are left
    """
    found = {}
    for row in rows[-MOST_ROWS:]:
        text = words.clean(row.text)
        if words.is_telling(text):
            found[text, row.label] = Row(text, row.label, row.group, row.public)
    count = Counter(label for _text, label in found)
    kept = [row for row in found.values() if count[row.label] >= LEAST_ROWS]
    classes = {row.label for row in kept}
    if not classes:
        raise CannotLearn("few")
    if len(classes) == 1:
        raise CannotLearn("one_class")
    return kept


def _deal(rows, seed):
    """Give the numbers of the rows to ask in each round, the same share of each class.

    Listed examples are learned from in every round and not asked, once enough texts of
    customers are known: these are what answers are for.
    """
    asked = [number for number, row in enumerate(rows) if not row.public]
    if len(asked) < ENOUGH_TEXTS:
        asked = list(range(len(rows)))
    random.Random(seed).shuffle(asked)
    asked.sort(key=lambda number: rows[number].label)
    return [asked[first::FOLDS] for first in range(FOLDS)]


def measure(rows, chances, classes, precision, tier="terms"):
    """Give what a model card says of held-out rows."""
    truth = [row.label for row in rows]
    answers = [classes[number] for number in chances.argmax(axis=1)]
    confidences = chances.max(axis=1)
    right = [one == other for one, other in zip(truth, answers, strict=True)]
    if all(row.public for row in rows):
        threshold = FIRST_DAY[tier]
        coverage = float((confidences >= threshold).mean())
    else:
        threshold, coverage = measures.choose_threshold(confidences, right, precision)
    commonest = Counter(truth).most_common(1)[0][0]
    return {
        "rows": len(rows),
        "macro_f1": round(measures.macro_f1(truth, answers), 4),
        "baseline_f1": round(measures.macro_f1(truth, [commonest] * len(truth)), 4),
        "right": round(sum(right) / len(right), 4),
        "precision": precision,
        "threshold": threshold,
        "coverage": round(coverage, 4),
        "by_class": measures.by_class(truth, answers),
        "by_language": measures.by_group([r.group for r in rows], truth, answers),
        "calibration": measures.calibrate(confidences, right),
        "confidences": measures.distribute(confidences),
    }
