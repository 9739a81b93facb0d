import pytest
from engine.approvals import Acting, Subject, choose, outgrown
from hypothesis import given
from hypothesis import strategies as st

CENT, STEP = 0.01, 0.001
AMOUNTS = st.integers(0, 100_000).map(lambda n: n / 100)
QUANTITIES = st.dictionaries(st.integers(1, 5), st.integers(0, 50).map(float))
SUBJECTS = st.builds(Subject, amount=AMOUNTS, quantities=QUANTITIES)
PEOPLE = st.sets(st.integers(1, 6))


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (Subject(100.0, {1: 2.0}), False),
        (Subject(100.001, {1: 2.0}), False),
        (Subject(100.01, {1: 2.0}), True),
        (Subject(50.0, {1: 1.0}), False),
        (Subject(50.0, {1: 3.0}), True),
        (Subject(100.0, {1: 2.0, 2: 1.0}), True),
        (Subject(100.0, {1: 2.0, 2: 0.0}), False),
        (Subject(0.0, {}), False),
        (Subject(100.0, {1: 2.0}, "other"), True),
    ],
)
def test_more_than_was_approved_needs_a_new_approval(now, verdict):
    assert outgrown(Subject(100.0, {1: 2.0}), now, CENT, STEP) is verdict


@given(SUBJECTS)
def test_what_was_approved_stays_approved(subject):
    assert not outgrown(subject, subject, CENT, STEP)
    assert Subject.from_data(subject.to_data()) == subject


@given(SUBJECTS, SUBJECTS)
def test_of_two_different_subjects_one_is_more(first, second):
    there = outgrown(first, second, CENT, STEP)
    back = outgrown(second, first, CENT, STEP)
    same = first.amount == second.amount and {
        k: v for k, v in first.quantities.items() if v
    } == {k: v for k, v in second.quantities.items() if v}
    assert same == (not there and not back)


def test_nothing_is_stored_as_nothing():
    assert Subject.from_data(None) == Subject()


@pytest.mark.parametrize(
    ("has_role", "delegators", "excluded", "expected"),
    [
        (True, {2}, set(), Acting()),
        (True, {2}, {1}, Acting(conflict=True)),
        (False, {2}, set(), Acting(2)),
        (False, {2}, {2}, Acting(2, conflict=True)),
        (False, {2}, {1}, Acting(2, conflict=True)),
        (False, {2, 3}, {2}, Acting(3)),
        (False, set(), set(), None),
        (True, set(), {2}, Acting()),
    ],
)
def test_in_whose_name(has_role, delegators, excluded, expected):
    assert choose(1, has_role, delegators, excluded) == expected


@given(PEOPLE, PEOPLE, st.booleans())
def test_deputy_inherits_both_exclusions(delegators, excluded, has_role):
    acting = choose(7, has_role, delegators, excluded)
    if acting is None:
        assert not has_role and not delegators
    elif not acting.conflict:
        assert 7 not in excluded and acting.on_behalf_of not in excluded
    else:
        free = delegators - excluded
        assert 7 in excluded or (not free and not has_role)
