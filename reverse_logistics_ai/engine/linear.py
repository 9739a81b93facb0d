"""A linear classifier: learned with scikit-learn, read with numpy alone.

What it says is a sum over terms, so it can say which terms spoke for its answer.
"""

import numpy as np

#: How far weights may follow single rows: found on held-out rows, see ``setup/bench``.
STRENGTH = 5.0
#: What the vectors of an encoder count beside the terms of a text.
VECTORS_WEIGH = 1.0


class Linear:
    """Weights of each class for each term, and for each number of a vector."""

    def __init__(self, classes, weights, offsets, vectors=None):
        self.classes = list(classes)
        self.weights = weights
        self.offsets = offsets
        self.vectors = vectors

    @classmethod
    def learn(cls, rows, vectors, labels, width, seed=0):
        """Learn from rows of terms, with vectors beside them unless they are None.

        :param rows: what ``Vocabulary.weigh`` gives
        :param int width: how many terms there are
        """
        # Only here: a worker that suggests need not load them.
        from scipy import sparse
        from sklearn.linear_model import LogisticRegression

        values, columns, starts = rows
        matrix = sparse.csr_matrix(
            (values, columns, starts), shape=(len(starts) - 1, width)
        )
        if vectors is not None:
            beside = sparse.csr_matrix(vectors * VECTORS_WEIGH)
            matrix = sparse.hstack([matrix, beside]).tocsr()
        classes = sorted(set(labels))
        weights = np.zeros((len(classes), matrix.shape[1]), dtype=np.float32)
        offsets = np.zeros(len(classes))
        for number, label in enumerate(classes):
            # One class against the others, in the dual: rows are few, terms are many.
            learner = LogisticRegression(
                C=STRENGTH,
                class_weight="balanced",
                solver="liblinear",
                dual=True,
                random_state=seed,
                max_iter=200,
                tol=1e-3,
            )
            learner.fit(matrix, [each == label for each in labels])
            weights[number], offsets[number] = learner.coef_[0], learner.intercept_[0]
        beside = weights[:, width:] if vectors is not None else None
        return cls(classes, weights[:, :width], offsets, beside)

    def score(self, rows, vectors=None):
        """Give the probability of each class for each row."""
        values, columns, starts = rows
        scores = np.zeros((len(starts) - 1, len(self.classes)))
        for row, (begin, end) in enumerate(zip(starts, starts[1:], strict=False)):
            part = self.weights[:, columns[begin:end]] @ values[begin:end]
            scores[row] = part + self.offsets
        if self.vectors is not None:
            scores += (vectors * VECTORS_WEIGH) @ self.vectors.T
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def get_shares(self, rows, row, winner):
        """Give ``{column: share}``: what each term added to an answer, more than to the
        mean of the others.
        """
        values, columns, starts = rows
        begin, end = starts[row], starts[row + 1]
        part = self.weights[:, columns[begin:end]]
        lead = part[winner] - part.mean(axis=0)
        return dict(
            zip(
                columns[begin:end].tolist(),
                (lead * values[begin:end]).tolist(),
                strict=True,
            )
        )
