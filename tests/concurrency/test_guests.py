"""A link that was mailed to a guest lets in one visitor, however many press at once."""

from unittest import mock

import pytest

from odoo import SUPERUSER_ID

KEY = "k" * 43


@pytest.fixture
def portal(shop):
    with shop.env(SUPERUSER_ID) as env:
        env.company.reverse_portal = "request"
    yield
    with shop.env(SUPERUSER_ID) as env:
        env.company.reverse_portal = "no"


def ask(shop, sale):
    """Have a link made for the order of a sale; only its mail knows the key."""
    with shop.env(SUPERUSER_ID) as env:
        order = env["sale.order"].browse(sale.order)
        requests = env["reverse.guest.request"]
        asked = requests._receive("link", order.company_id, "x", email="a@example.com")
        with mock.patch("secrets.token_urlsafe", return_value=KEY):
            asked._guarded_write({"order_id": order.id})
            asked._mail_link()


@pytest.mark.parametrize("first", [0, None])
def test_two_visitors_open_one_link(shop, portal, first):
    sale = shop.sell(1)
    ask(shop, sale)
    outcomes = shop.race(
        *[lambda env: env["reverse.guest.request"].sudo()._open(KEY).id] * 2,
        first=first,
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert {outcome.result for outcome in outcomes} == {sale.order, False}
    assert max(outcome.tries for outcome in outcomes) > 1
