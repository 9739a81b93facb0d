"""What became of past cases with the same facts: how probable each outcome is, which
facts spoke for it, and the cases that are most alike.

A fact is a name with a value, such as ``condition=B``. Facts that are known late are
left out of half of what is learned, so that a case is judged without them as well.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from .classifier import FOLDS, LEAST_ROWS, MOST_ROWS, CannotLearn, Row, measure
from .linear import Linear

FORMAT = 2
#: How far weights may follow single cases.
STRENGTH = 1.0
#: Facts of less cases are none: one alone might name a customer.
LEAST_FACTS = 3
#: How many facts and similar cases an answer names.
NAMED = 3


@dataclass(frozen=True)
class Case:
    """A case whose outcome is known, or asked for.

    :ivar dict facts: ``{name: value}``, what is not known left out
    :ivar str label: its outcome
    :ivar int key: of its record
    """

    facts: dict
    label: str = ""
    key: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a case may become.

    :ivar dict chances: ``{label: probability}``, of those that it may have
    :ivar label: the most probable, None where nothing is known of such facts
    :ivar list facts: names of those that spoke for it most
    :ivar list alike: keys of the most similar cases
    :ivar bool sure: whether its probability, among all labels, reaches the threshold
    """

    chances: dict = field(default_factory=dict)
    label: str | None = None
    facts: list = field(default_factory=list)
    alike: list = field(default_factory=list)
    sure: bool = False

    @property
    def confidence(self):
        return self.chances.get(self.label, 0.0)


_UNKNOWN = Outcome()


class Outcomes:
    """Weights of facts for each outcome, a threshold, and the cases to compare.

    :ivar late: what may be found of cases of which less is known, as another ``Linear``
        over the same terms, or None
    """

    def __init__(self, terms, linear, threshold, keys, columns, late=None):
        self.terms = terms
        self.linear = linear
        self.threshold = threshold
        self.keys = keys
        self.columns = columns
        self.late = late
        self._index = {term: number for number, term in enumerate(terms)}
        # How much a fact tells apart what becomes of cases.
        self._weight = np.append(np.abs(linear.weights).max(axis=0), 0.0)

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------
    @classmethod
    def learn(cls, cases, late=(), precision=0.9, seed=0):
        """Learn from cases; give what was learned and how good it is on cases that were
        kept apart.

        :param late: names of facts that are known late
        :rtype: tuple[Outcomes, dict]
        :raises CannotLearn: when there are too few cases or only one outcome
        """
        cases = _select(cases)
        chances, classes = cls._hold_out(cases, late, seed)
        rows = [Row("", case.label) for case in cases]
        metrics = measure(rows, chances, classes, precision)
        terms, linear = cls._fit(cases, late, seed)
        index = {term: number for number, term in enumerate(terms)}
        width = max(len(case.facts) for case in cases)
        columns = np.full((len(cases), width), len(terms), dtype=np.int32)
        for row, case in enumerate(cases):
            found = [index[term] for term in _say(case.facts) if term in index]
            columns[row, : len(found)] = found
        keys = np.array([case.key for case in cases], dtype=np.int64)
        found = cls._fit_late(cases, late, index, seed)
        return cls(terms, linear, metrics["threshold"], keys, columns, found), metrics

    @classmethod
    def _fit(cls, cases, late, seed):
        early = [_leave_out(case.facts, late) for case in cases]
        count = Counter(term for case in cases for term in _say(case.facts))
        terms = sorted(term for term, times in count.items() if times >= LEAST_FACTS)
        index = {term: number for number, term in enumerate(terms)}
        facts = [case.facts for case in cases] + early
        labels = 2 * [case.label for case in cases]
        return terms, _learn(_rows(facts, index), labels, len(terms), seed)

    @classmethod
    def _fit_late(cls, cases, late, index, seed):
        """Learn what is found of cases, by the first of the facts that are known late;
        None where nobody noted it.
        """
        known = [case.facts for case in cases if late and late[0] in case.facts]
        labels = [facts[late[0]] for facts in known]
        if not labels:
            return None
        if len(set(labels)) == 1:
            weights = np.zeros((1, len(index)), dtype=np.float32)
            return Linear(labels[:1], weights, np.zeros(1))
        rows = _rows([_leave_out(facts, late) for facts in known], index)
        return _learn(rows, labels, len(index), seed)

    @classmethod
    def _hold_out(cls, cases, late, seed):
        """Give the chances of each case, said by weights that did not see it."""
        from sklearn.model_selection import StratifiedKFold

        labels = np.array([case.label for case in cases])
        classes = sorted(set(labels.tolist()))
        folds = min(FOLDS, min(Counter(labels.tolist()).values()))
        chances = np.zeros((len(cases), len(classes)))
        splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
        for known, asked in splitter.split(labels, labels):
            terms, linear = cls._fit([cases[i] for i in known], late, seed)
            index = {term: number for number, term in enumerate(terms)}
            rows = _rows([cases[i].facts for i in asked], index)
            chances[asked] = linear.score(rows)
        return chances, classes

    # ------------------------------------------------------------------
    # Answering
    # ------------------------------------------------------------------
    def answer(self, cases, allowed):
        """Give an ``Outcome`` for each case.

        :param allowed: for each case the labels that it may have; others are not
            answered
        """
        rows = _rows([case.facts for case in cases], self._index)
        scores = self.linear.score(rows)
        return [
            self._answer(rows, row, case, labels, scores[row])
            for row, (case, labels) in enumerate(zip(cases, allowed, strict=True))
        ]

    def foresee(self, cases):
        """Give ``{value: probability}`` of what may be found of each case; empty where
        nothing is known of it.
        """
        if self.late is None:
            return [{} for _case in cases]
        scores = self.late.score(_rows([case.facts for case in cases], self._index))
        return [
            dict(zip(self.late.classes, map(float, row), strict=True)) for row in scores
        ]

    def expect(self, case, allowed, late, nets):
        """Give ``{label: amount}`` of a case of which less is known as yet.

        What an outcome brings is the mean over what may be found, each as probable as
        it is together with that outcome.

        :param late: ``(name, {value: probability})`` of what may be found
        :param dict nets: ``{value: {label: amount}}``
        """
        name, chances = late
        shares, amounts = Counter(), Counter()
        cases = [Case({**case.facts, name: value}) for value in chances]
        told = self.answer(cases, [allowed] * len(cases))
        for (value, chance), outcome in zip(chances.items(), told, strict=True):
            for label, share in outcome.chances.items():
                if label in nets.get(value, {}):
                    shares[label] += chance * share
                    amounts[label] += chance * share * nets[value][label]
        # Of what is found hardly ever, the chance may round to nothing.
        return {
            label: amounts[label] / share for label, share in shares.items() if share
        }

    def _answer(self, rows, row, case, labels, scores):
        classes = [label for label in self.linear.classes if label in labels]
        alive = [self.linear.classes.index(label) for label in classes]
        shares = scores[alive]
        if rows[2][row] == rows[2][row + 1] or not shares.sum():
            return _UNKNOWN
        winner = int(shares.argmax())
        # Of all that it could be: so sure it was of the cases that were kept apart.
        sure = bool(shares[winner] >= self.threshold)
        shares = shares / shares.sum()
        spoke = self.linear.get_shares(rows, row, alive[winner])
        told = sorted((c for c in spoke if spoke[c] > 0), key=lambda c: -spoke[c])
        return Outcome(
            dict(zip(classes, map(float, shares), strict=True)),
            classes[winner],
            [self.terms[column].partition("=")[0] for column in told[:NAMED]],
            self._find_alike(case),
            sure,
        )

    def _find_alike(self, case):
        """Give the keys of the cases that share most of what tells them apart."""
        own = np.zeros(len(self.terms) + 1)
        for term in _say(case.facts):
            if term in self._index:
                own[self._index[term]] = self._weight[self._index[term]]
        alike = own[self.columns].sum(axis=1)
        alike[self.keys == case.key] = -1.0
        # Of equally similar ones the newest.
        order = np.lexsort((-self.keys, -alike))[:NAMED]
        return [int(self.keys[row]) for row in order if alike[row] > 0]

    # ------------------------------------------------------------------
    # As plain data
    # ------------------------------------------------------------------
    def to_data(self):
        """Give ``(meta, arrays)`` for ``artefact.pack``."""
        meta = {
            "format": FORMAT,
            # Read without any library of texts.
            "tier": "terms",
            "threshold": self.threshold,
            "classes": self.linear.classes,
            "terms": self.terms,
        }
        arrays = {
            "weights": self.linear.weights,
            "offsets": self.linear.offsets,
            "keys": self.keys,
            "columns": self.columns,
        }
        if self.late is not None:
            meta["late_classes"] = self.late.classes
            arrays["late_weights"] = self.late.weights
            arrays["late_offsets"] = self.late.offsets
        return meta, arrays

    @classmethod
    def from_data(cls, meta, arrays):
        """Give what ``to_data`` described, also of before anything was foreseen."""
        late = None
        if "late_classes" in meta:
            late = Linear(
                meta["late_classes"], arrays["late_weights"], arrays["late_offsets"]
            )
        return cls(
            meta["terms"],
            Linear(meta["classes"], arrays["weights"], arrays["offsets"]),
            meta["threshold"],
            arrays["keys"],
            arrays["columns"],
            late,
        )


def _leave_out(facts, names):
    return {name: value for name, value in facts.items() if name not in names}


def _say(facts):
    return [f"{name}={value}" for name, value in facts.items()]


def _rows(facts, index):
    """Give rows of a sparse matrix: ``(values, columns, starts of rows)``."""
    columns, starts = [], [0]
    for each in facts:
        columns += sorted(index[term] for term in _say(each) if term in index)
        starts.append(len(columns))
    return (
        np.ones(len(columns), dtype=np.float32),
        np.array(columns, dtype=np.int32),
        np.array(starts, dtype=np.int32),
    )


def _learn(rows, labels, width, seed):
    """Learn all outcomes at once, so that what is scored is a probability."""
    # Only here: a worker that suggests need not load them.
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    values, columns, starts = rows
    matrix = sparse.csr_matrix(
        (values, columns, starts), shape=(len(starts) - 1, width)
    )
    learner = LogisticRegression(C=STRENGTH, max_iter=500, random_state=seed)
    learner.fit(matrix, labels)
    weights, offsets = learner.coef_, learner.intercept_
    if len(weights) == 1:
        # Two outcomes are told as one against nothing.
        weights = np.vstack([np.zeros_like(weights), weights])
        offsets = np.append(0.0, offsets)
    return Linear(
        [str(each) for each in learner.classes_], weights.astype(np.float32), offsets
    )


def _select(cases):
    """Leave out outcomes with few cases, and the oldest of too many.

    :raises CannotLearn: when less than two outcomes are left
    """
    cases = [case for case in cases if case.facts and case.label][-MOST_ROWS:]
    count = Counter(case.label for case in cases)
    kept = [case for case in cases if count[case.label] >= LEAST_ROWS]
    outcomes = {case.label for case in kept}
    if not outcomes:
        raise CannotLearn("few")
    if len(outcomes) == 1:
        raise CannotLearn("one_class")
    return kept
