"""What an inspection asks, which questions apply, and the grade that the answers give.

The questions of a template are frozen as plain data, a *sheet*, when an inspection
begins::

    {"questions": [{"key", "kind", "text", "required", "lowest", "highest", "expected",
                    "after", "only_if": [outcome, …],
                    "outcomes": [{"key", "name", "grade", "lowest", "below"}, …]}, …],
     "grades": [{"id", "code"}, …]}

Texts are ``{language: text}``; grades stand in their order, the worst one last. An
answer is a text: ``yes`` or ``no``, the key of a choice, a number, or words. What it
comes to is its *outcome*; each outcome may mean a grade, and the worst one counts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from .limits import AMOUNT

#: Kinds whose answer comes to yes or no.
TWO_WAY = ("yes_no", "test", "accessories", "serial")
#: Kinds whose answers come to one of the outcomes that a template lists.
LISTED = ("choice", "number")
#: Kinds whose answers mean no grade.
FREE = ("text", "photo")
KINDS = TWO_WAY + LISTED + FREE


@dataclass(frozen=True)
class Outcome:
    """What an answer can come to.

    :param str key: ``yes``, ``no``, or the key of a choice
    :param grade: id of the grade that it means, None for none
    :param float lowest: of a range of numbers
    :param float below: where the range ends; it is no part of it
    """

    key: str
    grade: int | None = None
    lowest: float = 0.0
    below: float = 0.0


@dataclass(frozen=True)
class Question:
    """A question of a sheet.

    :param str kind: one of ``KINDS``
    :param lowest: numbers below it are refused, None for no limit
    :param highest: numbers above it are refused, None for no limit
    :param float expected: how many accessories come with each piece
    :param after: key of the question on whose outcome it depends, None if on none
    :param only_if: the outcomes of that question with which it is asked
    """

    key: str
    kind: str
    required: bool = True
    outcomes: tuple[Outcome, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    expected: float = 0.0
    after: str | None = None
    only_if: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Goods:
    """What answers are compared with.

    :param float quantity: how many pieces are inspected
    :param str serial: the lot or serial number that should have come, empty if unknown
    """

    quantity: float = 1.0
    serial: str = ""


@dataclass(frozen=True)
class Verdict:
    """The grade that the answers give.

    :param int grade: its id
    :param str key: of the question that decides
    :param str outcome: key of the outcome that means this grade
    """

    grade: int
    key: str
    outcome: str


@dataclass(frozen=True)
class Sheet:
    """All questions of one inspection.

    :param questions: in their order
    :param ranks: ``{grade id: rank}``, the worst grade with the highest rank
    """

    questions: tuple[Question, ...] = ()
    ranks: Mapping[int, int] = field(default_factory=dict)

    def get(self, key):
        """Give the question with a key, None for keys that are not asked."""
        return next((q for q in self.questions if q.key == key), None)

    def applying(self, answers, goods):
        """Give the questions that are asked, as far as it is known by now.

        :param answers: ``{key: text}``
        :param Goods goods: what they are about
        :rtype: list[Question]
        """
        by_key = {question.key: question for question in self.questions}
        known = {}

        def applies(question):
            if question.key not in known:
                # A question that waits for itself is never asked.
                known[question.key] = False
                before = by_key.get(question.after)
                known[question.key] = question.after is None or (
                    before is not None
                    and applies(before)
                    and outcome(before, answers.get(before.key), goods)
                    in question.only_if
                )
            return known[question.key]

        return [question for question in self.questions if applies(question)]

    def missing(self, answers, goods):
        """Give the questions that have to be answered, and are not.

        :param answers: ``{key: text}``
        :param Goods goods: what they are about
        :rtype: list[Question]
        """
        return [
            question
            for question in self.applying(answers, goods)
            if question.required and not _said(answers.get(question.key))
        ]

    def grade(self, answers, goods):
        """Give the worst grade of all answers, as soon as nothing is missing.

        :param answers: ``{key: text}``
        :param Goods goods: what they are about
        :return: :class:`Verdict`, None when something is missing or no answer means any
        """
        if self.missing(answers, goods):
            return None
        verdicts = []
        for question in self.applying(answers, goods):
            found = outcome(question, answers.get(question.key), goods)
            grade = meaning(question, found)
            if grade is not None:
                verdicts.append(Verdict(grade, question.key, found))
        return max(
            verdicts, key=lambda each: self.ranks.get(each.grade, -1), default=None
        )


def read(document):
    """Make a sheet of plain data.

    :param dict document: see the top of this file
    :rtype: Sheet
    """
    return Sheet(
        tuple(
            Question(
                key=row["key"],
                kind=row["kind"],
                required=row["required"],
                outcomes=tuple(
                    Outcome(one["key"], one["grade"], one["lowest"], one["below"])
                    for one in row["outcomes"]
                ),
                lowest=row["lowest"],
                highest=row["highest"],
                expected=row["expected"],
                after=row["after"],
                only_if=frozenset(row["only_if"]),
            )
            for row in document["questions"]
        ),
        {row["id"]: rank for rank, row in enumerate(document["grades"])},
    )


def problem(question, text):
    """Say what is wrong with an answer, None if nothing.

    :param Question question: that is answered
    :param text: the answer; an empty one is none, which is not wrong
    :return: ``choice``, ``number``, ``count``, ``low`` or ``high``
    """
    text = _said(text)
    if not text:
        return None
    if question.kind in ("yes_no", "test"):
        return None if text in ("yes", "no") else "choice"
    if question.kind == "choice":
        keys = [each.key for each in question.outcomes]
        return None if text in keys else "choice"
    if question.kind not in ("number", "accessories"):
        return None
    number = to_number(text)
    if number is None:
        return "number"
    if question.kind == "accessories":
        return None if number >= 0 and number == int(number) else "count"
    if question.lowest is not None and number < question.lowest:
        return "low"
    if question.highest is not None and number > question.highest:
        return "high"
    return None


def outcome(question, text, goods):
    """Give the key of what an answer comes to, None where it comes to nothing.

    :param Question question: that is answered
    :param text: the answer
    :param Goods goods: what it is about
    """
    text = _said(text)
    if not text or problem(question, text) or question.kind in FREE:
        return None
    if question.kind == "serial":
        return _yes(_same(text, goods.serial)) if goods.serial else None
    if question.kind == "accessories":
        return _yes(not lacking(question, text, goods))
    if question.kind == "number":
        number = to_number(text)
        return next(
            (o.key for o in question.outcomes if o.lowest <= number < o.below), None
        )
    return text


def meaning(question, key):
    """Give the grade that an outcome of a question means, None for none."""
    return next((o.grade for o in question.outcomes if o.key == key), None)


def lacking(question, text, goods):
    """Give how many accessories are missing, with all pieces together.

    Of a part of a piece all accessories are expected.

    :param Question question: that asks for their number
    :param text: how many there are; an empty answer misses nothing
    :param Goods goods: that should have come with them
    """
    number = to_number(text)
    if number is None:
        return 0.0
    return max(due(question, goods) - number, 0.0)


def due(question, goods):
    """Give how many accessories should have come with these goods."""
    return question.expected * math.ceil(round(goods.quantity, 9))


def to_number(text):
    """Read a number as programs write it, None for everything else."""
    try:
        number = float(_said(text))
    except ValueError:
        return None
    return number if abs(number) <= AMOUNT else None


def find_loop(after):
    """Find questions that wait for each other, so that none of them is ever asked.

    :param dict after: ``{key: key of the question that it depends on, or None}``
    :return: the keys of one such circle, empty when there is none
    """
    for start in after:
        path = [start]
        while after.get(path[-1]) is not None:
            step = after[path[-1]]
            if step in path:
                return path[path.index(step) :]
            path.append(step)
    return []


def find_overlap(ranges):
    """Find two ranges of numbers that have a number in common.

    :param ranges: ``[(key, lowest, below)]``
    :return: the keys of the two, empty when there are none
    """
    ordered = sorted(ranges, key=lambda each: each[1:])
    for first, second in zip(ordered, ordered[1:], strict=False):
        if second[1] < first[2]:
            return [first[0], second[0]]
    return []


def _said(text):
    return str(text).strip() if text else ""


def _yes(value):
    return "yes" if value else "no"


def _same(one, other):
    """Whether two serial numbers are the same, however people write them."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
