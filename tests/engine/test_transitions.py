import itertools

import pytest
from engine import transitions
from engine.transitions import STAGES, header_stage, line_stage, target
from hypothesis import given
from hypothesis import strategies as st

STEP = 0.01
NAMES = (
    "authorized",
    "received",
    "kept",
    "inspected",
    "put_away",
    "settled",
    "denied",
    "closed_short",
)
TABLES = [
    transitions.RMA,
    transitions.INSPECTION,
    transitions.SETTLEMENT,
    transitions.EXCEPTION,
    transitions.APPROVAL,
    transitions.QUANTITY,
]


def stage(state="authorized", shipped=False, wants_credit=True, **quantities):
    return line_stage(
        state,
        shipped,
        {name: quantities.get(name, 0) for name in NAMES},
        wants_credit,
        STEP,
    )


@pytest.mark.parametrize(
    ("table", "action", "allowed", "goal"),
    [
        (transitions.RMA, "request", {"draft"}, "requested"),
        (transitions.RMA, "authorize", {"requested"}, "authorized"),
        (transitions.RMA, "reject", {"requested"}, "rejected"),
        (transitions.RMA, "cancel", {"draft", "requested", "authorized"}, "cancelled"),
        (transitions.RMA, "close", {"authorized"}, "done"),
        (transitions.RMA, "reopen", {"done", "expired"}, "authorized"),
        (transitions.SETTLEMENT, "submit", {"draft"}, "submitted"),
        (transitions.SETTLEMENT, "approve", {"submitted"}, "approved"),
        (transitions.SETTLEMENT, "send_back", {"submitted", "approved"}, "draft"),
        (transitions.SETTLEMENT, "release", {"approved"}, "released"),
        (transitions.SETTLEMENT, "reverse", {"released"}, "reversed"),
    ],
)
def test_actions_lead_only_from_their_states(table, action, allowed, goal):
    states = {s for sources, end in table.values() for s in (*sources, end)}
    assert {s for s in states if target(table, action, s) == goal} == allowed
    assert {s for s in states if target(table, action, s) is None} == states - allowed


def test_released_money_and_final_refusals_have_no_way_back():
    assert {
        a
        for a in transitions.SETTLEMENT
        if target(transitions.SETTLEMENT, a, "released")
    } == {"reverse"}
    for table, state in (
        (transitions.RMA, "rejected"),
        (transitions.RMA, "cancelled"),
        (transitions.SETTLEMENT, "reversed"),
        (transitions.SETTLEMENT, "cancelled"),
        (transitions.EXCEPTION, "resolved"),
    ):
        assert not any(target(table, action, state) for action in table)


def test_unknown_actions_are_errors():
    for table in TABLES:
        with pytest.raises(KeyError):
            target(table, "no such action", "draft")
        assert target(table, next(iter(table)), "no such state") is None


@pytest.mark.parametrize(
    ("quantities", "expected"),
    [
        ({}, "authorized"),
        ({"shipped": True}, "in_transit"),
        ({"received": 1}, "receiving"),
        ({"received": 2}, "received"),
        ({"received": 1, "kept": 1}, "received"),
        ({"received": 2, "inspected": 1}, "received"),
        ({"received": 2, "inspected": 2}, "inspected"),
        ({"received": 2, "inspected": 2, "put_away": 1}, "inspected"),
        ({"received": 2, "inspected": 2, "put_away": 2}, "put_away"),
        ({"received": 2, "inspected": 2, "put_away": 2, "settled": 1}, "put_away"),
        ({"received": 2, "inspected": 2, "put_away": 2, "settled": 2}, "settled"),
        ({"inspected": 2, "put_away": 2, "settled": 1, "denied": 1}, "settled"),
        ({"inspected": 2, "put_away": 2, "wants_credit": False}, "settled"),
        ({"inspected": 2, "settled": 2}, "inspected"),
        ({"closed_short": 2}, "settled"),
        ({"closed_short": 1, "received": 1}, "received"),
    ],
)
def test_stage_of_a_line_of_two(quantities, expected):
    assert stage(authorized=2, **quantities) == expected
    for state in ("draft", "requested", "rejected", "cancelled"):
        assert stage(state, authorized=2, **quantities) == state


@given(
    st.integers(1, 50).flatmap(
        lambda due: st.tuples(
            st.just(due), *(st.lists(st.integers(0, due), min_size=4, max_size=4),)
        )
    )
)
def test_progress_never_moves_a_line_back(data):
    due, amounts = data
    received, inspected, put_away, settled = sorted(amounts, reverse=True)
    names = ("received", "inspected", "put_away", "settled")
    before = {"authorized": due}
    positions = [STAGES.index(stage(**before))]
    for name, amount in zip(
        names, (received, inspected, put_away, settled), strict=True
    ):
        before[name] = amount
        positions.append(STAGES.index(stage(**before)))
    assert positions == sorted(positions)
    assert (positions[-1] == len(STAGES) - 1) == (settled == due)


def test_a_return_is_as_far_as_its_slowest_line():
    for lines in itertools.combinations(STAGES, 3):
        assert header_stage("authorized", lines[::-1]) == lines[0]
    assert header_stage("authorized", []) == "authorized"
    for awaited in ("authorized", "in_transit"):
        # one line is here as a whole, of another one nothing
        assert header_stage("authorized", ["received", awaited], True) == "receiving"
        assert header_stage("authorized", [awaited, "settled"], False) == awaited
    assert header_stage("authorized", ["received", "put_away"], True) == "received"
    assert header_stage("rejected", ["settled"]) == "rejected"
