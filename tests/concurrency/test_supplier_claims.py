"""Two persons claim the same goods from their supplier: one claim is opened."""

import re

import pytest

from odoo import SUPERUSER_ID, Command
from odoo.tests.common import new_test_user

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


def approved(shop):
    """Claim one piece, submitted and approved by the supplier; give its line."""
    rma = shop.returned("graded", shop.sell(1), 1)
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
        parts.action_claim_supplier()
        line = parts.supplier_claim_line_ids
        if line.source_state == "unclear":
            billed = line.candidate_ids.sudo().filtered("purchase_line_id.qty_invoiced")
            line.receipt_move_id = billed.id
        line.claim_id.action_submit()
        line.claim_id._answer("approve", {line: (line.amount_claimed, False)})
        return line.id


def test_bill_recovered_beyond_what_it_asked_for(suite_shop):
    """150 of 200 come twice, on two claims of the same bill: the second is refused."""
    shop = suite_shop
    bought(shop)
    with shop.env(SUPERUSER_ID) as env:
        order = env["purchase.order"].search([], order="id desc", limit=1)
        order.action_create_invoice()
        order.invoice_ids.invoice_date = order.date_order
        order.invoice_ids.action_post()
        role = "reverse_logistics_supplier_claims.group_claims_approver"
        payer = new_test_user(env, login="payer", groups=role).id
    lines = [approved(shop), approved(shop)]

    def pay(position):
        def call(env):
            lines_of_payer = env["reverse.supplier.claim.line"].with_user(payer)
            line = lines_of_payer.browse(lines[position])
            line.claim_id.over_recovery_note = "All at once"
            line.claim_id._answer("pay", {line: (150.0, False)}, reference="P")

        return call

    outcomes = shop.race(pay(0), pay(1))
    _winner, error = winner_and_loser(outcomes)
    assert re.search(r"billed .*200.00.* and .*300.00 would be recovered", str(error))
    with shop.env() as env:
        paid = env["reverse.supplier.claim.line"].browse(lines)
        assert sorted(paid.mapped("amount_recovered")) == [0.0, 150.0]
