import pytest
from engine.duties import Grant, Use, cover, fits
from hypothesis import given
from hypothesis import strategies as st

CENT = 0.01
BOTH = frozenset({"service", "approver"})
AMOUNTS = st.integers(0, 50_000).map(lambda n: n / 100)
USES = st.lists(
    st.builds(
        Use,
        key=st.integers(1, 4),
        roles=st.just(BOTH),
        facility=st.sampled_from((None, 1, 2)),
        channel=st.sampled_from((None, 1)),
        amount=AMOUNTS,
    )
)
GRANTS = st.lists(
    st.builds(
        Grant,
        id=st.integers(1, 3),
        roles=st.sampled_from((BOTH, frozenset({"service"}))),
        facilities=st.sampled_from((frozenset(), frozenset({1}))),
        per_return=AMOUNTS,
        per_day=AMOUNTS,
    ),
    unique_by=lambda grant: grant.id,
)


@pytest.mark.parametrize(
    ("grant", "fit"),
    [
        (Grant(1, BOTH), True),
        (Grant(1, BOTH | {"inspector"}), True),
        (Grant(1, frozenset({"service", "releaser"})), False),
        (Grant(1, BOTH, facilities=frozenset({1, 2})), True),
        (Grant(1, BOTH, facilities=frozenset({2})), False),
        (Grant(1, BOTH, channels=frozenset({5})), True),
        (Grant(1, BOTH, channels=frozenset({6})), False),
        (Grant(1, BOTH, per_return=100.0), True),
        (Grant(1, BOTH, per_return=99.99), False),
    ],
)
def test_what_a_grant_is_about(grant, fit):
    use = Use("return", BOTH, facility=1, channel=5, amount=100.0)
    assert fits(use, grant, CENT) is fit


def test_unknown_place_is_not_covered_by_a_named_one():
    assert not fits(Use(1, BOTH), Grant(1, BOTH, facilities=frozenset({1})), CENT)


def test_day_is_shared_by_returns_and_each_counts_once():
    grant = Grant(1, BOTH, per_day=100.0)
    uses = [Use("a", BOTH, amount=60.0), Use("a", BOTH, amount=40.0)]
    uses += [Use("b", BOTH, amount=50.0), Use("c", BOTH, amount=40.0)]
    assert cover(uses, [grant], {}, CENT) == [1, 1, None, 1]
    assert cover(uses[:1], [grant], {1: {"z": 50.0}}, CENT) == [None]
    assert cover(uses[:1], [grant], {1: {"a": 90.0}}, CENT) == [1]


@given(USES, GRANTS, st.integers(2, 4))
def test_repeated_steps_of_a_return_use_no_more(uses, grants, times):
    """What a return is worth counts once, into however many steps it was split."""
    again = [use for use in uses[:1] for _time in range(times)]
    found = cover(uses[:1], grants, {}, CENT)
    assert cover(again, grants, {}, CENT) == found * times


def test_next_grant_is_taken_when_the_first_is_used_up():
    grants = [Grant(1, BOTH, per_day=50.0), Grant(2, BOTH)]
    uses = [Use("a", BOTH, amount=40.0), Use("b", BOTH, amount=40.0)]
    assert cover(uses, grants, {}, CENT) == [1, 2]


def test_binary_noise_exceeds_nothing():
    grant = Grant(1, BOTH, per_day=0.3)
    uses = [Use("a", BOTH, amount=0.1), Use("b", BOTH, amount=0.2)]
    assert cover(uses, [grant], {}, CENT) == [1, 1]


@given(USES, GRANTS)
def test_no_limit_is_exceeded(uses, grants):
    found = cover(uses, grants, {}, CENT)
    for grant in grants:
        taken = {}
        for use, grant_id in zip(uses, found, strict=True):
            if grant_id == grant.id:
                assert fits(use, grant, CENT)
                taken[use.key] = max(taken.get(use.key, 0.0), use.amount)
        if grant.per_day:
            assert sum(taken.values()) <= grant.per_day + CENT / 2
