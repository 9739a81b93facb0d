"""Two approvals of the same loss at once: what is open is written off once."""

import re

import pytest

from odoo import SUPERUSER_ID, Command

from .harness import winner_and_loser
from .shop import Shop

GROUPS = "reverse_logistics_supplier_claims.group_claims_"


@pytest.fixture(scope="module")
def approver_shop(new_database):
    """A shop with all addons, whose desk approves what somebody else claims."""
    shop = Shop(new_database(suite=True))
    with shop.env(SUPERUSER_ID) as env:
        group = env.ref(f"{GROUPS}approver")
        env["res.users"].browse(shop.uid).group_ids = [Command.link(group.id)]
        claimant = env["res.users"].create(
            {
                "name": "Claimant",
                "login": "claimant",
                "group_ids": [Command.set(env.ref(f"{GROUPS}user").ids)],
            }
        )
        shop.claimant = claimant.id
    return shop


def refused(shop):
    """A claim over 80 that the supplier refused, with two requests to write it off."""
    with shop.env(shop.claimant) as env:
        claim = env["reverse.supplier.claim"].create(
            {
                "partner_id": shop.partner,
                "line_ids": [
                    Command.create(
                        {"kind": "other", "name": "Sorting", "amount_claimed": 80.0}
                    )
                ],
            }
        )
        claim.action_submit()
        claim._answer("refuse", {claim.line_ids: (0.0, "No")})
        values = {
            "partner_id": shop.partner,
            "kind": "write_off",
            "reason": "Refused",
            "claim_ids": [Command.set(claim.ids)],
        }
        losses = env["reverse.supplier.loss"].create([dict(values), dict(values)])
        return claim.id, losses.ids


@pytest.mark.parametrize("first", [0, None])
def test_loss_approved_twice(approver_shop, first):
    shop = approver_shop

    def approve(loss):
        return lambda env: env["reverse.supplier.loss"].browse(loss).action_approve()

    for same in (True, False):
        claim, losses = refused(shop)
        outcomes = shop.race(
            approve(losses[0]), approve(losses[0 if same else 1]), first=first
        )
        _winner, error = winner_and_loser(outcomes)
        assert re.search("there is nothing to write off", str(error))
        with shop.env() as env:
            known = env["reverse.supplier.claim"].browse(claim)
            assert (known.amount_written_off, known.amount_open) == (80.0, 0.0)
