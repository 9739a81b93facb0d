"""Two persons claim the same goods from their supplier: one claim is opened."""

import re

import pytest

from odoo import SUPERUSER_ID, Command

from .harness import winner_and_loser
from .shop import Shop


@pytest.fixture(scope="module")
def suite_shop(new_database):
    """A shop with all addons, whose desk may claim as well."""
    shop = Shop(new_database(suite=True))
    with shop.env(SUPERUSER_ID) as env:
        group = env.ref("reverse_logistics_supplier_claims.group_claims_user")
        env["res.users"].browse(shop.uid).group_ids = [Command.link(group.id)]
    return shop


def bought(shop):
    """Buy and receive what is sold next, at 40."""
    with shop.env(SUPERUSER_ID) as env:
        product = env["product.product"].browse(shop.products[0])
        order = env["purchase.order"].create(
            {
                "partner_id": shop.partner,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": 5,
                            "price_unit": 40.0,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        order.button_confirm()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()


@pytest.mark.parametrize("first", [0, None])
def test_one_inspection_claimed_twice(suite_shop, first):
    shop = suite_shop
    bought(shop)
    sale = shop.sell(2)
    rma = shop.returned("graded", sale, 2)
    with shop.env() as env:
        parts = env["reverse.rma"].browse(rma).inspection_ids
        parts.write(
            {
                "liability": "supplier",
                "disposition_id": env.ref(
                    "reverse_logistics_supplier_claims.disposition_vendor"
                ).id,
            }
        )
        parts.action_complete()
        (part,) = parts.ids

    def by_button(env):
        env["reverse.inspection"].browse(part).action_claim_supplier()

    def by_hand(env):
        env["reverse.supplier.claim"].create(
            {
                "partner_id": shop.partner,
                "line_ids": [Command.create({"inspection_id": part})],
            }
        )

    for call in (by_hand, by_button):
        outcomes = shop.race(by_button, call, first=first)
        _winner, error = winner_and_loser(outcomes)
        assert re.search(r"is claimed already: see CLM/\d+/\d+ of", str(error))
        with shop.env() as env:
            line = env["reverse.supplier.claim.line"].search(
                [("inspection_id", "=", part), ("state", "!=", "cancelled")]
            )
            assert (len(line), line.amount_claimed) == (1, 80.0)
            line.claim_id.action_cancel()
