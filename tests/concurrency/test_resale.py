"""Two persons sell the same returned goods: they are in one lot, and sold once."""

import re

import pytest

from odoo import SUPERUSER_ID

from .harness import winner_and_loser
from .shop import Shop


@pytest.fixture(scope="module")
def suite_shop(new_database):
    return Shop(new_database(suite=True))


def waiting(shop):
    """Two pieces wait for liquidation; give their inspection."""
    rma = shop.returned("graded", shop.sell(2), 2)
    with shop.env() as env:
        parts = env["reverse.rma"].browse(rma).inspection_ids
        parts.disposition_id = env.ref("reverse_logistics_resale.disposition_liquidate")
        parts.action_complete()
        return parts.id


def new_lot(shop):
    with shop.env() as env:
        return (
            env["reverse.liquidation"]
            .create({"partner_id": shop.partner, "price": 50.0})
            .id
        )


def on_lot(lot, method):
    return lambda env: getattr(env["reverse.liquidation"].browse(lot), method)()


@pytest.mark.parametrize("first", [0, None])
def test_one_piece_in_two_lots(suite_shop, first):
    shop = suite_shop
    part = waiting(shop)
    lots = new_lot(shop), new_lot(shop)

    def by_hand(env):
        env["reverse.liquidation.line"].create(
            {"liquidation_id": lots[1], "inspection_id": part}
        )

    for call in (on_lot(lots[1], "action_take_waiting"), by_hand):
        _winner, error = winner_and_loser(
            shop.race(on_lot(lots[0], "action_take_waiting"), call, first=first)
        )
        said = r"Nothing waits for liquidation|in the liquidation lot LIQ/\S+ already"
        assert re.search(said, str(error))
        with shop.env() as env:
            lines = env["reverse.liquidation.line"].search(
                [("inspection_id", "=", part)]
            )
            assert len(lines) == 1
            lines.unlink()
    with shop.env() as env:
        env["reverse.liquidation"].browse(lots[0]).action_take_waiting()
    confirm = on_lot(lots[0], "action_confirm")
    _winner, error = winner_and_loser(shop.race(confirm, confirm, first=first))
    assert re.search("is Confirmed and cannot be confirmed", str(error))
    with shop.env(SUPERUSER_ID) as env:
        lot = env["reverse.liquidation"].browse(lots[0])
        orders = env["sale.order"].search([("origin", "=", lot.name)])
        assert orders == lot.order_id
        assert lot.line_ids.order_line_ids.mapped("product_uom_qty") == [2]
