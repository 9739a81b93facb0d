"""An offer is answered, withdrawn or over once, whoever is quicker."""

from datetime import timedelta
from unittest import mock

import pytest

from odoo import SUPERUSER_ID
from odoo.modules.registry import Registry

from .shop import PRICE

PERCENT = 40.0


@pytest.fixture
def offered(shop):
    """Give a function that sells a piece and offers its customer to keep it."""

    def offer():
        sale = shop.sell(1)
        rma_id = shop.returned("expected", sale, 1)
        with shop.env() as env:
            rma = env["reverse.rma"].browse(rma_id)
            rma.action_offer_keep()
            rma.offer_ids.percent = PERCENT
            rma.offer_ids.action_send()
            rma.settlement_ids.action_approve()
            assert rma.offer_ids.state == "sent"
            return sale, rma_id, rma.offer_ids.id

    return offer


def accept(offer_id):
    """Accept it as the page does."""
    return lambda env: (
        env["reverse.offer"].sudo().browse(offer_id)._answer("accept", "link")
    )


def withdraw(offer_id):
    return lambda env: env["reverse.offer"].browse(offer_id).action_withdraw()


def receive(rma_id):
    return lambda env: env["reverse.rma"].browse(rma_id).action_receive()


def after(shop, sale, rma_id):
    """What is left: state of the offer, quantities kept and received, and credit."""
    with shop.env() as env:
        rma = env["reverse.rma"].browse(rma_id)
        rma.settlement_ids.filtered(lambda s: s.state == "approved").action_release()
        line = rma.line_ids
        state = rma.offer_ids.state
        found = state, line.qty_kept, line.qty_received
    return *found, shop.credited(sale)


ACCEPTED = ("accepted", 1, 0, PRICE * PERCENT / 100)


@pytest.mark.parametrize("first", [0, 1, None])
def test_accepted_and_withdrawn(shop, offered, first):
    sale, rma_id, offer_id = offered()
    one, other = shop.race(accept(offer_id), withdraw(offer_id), first=first)
    if one.error is None:
        assert "is Accepted and can no longer be withdrawn" in str(other.error)
        assert after(shop, sale, rma_id) == ACCEPTED
    else:
        assert "no longer open" in str(one.error)
        assert other.error is None
        assert after(shop, sale, rma_id) == ("withdrawn", 0, 0, 0)
    if first is not None:
        assert (one.error is None) == (first == 0)


@pytest.mark.parametrize("first", [0, 1])
def test_accepted_and_expired(shop, offered, first):
    """The clock of the last day decides; what was accepted in time stays accepted."""
    sale, rma_id, offer_id = offered()

    with shop.env(SUPERUSER_ID) as env:
        offer = env["reverse.offer"].browse(offer_id)
        today = offer.company_id._get_reverse_today()
        offer._guarded_write({"valid_until": today, "reminded_on": today})

    def over(env):
        """Expire it as of the day after the last one."""
        offer = env(user=SUPERUSER_ID)["reverse.offer"].browse(offer_id)
        offer.with_context(as_of=today + timedelta(1))._expire()

    kind = Registry(shop.database)["res.company"]
    usual = kind._get_reverse_today

    def as_of(company):
        return company.env.context.get("as_of") or usual(company)

    with mock.patch.object(kind, "_get_reverse_today", as_of):
        one, other = shop.race(accept(offer_id), over, first=first)
    assert other.error is None
    if first == 0:
        assert one.error is None
        assert after(shop, sale, rma_id) == ACCEPTED
    else:
        assert "was open until" in str(one.error)
        assert after(shop, sale, rma_id) == ("expired", 0, 0, 0)
        assert shop.exceptions(rma_id) == ["offer_lapsed"]


@pytest.mark.parametrize("first", [0, None])
def test_accepted_twice(shop, offered, first):
    sale, rma_id, offer_id = offered()
    outcomes = shop.race(*[accept(offer_id)] * 2, first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert after(shop, sale, rma_id) == ACCEPTED
    [names] = shop.events(rma_id)
    assert names.count("OfferAnswered") == 1


@pytest.mark.parametrize("first", [0, 1, None])
def test_accepted_and_received(shop, offered, first):
    """Goods and their price are not both with the customer."""
    sale, rma_id, offer_id = offered()
    one, other = shop.race(accept(offer_id), receive(rma_id), first=first)
    state, kept, received, credited = after(shop, sale, rma_id)
    if one.error is None:
        assert (state, kept, received) == ("accepted", 1, 0)
        assert credited == PRICE * PERCENT / 100
        assert other.error is not None
    else:
        assert (state, kept, received, credited) == ("withdrawn", 0, 1, 0)
        assert other.error is None
