"""What an inspection asks, and the grade that follows."""

import itertools

import pytest
from engine import grading
from engine.grading import Goods, Outcome, Question, Sheet, Verdict
from hypothesis import given
from hypothesis import strategies as st

A, B, D, E = 1, 2, 4, 5
RANKS = {A: 0, B: 1, D: 3, E: 4}
ONE = Goods()


def two_way(key, yes=None, no=None, kind="yes_no", **values):
    return Question(
        key, kind, outcomes=(Outcome("yes", yes), Outcome("no", no)), **values
    )


RUNS = two_way("runs", A, D, "test")
CAUSE = Question(
    "cause",
    "choice",
    outcomes=(Outcome("worn", D), Outcome("burnt", E)),
    after="runs",
    only_if=frozenset({"no"}),
)
CHARGE = Question(
    "charge",
    "number",
    outcomes=(Outcome("weak", D, 0, 50), Outcome("good", B, 50, 101)),
    lowest=0,
    highest=100,
)
SHEET = Sheet((RUNS, CAUSE, CHARGE), RANKS)


def test_the_worst_grade_counts_and_says_why():
    found = SHEET.grade({"runs": "yes", "charge": "80"}, ONE)
    assert found == Verdict(B, "charge", "good")
    found = SHEET.grade({"runs": "no", "cause": "burnt", "charge": "80"}, ONE)
    assert found == Verdict(E, "cause", "burnt")


def test_of_two_equal_grades_the_first_question_is_named():
    found = SHEET.grade({"runs": "no", "cause": "worn", "charge": "1"}, ONE)
    assert found == Verdict(D, "runs", "no")


def test_no_grade_while_something_is_missing():
    assert SHEET.missing({}, ONE) == [RUNS, CHARGE]
    assert SHEET.missing({"runs": "no", "charge": "3"}, ONE) == [CAUSE]
    assert SHEET.missing({"runs": "no", "cause": " ", "charge": "3"}, ONE) == [CAUSE]
    assert SHEET.grade({"runs": "no", "charge": "3"}, ONE) is None


def test_what_is_not_asked_says_nothing():
    assert SHEET.applying({"runs": "yes"}, ONE) == [RUNS, CHARGE]
    # answered before the first answer was changed
    found = SHEET.grade({"runs": "yes", "cause": "burnt", "charge": "99"}, ONE)
    assert found.grade == B


def test_answers_may_mean_no_grade():
    sheet = Sheet((two_way("box"), Question("words", "text", required=False)), RANKS)
    assert sheet.grade({"box": "no", "words": "torn"}, ONE) is None
    assert sheet.missing({"box": "no"}, ONE) == []


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (RUNS, "", None),
        (RUNS, None, None),
        (RUNS, "maybe", "choice"),
        (CAUSE, "worn", None),
        (CAUSE, "yes", "choice"),
        (CHARGE, "0", None),
        (CHARGE, "100.0", None),
        (CHARGE, "-0.1", "low"),
        (CHARGE, "100.1", "high"),
        (CHARGE, "80 %", "number"),
        (CHARGE, "nan", "number"),
        (CHARGE, "inf", "number"),
        (Question("n", "number"), "-1e6", None),
        (Question("n", "accessories"), "2", None),
        (Question("n", "accessories"), "-1", "count"),
        (Question("n", "accessories"), "1.5", "count"),
        (Question("n", "text"), "anything", None),
    ],
)
def test_problem(question, text, expected):
    assert grading.problem(question, text) == expected


def test_a_number_belongs_to_the_range_that_it_begins():
    for text, expected in (("0", "weak"), ("49.9", "weak"), ("50", "good")):
        assert grading.outcome(CHARGE, text, ONE) == expected
    assert grading.outcome(Question("n", "number"), "7", ONE) is None


def test_serial_numbers_are_compared_as_people_write_them():
    question = two_way("serial", A, E, "serial")
    for text, expected in (("sn 1", "yes"), ("SN1", "yes"), ("SN2", "no")):
        assert grading.outcome(question, text, Goods(serial="SN1")) == expected
    # nobody knows which one should have come
    assert grading.outcome(question, "SN1", ONE) is None


def test_accessories_are_counted_for_all_pieces():
    question = two_way("parts", None, B, "accessories", expected=2)
    three = Goods(quantity=3)
    assert grading.due(question, three) == 6
    assert grading.lacking(question, "4", three) == 2
    assert grading.outcome(question, "6", three) == "yes"
    assert grading.outcome(question, "5", three) == "no"
    assert grading.outcome(question, "2", ONE) == "yes"
    assert grading.outcome(question, "0", ONE) == "no"


def test_loops_are_found_and_never_asked():
    assert grading.find_loop({"a": None, "b": "a", "c": "b"}) == []
    assert grading.find_loop({"a": "b", "b": "a"}) == ["a", "b"]
    assert grading.find_loop({"x": "a", "a": "b", "b": "a"}) == ["a", "b"]
    assert grading.find_loop({"a": "a"}) == ["a"]
    only = frozenset({"yes"})
    loop = Sheet(
        (two_way("a", after="b", only_if=only), two_way("b", after="a", only_if=only))
    )
    assert loop.applying({"a": "yes", "b": "yes"}, ONE) == []


def test_overlaps_are_found():
    assert grading.find_overlap([("a", 0, 5), ("b", 5, 9)]) == []
    assert grading.find_overlap([("b", 4, 9), ("a", 0, 5)]) == ["a", "b"]
    assert grading.find_overlap([]) == []


def test_reading_what_was_frozen():
    document = {
        "questions": [
            {
                "key": "1",
                "kind": "choice",
                "text": {"en_US": "How is the box?"},
                "required": True,
                "lowest": None,
                "highest": None,
                "expected": 0,
                "after": None,
                "only_if": [],
                "outcomes": [
                    {"key": "7", "name": {}, "grade": E, "lowest": 0, "below": 0}
                ],
            }
        ],
        "grades": [{"id": A}, {"id": E}],
    }
    sheet = grading.read(document)
    assert sheet.ranks == {A: 0, E: 1}
    assert sheet.grade({"1": "7"}, ONE) == Verdict(E, "1", "7")
    assert sheet.get("1").kind == "choice"
    assert sheet.get("2") is None


# ----------------------------------------------------------------------
# Properties
# ----------------------------------------------------------------------
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "runs": st.sampled_from(["yes", "no", ""]),
        "cause": st.sampled_from(["worn", "burnt", "", "unknown"]),
        "charge": st.one_of(st.floats(-10, 120).map(str), st.just("")),
    },
)


@given(ANSWERS, st.permutations(SHEET.questions), st.randoms())
def test_the_order_of_questions_and_answers_does_not_matter(answers, questions, random):
    items = list(answers.items())
    random.shuffle(items)
    other = Sheet(tuple(questions), RANKS)
    one, two = SHEET.grade(answers, ONE), other.grade(dict(items), ONE)
    assert (one and one.grade) == (two and two.grade)
    assert set(other.applying(dict(items), ONE)) == set(SHEET.applying(answers, ONE))


@given(ANSWERS)
def test_the_grade_is_no_better_than_that_of_any_answer(answers):
    found = SHEET.grade(answers, ONE)
    for question in SHEET.applying(answers, ONE):
        key = grading.outcome(question, answers.get(question.key), ONE)
        meant = grading.meaning(question, key)
        if found and meant:
            assert RANKS[found.grade] >= RANKS[meant]


@given(st.dictionaries(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 5))))
def test_without_a_loop_every_question_can_be_asked(after):
    loop = grading.find_loop(after)
    for one, other in itertools.pairwise([*loop, *loop[:1]]):
        assert after[one] == other
    questions = tuple(
        two_way(
            str(key),
            after=None if before is None else str(before),
            only_if=frozenset({"yes"}),
        )
        for key, before in after.items()
        if before is None or before in after
    )
    asked = Sheet(questions).applying({q.key: "yes" for q in questions}, ONE)
    if not loop and len(questions) == len(after):
        assert len(asked) == len(questions)
