"""A lost race at any statement of any step: repeated once, and done exactly once."""

import pytest

from .calls import on_parts, on_return
from .harness import Statements, short_waits
from .shop import PRICE


def on_proposal(rma_id, action):
    """Press a button of the settlement that policy does not decide."""
    return lambda env: getattr(
        env["reverse.rma"]
        .browse(rma_id)
        .settlement_ids.filtered(lambda settlement: not settlement.policy_version_id),
        action,
    )()


STEPS = {
    "request": (on_return, "action_request"),
    "receive": (on_return, "action_receive"),
    "inspect": (on_parts, "action_complete"),
    "submit": (on_proposal, "action_submit"),
    "approve": (on_proposal, "action_approve"),
    "release": (on_proposal, "action_release"),
}
DOCUMENTS = {
    "picking_ids.state": ["done", "done", "done"],
    "line_ids.move_ids.quantity": [2, 3],
    "inspection_ids.state": ["done", "done"],
    "inspection_ids.move_ids.quantity": [2, 3],
    "settlement_ids.state": ["released", "released"],
    "credit_note_ids.state": ["posted", "posted"],
    "credit_note_ids.amount_untaxed": [3 * PRICE, 2 * PRICE],
    "line_ids.qty_received": [2, 3],
    "line_ids.qty_put_away": [2, 3],
    "line_ids.qty_settled": [2, 3],
    "exception_ids.type": [],
    "state": ["done"],
}
EVENTS = [
    "ReturnRequested",
    "ReturnAuthorized",
    "ReturnReceived",
    "InspectionCompleted",
    "InventoryDispositionUpdated",
    "InventoryDispositionUpdated",
    "CreditApproved",
    "InvoiceAdjusted",
    "CreditSubmitted",
    "CreditApproved",
    "InvoiceAdjusted",
    "ReturnClosed",
]


@pytest.fixture(scope="module")
def statements(shop):
    """How many statements each step needs, of a return without faults."""
    counted = {}
    rma = shop.returned("draft", shop.sell(2, 3), 2, 3)
    for step in STEPS:
        count = Statements()
        outcome, _tries = run(shop, rma, step, count)
        assert outcome.error is None
        counted[step] = count.count
    return counted


def run(shop, rma, step, statements):
    """Do a step of a return, watching the statements of its first try."""
    if step == "inspect":
        # Policy credits what is as new; a person decides on the damaged.
        shop.grade(rma, "AD")
    button, action = STEPS[step]
    tries = []

    def call(env):
        tries.append(None)
        if len(tries) > 1:
            return button(rma, action)(env)
        with statements.of(env.cr):
            result = button(rma, action)(env)
            env.cr.flush()
            return result

    with short_waits():
        return shop.attempt(call), len(tries)


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_every_step_meets_a_lost_race(shop, statements, part):
    sale = shop.sell(2, 3)
    rma = shop.returned("draft", sale, 2, 3)
    for step, count in statements.items():
        failing = Statements(failing=int(count * part))
        outcome, tries = run(shop, rma, step, failing)
        assert (step, outcome.error, tries) == (step, None, 2)
    found = dict(zip(DOCUMENTS, shop.read(rma, *DOCUMENTS), strict=True))
    assert found == DOCUMENTS
    assert shop.coming_back(sale) == [2, 3]
    assert shop.credited(sale) == 5 * PRICE
    assert shop.events(rma) == [EVENTS]
