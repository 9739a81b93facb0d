"""Texts as weighted terms (TF-IDF over words and parts of words), in plain numpy."""

import math
from collections import Counter

import numpy as np

#: How many terms of each kind a model keeps at most: the most frequent ones.
MOST_TERMS = 30_000
WORD = "w"
_KINDS = (WORD, "p")


class Vocabulary:
    """The terms that a model knows, and how rare each of them is.

    A text becomes two unit vectors, of its words and of its parts of words, side by
    side. Terms are prefixed by their kind: ``w:too small``, ``p:mall``.
    """

    def __init__(self, terms, rarity):
        self.terms = terms
        self.rarity = np.asarray(rarity, dtype=np.float32)
        self._index = {kind: {} for kind in _KINDS}
        for number, term in enumerate(terms):
            self._index[term[0]][term[2:]] = number

    @classmethod
    def learn(cls, texts, public=()):
        """Keep the terms of public texts, and those that several customers use.

        What one customer alone wrote, such as a name, is no term of a model.

        :param texts: what ``words.count`` gives of texts of customers
        :param public: the same of texts that a company listed itself
        """
        terms, rarity = [], []
        total = len(texts) + len(public)
        for place, kind in enumerate(_KINDS):
            private = Counter(term for text in texts for term in text[place])
            listed = Counter(term for text in public for term in text[place])
            found = private + listed
            kept = [t for t in found if listed[t] or private[t] > 1]
            kept.sort(key=lambda term, found=found: (-found[term], term))
            for term in sorted(kept[:MOST_TERMS]):
                terms.append(f"{kind}:{term}")
                rarity.append(math.log((1 + total) / (1 + found[term])) + 1)
        return cls(terms, rarity)

    def get_share(self, column):
        """Give the share of all texts that have a term."""
        return math.exp(1 - self.rarity[column])

    def weigh(self, texts):
        """Give rows of a sparse matrix: ``(values, columns, starts of rows)``.

        :param texts: what ``words.count`` gives
        """
        values, columns, starts = [np.zeros(0)], [np.zeros(0)], [0]
        for text in texts:
            for kind, counted in zip(_KINDS, text, strict=True):
                index, weights = self._weigh_one(self._index[kind], counted)
                columns.append(index)
                values.append(weights)
            starts.append(starts[-1] + sum(map(len, columns[-len(_KINDS) :])))
        return (
            np.concatenate(values).astype(np.float32),
            np.concatenate(columns).astype(np.int32),
            np.asarray(starts, dtype=np.int32),
        )

    def _weigh_one(self, index, counted):
        known = sorted(
            (index[term], times) for term, times in counted.items() if term in index
        )
        columns = np.array([column for column, _times in known], dtype=np.int32)
        times = np.array([times for _column, times in known], dtype=np.float32)
        weights = (1 + np.log(times)) * self.rarity[columns]
        length = float(np.sqrt(np.sum(weights * weights)))
        return columns, weights / length if length else weights
