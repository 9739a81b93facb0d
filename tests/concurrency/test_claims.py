"""Two persons accept claims at once: the books are corrected once."""

import re

import pytest

from odoo import Command

from .calls import on_return
from .harness import winner_and_loser


def claimed(shop, sale, claim, **values):
    """Ask for what a shipping error of three pieces calls for; give the return."""
    with shop.env() as env:
        reason = env["reverse.reason"].search([("claim", "=", claim)], limit=1)
        line = {
            "sale_line_id": sale.lines[0],
            "quantity": 3,
            "reason_id": reason.id,
            **values,
        }
        rma = env["reverse.rma"].create(
            {"partner_id": shop.partner, "line_ids": [Command.create(line)]}
        )
        rma.action_request()
        assert rma.state == "requested"
        return rma.id


@pytest.mark.parametrize("first", [0, None])
def test_one_claim_accepted_twice(shop, first):
    sale = shop.sell(3)
    rma = claimed(shop, sale, "short_shipped")
    call = on_return(rma, "action_authorize")
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.search("is Authorized: this step is not possible from there", str(error))
    assert shop.coming_back(sale) == [3]
    assert shop.events(rma) == [
        ["ReturnRequested", "ReturnAuthorized", "ClaimCorrected"]
    ]


@pytest.mark.parametrize("first", [0, 1, None])
def test_two_prices_of_the_same_goods(shop, first):
    sale = shop.sell(3)
    rmas = [
        claimed(shop, sale, "price_error", claimed_price=price) for price in (90, 80)
    ]
    outcomes = shop.race(
        *(on_return(rma, "action_authorize") for rma in rmas), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert re.search("only of 0 it is invoiced too high and was not", str(error))
    assert shop.read(rmas[winner], "state", "settlement_ids.state") == [
        ["authorized"],
        ["draft"],
    ]
    assert shop.read(rmas[1 - winner], "state", "settlement_ids.state") == [
        ["requested"],
        [],
    ]
