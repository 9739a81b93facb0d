"""Credit before the inspection: whoever sets it off together, it is given once."""

import pytest

from odoo import SUPERUSER_ID, fields

from .calls import on_parts, on_return
from .shop import PRICE


@pytest.fixture
def when_shipped(shop):
    """Policy credits as soon as the customer has shipped."""
    with shop.env(SUPERUSER_ID) as env:
        versions = env["reverse.policy.version"]
        before = versions._get_for(env.company)[env.company]
        version = before.copy()
        version.rule_ids.credit_release = "shipped"
        version.with_user(env.ref("base.user_admin")).action_activate()
        old = before.id
    yield
    with shop.env(SUPERUSER_ID) as env:
        again = env["reverse.policy.version"].browse(old).copy()
        again.with_user(env.ref("base.user_admin")).action_activate()


def ship(rma_id):
    """Note that the customer has shipped."""

    def call(env):
        env["reverse.rma"].browse(rma_id).shipped_at = fields.Datetime.now()

    return call


@pytest.mark.parametrize("first", [0, 1, None])
def test_shipped_and_received_at_once(shop, when_shipped, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 2)
    outcomes = shop.race(ship(rma), on_return(rma, "action_receive"), first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.credited(sale) == 2 * PRICE
    early, amounts = shop.read(
        rma, "line_ids.qty_early", "settlement_ids.amount_untaxed"
    )
    assert (early, sum(amounts)) == ([2], 2 * PRICE)


@pytest.mark.parametrize("first", [0, 1, None])
def test_shipped_and_inspected_at_once(shop, when_shipped, first):
    """What one of them credits the other one does not."""
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 2)
    shop.attempt(ship(rma))
    shop.attempt(on_return(rma, "action_receive"))
    shop.grade(rma, "A")
    outcomes = shop.race(ship(rma), on_parts(rma, "action_complete"), first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.credited(sale) == 2 * PRICE
