"""Two requests under one agreement: no more is allowed than is left of its quota."""

import pytest

from odoo import SUPERUSER_ID, Command, fields

from .calls import on_return
from .shop import PRICE


@pytest.fixture
def rotation(shop):
    """An agreement that lets goods of five pieces come back in a year."""
    with shop.env(SUPERUSER_ID) as env:
        agreement = env["reverse.agreement"].create(
            {
                "name": "Rotation",
                "partner_ids": [Command.set([shop.partner])],
                "date_from": fields.Date.subtract(fields.Date.today(), days=1),
                "kind": "rotation",
                "quota_amount": 5 * PRICE,
            }
        )
        versions = env["reverse.policy.version"]
        version = versions._get_for(env.company)[env.company].copy()
        version.rule_ids = [
            Command.create(
                {
                    "name": "Rotation",
                    "agreement_ids": [Command.set(agreement.ids)],
                }
            )
        ]
        administrator = env.ref("base.user_admin")
        version.with_user(administrator).action_activate()
    yield agreement.id
    with shop.env(SUPERUSER_ID) as env:
        env["reverse.agreement"].browse(agreement.id).active = False


@pytest.mark.parametrize("first", [0, None])
def test_two_requests_share_a_quota(shop, rotation, first):
    # of different orders: nothing else stands between the two
    rmas = [shop.returned("draft", shop.sell(3), 3) for _number in range(2)]
    outcomes = shop.race(
        *(on_return(rma, "action_request") for rma in rmas), first=first
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    decisions = [(*shop.read(rma, "line_ids.decision_code", "state"),) for rma in rmas]
    assert sorted(decisions) == [
        (["in_window"], ["authorized"]),
        (["quota"], ["requested"]),
    ]
    with shop.env(SUPERUSER_ID) as env:
        left = env["reverse.agreement"].browse(rotation)._get_left()
        assert list(left.values()) == [-PRICE]


@pytest.mark.parametrize("first", [0, None])
def test_two_requests_name_one_new_order(shop, rotation, first):
    with shop.env(SUPERUSER_ID) as env:
        env["reverse.agreement"].browse(rotation).needs_order = True
        order = env["sale.order"].create(
            {
                "partner_id": shop.partner,
                "order_line": [
                    Command.create(
                        {"product_id": shop.products[0], "product_uom_qty": 1}
                    )
                ],
            }
        )
        order.action_confirm()
    rmas = [shop.returned("draft", shop.sell(1), 1) for _number in range(2)]
    with shop.env() as env:
        env["reverse.rma"].browse(rmas).agreement_order_id = order.id
    outcomes = shop.race(
        *(on_return(rma, "action_request") for rma in rmas), first=first
    )
    errors = [outcome.error for outcome in outcomes if outcome.error]
    assert len(errors) == 1
    assert "this order already" in str(errors[0]) or "already stands" in str(errors[0])
