"""Two requests for the same goods: no more comes back than left."""

import re
from unittest import mock

import pytest

from odoo import SUPERUSER_ID
from odoo.tests import new_test_user

from .calls import on_return, return_button
from .harness import race, winner_and_loser

CLAIMED = re.compile(
    r"S\d+: only 0 units of Kettle can be returned; you entered 3\. The rest was not "
    r"delivered, or another return asks for it\."
)
TOO_MUCH = re.compile(
    r"WH/OUT/\d+ delivered 3 units of Kettle; with this return 6 units would come "
    r"back\. Lower the quantity, or cancel the return that claims the rest\."
)


def authorize(rma):
    """Allow goods outside of policy."""
    return on_return(rma, "action_authorize_exception", "A good customer.")


@pytest.mark.parametrize("first", [0, None])
def test_two_requests(shop, first):
    sale = shop.sell(3)
    rmas = [shop.returned("draft", sale, 3), shop.returned("draft", sale, 3)]
    outcomes = shop.race(
        *(on_return(rma, "action_request") for rma in rmas), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert CLAIMED.fullmatch(str(error))
    assert shop.coming_back(sale) == [3]
    assert shop.read(rmas[winner], "state") == [["authorized"]]
    assert shop.read(rmas[1 - winner], "state") == [["draft"]]
    assert shop.events(rmas[winner], rmas[1 - winner]) == [
        ["ReturnRequested", "ReturnAuthorized"],
        [],
    ]


@pytest.mark.parametrize("first", [0, 1, None])
def test_request_and_return_button(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("draft", sale, 3)
    outcomes = shop.race(
        on_return(rma, "action_request"), return_button(sale, 3), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert first in (winner, None)
    assert (TOO_MUCH if winner == 0 else CLAIMED).fullmatch(str(error))
    assert shop.coming_back(sale) == [3]
    assert shop.read(rma, "state") == [["draft" if winner else "authorized"]]
    assert shop.events(rma) == [
        [] if winner else ["ReturnRequested", "ReturnAuthorized"]
    ]


@pytest.mark.parametrize("first", [0, None])
def test_two_return_buttons(shop, first):
    sale = shop.sell(3)
    outcomes = shop.race(return_button(sale, 3), return_button(sale, 3), first=first)
    _winner, error = winner_and_loser(outcomes)
    assert TOO_MUCH.fullmatch(str(error))
    assert shop.coming_back(sale) == [3]


@pytest.mark.parametrize("delivered", [3, 6])
def test_same_lines_in_crossing_order(shop, delivered):
    sale = shop.sell(delivered, delivered)
    rmas = [
        shop.returned("draft", sale, 3, 3),
        shop.returned("draft", sale, 3, 3, reverse=True),
    ]
    outcomes = shop.race(*(on_return(rma, "action_request") for rma in rmas))
    if delivered == 6:
        assert [outcome.error for outcome in outcomes] == [None, None]
    else:
        winner, error = winner_and_loser(outcomes)
        assert re.search("only 0 units of .* can be returned", str(error))
        assert shop.read(rmas[1 - winner], "state") == [["draft"]]
    assert shop.coming_back(sale) == [delivered, delivered]
    assert all(
        names in ([], ["ReturnRequested", "ReturnAuthorized"])
        for names in shop.events(*rmas)
    )


@pytest.mark.parametrize("first", [0, 1, None])
def test_authorize_and_cancel(shop, first):
    sale = shop.sell(3, days_ago=40)
    rma = shop.returned("expected", sale, 3)
    assert shop.read(rma, "state") == [["requested"]]
    outcomes = shop.race(authorize(rma), on_return(rma, "action_cancel"), first=first)
    if outcomes[0].error:
        assert re.fullmatch(
            r"RMA/\S+ is Cancelled: this step is not possible from there\. "
            r"Reload the page to see where it is\.",
            str(outcomes[0].error),
        )
        assert shop.events(rma) == [["ReturnRequested", "ReturnCancelled"]]
    else:
        assert shop.events(rma) == [
            [
                "ReturnRequested",
                "ReturnAuthorized",
                "CommercialExceptionGranted",
                "ReturnCancelled",
            ]
        ]
    assert outcomes[1].error is None
    assert shop.read(rma, "state", "picking_ids.state")[0] == ["cancelled"]
    assert shop.coming_back(sale) == [0]


@pytest.mark.parametrize("first", [0, None])
def test_two_authorizations(shop, first):
    sale = shop.sell(3, days_ago=40)
    rma = shop.returned("expected", sale, 3)
    call = authorize(rma)
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.search("is Authorized: this step is not possible from there", str(error))
    assert shop.coming_back(sale) == [3]
    assert shop.events(rma) == [
        ["ReturnRequested", "ReturnAuthorized", "CommercialExceptionGranted"]
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_request_and_enlarged_return(shop, first):
    """A transfer of one piece is open when somebody receives three on it."""
    sale = shop.sell(3)
    picking = shop.attempt(return_button(sale, 1)).result
    rma = shop.returned("draft", sale, 2)

    def receive_all(env):
        moves = env["stock.picking"].browse(picking).move_ids
        moves.write({"quantity": 3, "picked": True})
        moves.picking_id.with_context(skip_sms=True).button_validate()

    outcomes = shop.race(on_return(rma, "action_request"), receive_all, first=first)
    winner, error = winner_and_loser(outcomes)
    if winner == 0:
        assert re.search("delivered 3 units .* 5 units would come back", str(error))
    else:
        assert re.search("only 0 units of Kettle .*can be returned", str(error))
    assert shop.coming_back(sale) == [3]
    assert shop.read(rma, "state") == [["draft" if winner else "authorized"]]


@pytest.mark.parametrize("touched", [False, True])
def test_requests_that_wait_for_a_person(shop, touched):
    """Nothing but the guard is between them: locks alone would let both pass."""

    def lock_only(records):
        records.env.cr.execute(
            "SELECT id FROM stock_move WHERE id IN %s FOR UPDATE", [tuple(records.ids)]
        )

    sale = shop.sell(3, days_ago=40)
    rmas = [shop.returned("draft", sale, 3) for _each in range(2)]
    calls = [on_return(rma, "action_request") for rma in rmas]
    if touched:
        _winner, error = winner_and_loser(shop.race(*calls))
        assert CLAIMED.fullmatch(str(error))
    else:
        with shop.env() as env:
            deliveries = type(env["stock.move"])
        with mock.patch.object(deliveries, "_reverse_touch", lock_only):
            outcomes = shop.race(*calls)
        assert [outcome.error for outcome in outcomes] == [None, None]
    states = [shop.read(rma, "state")[0] for rma in rmas]
    assert states.count(["requested"]) == (1 if touched else 2)


@pytest.mark.parametrize("first", [0, None])
def test_a_customer_sends_the_same_draft_twice(shop, first):
    """Two windows with one draft: one return, and a sentence in the other window."""
    sale = shop.sell(3)
    with shop.env(SUPERUSER_ID) as env:
        customer = new_test_user(
            env, f"customer-{sale.order}", "base.group_portal", parent_id=shop.partner
        )
        uid = customer.id
    rma = shop.returned("draft", sale, 3)

    def send(env):
        # sudo: as the page does, after it has asked whose the return is
        env["reverse.rma"].sudo().browse(rma)._request_by_customer()

    outcomes = race(shop.database, uid, send, send, first=first)
    _winner, error = winner_and_loser(outcomes)
    assert re.search("is Authorized: this step is not possible from there", str(error))
    assert shop.read(rma, "state", "requested_by_id.id") == [["authorized"], [uid]]
    assert shop.events(rma) == [["ReturnRequested", "ReturnAuthorized"]]
    assert shop.coming_back(sale) == [3]
