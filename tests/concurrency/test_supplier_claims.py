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


def broken(shop):
    """Buy, sell and take back one piece that is the supplier's fault; give its id."""
    bought(shop)
    rma = shop.returned("graded", shop.sell(1), 1)
    with shop.env() as env:
        part = env["reverse.rma"].browse(rma).inspection_ids
        vendor = env.ref("reverse_logistics_supplier_claims.disposition_vendor")
        part.write({"liability": "supplier", "disposition_id": vendor.id})
        part.action_complete()
        return part.id


def asking(part, partner, kind):
    """Give a call that enters a claim by hand of what a failure has cost."""

    def call(env):
        line = {"kind": kind, "inspection_id": part, "amount_claimed": 9.0}
        env["reverse.supplier.claim"].create(
            {"partner_id": partner, "line_ids": [Command.create(line)]}
        )

    return call


@pytest.mark.parametrize("kind", ["labour", "service", "duty", "other"])
def test_cost_of_one_failure_claimed_twice(suite_shop, kind):
    """Two enter what the same failure has cost: the second is told of the first."""
    shop = suite_shop
    part = broken(shop)
    ask = asking(part, shop.partner, kind)
    _winner, error = winner_and_loser(shop.race(ask, ask))
    assert re.search(r"of this failure is claimed already: see CLM/\d+/\d+", str(error))
    with shop.env() as env:
        lines = env["reverse.inspection"].browse(part).supplier_claim_line_ids
        assert lines.mapped("kind") == [kind]


@pytest.mark.parametrize("first", [0, 1, None])
def test_one_failure_claimed_from_two(suite_shop, first):
    """The supplier for the goods, the carrier for something else: one of them pays."""
    shop = suite_shop
    part = broken(shop)
    with shop.env(SUPERUSER_ID) as env:
        carrier = env["res.partner"].create({"name": "Racing Parcels"}).id

    def by_button(env):
        env["reverse.inspection"].browse(part).action_claim_supplier()

    calls = by_button, asking(part, carrier, "other")
    winner, error = winner_and_loser(shop.race(*calls, first=first))
    assert first in (None, winner)
    assert re.search(r"is asked for this failure already: see CLM/\d+/\d+", str(error))
    with shop.env() as env:
        lines = env["reverse.inspection"].browse(part).supplier_claim_line_ids
        assert lines.partner_id.ids == [(shop.partner, carrier)[winner]]
        lines.claim_id.action_cancel()


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
            # Other tests of this file have bought and billed before.
            line.receipt_move_id = max(billed.ids)
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


def test_allowance_claimed_twice(suite_shop):
    """5 % of 1,000 billed last month: of two who claim them, one does."""
    shop = suite_shop
    with shop.env(SUPERUSER_ID) as env:
        supplier = env["res.partner"].create({"name": "Allowing Works"})
        agreement = env["reverse.supplier.agreement"].create(
            {
                "name": "Allowance",
                "partner_id": supplier.id,
                "is_allowance": True,
                "allowance": 5.0,
            }
        )
        bill = env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": supplier.id,
                "invoice_date": agreement._get_last_month(),
                "date": agreement._get_last_month(),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Pumps", "price_unit": 1000.0, "tax_ids": []}
                    )
                ],
            }
        )
        bill.action_post()
        (agreement_id,) = agreement.ids

    def claim(env):
        env["reverse.supplier.agreement"].browse(agreement_id).action_claim_allowance()

    _winner, error = winner_and_loser(shop.race(claim, claim))
    assert re.search("(allowance of .*|this month )is claimed already", str(error))
    with shop.env() as env:
        runs = env["reverse.supplier.allowance"].search(
            [("agreement_id", "=", agreement_id)]
        )
        claims = env["reverse.supplier.claim"].search(
            [("agreement_id", "=", agreement_id)]
        )
        assert runs.mapped("amount") == claims.mapped("amount_claimed") == [50.0]


def test_credit_note_matched_twice(suite_shop):
    """One credit note over 40 belongs to one of two claims on the same purchase."""
    shop = suite_shop
    bought(shop)
    with shop.env(SUPERUSER_ID) as env:
        order = env["purchase.order"].search([], order="id desc", limit=1)
        order.action_create_invoice()
        order.invoice_ids.invoice_date = order.date_order
        order.invoice_ids.action_post()
    lines = [approved(shop), approved(shop)]
    with shop.env(SUPERUSER_ID) as env:
        paid = env["reverse.supplier.claim.line"].browse(lines)
        (purchase_line,) = paid.purchase_line_id
        credit = env["account.move"].create(
            {
                "move_type": "in_refund",
                "partner_id": shop.partner,
                "invoice_date": purchase_line.order_id.date_order,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": purchase_line.product_id.id,
                            "quantity": 1,
                            "price_unit": 40.0,
                            "tax_ids": [],
                            "purchase_line_id": purchase_line.id,
                        }
                    )
                ],
            }
        )
        credit.action_post()

    def match(position):
        def call(env):
            line = env["reverse.supplier.claim.line"].browse(lines[position])
            line.claim_id.action_match()

        return call

    _winner, error = winner_and_loser(shop.race(match(0), match(1)))
    assert re.search(
        "no posted credit note of .* or all are counted already", str(error)
    )
    with shop.env() as env:
        paid = env["reverse.supplier.claim.line"].browse(lines)
        assert sorted(paid.mapped("amount_recovered")) == [0.0, 40.0]


def test_last_of_a_rotation_right(suite_shop):
    """80 of 400 billed may go back unsold: two want 80 each, one gets it."""
    shop = suite_shop
    with shop.env(SUPERUSER_ID) as env:
        supplier = env["res.partner"].create({"name": "Rotating Works"})
        product = env["product.product"].create({"name": "Valve", "is_storable": True})
        order = env["purchase.order"].create(
            {
                "partner_id": supplier.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": 10,
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
        order.action_create_invoice()
        order.invoice_ids.invoice_date = order.date_order
        order.invoice_ids.action_post()
        right = env["reverse.supplier.agreement"].create(
            {
                "name": "Rotation",
                "partner_id": supplier.id,
                "kind": "rotation",
                "rotation_share": 20.0,
            }
        )
        (right_id,) = right.ids
    choices = []
    for _user in range(2):
        with shop.env() as env:
            action = env["reverse.supplier.agreement"].browse(right_id).action_rotate()
            choice = env["reverse.supplier.rotation"].browse(action["res_id"])
            choice.line_ids.quantity = 2
            choices.append(choice.id)

    def rotate(position):
        def call(env):
            env["reverse.supplier.rotation"].browse(choices[position]).action_confirm()

        return call

    _winner, error = winner_and_loser(shop.race(rotate(0), rotate(1)))
    assert re.search(r"160.00 would be returned unsold, but only .*80.00", str(error))
    with shop.env() as env:
        right = env["reverse.supplier.agreement"].browse(right_id)
        assert (right.rotation_used, right.rotation_left) == (80.0, 0.0)


def test_one_receipt_claimed_twice(suite_shop):
    """Two persons claim three of five that came in broken: the second is refused."""
    shop = suite_shop
    bought(shop)
    with shop.env(SUPERUSER_ID) as env:
        order = env["purchase.order"].search([], order="id desc", limit=1)
        receipt = order.picking_ids.id

    def claim(env):
        picking = env["stock.picking"].browse(receipt)
        action = picking.action_claim_supplier()
        entry = env[action["res_model"]].browse(action["res_id"])
        entry.line_ids.write({"quantity": 3, "found": "damaged"})
        entry.action_confirm()

    _winner, error = winner_and_loser(shop.race(claim, claim))
    assert re.search(r"2 units of .* are left to claim", str(error))
    with shop.env(SUPERUSER_ID) as env:
        lines = env["reverse.supplier.claim.line"].search(
            [("receipt_move_id.picking_id", "=", receipt), ("kind", "=", "goods")]
        )
        assert lines.mapped("quantity") == [3.0]


@pytest.mark.parametrize("first", [0, 1])
def test_claimed_by_itself_and_by_a_person(suite_shop, first):
    """An agreement opens its claim while somebody chooses the button: one is there."""
    shop = suite_shop
    bought(shop)
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
        (part,) = parts.ids
    with shop.env(SUPERUSER_ID) as env:
        agreement = env["reverse.supplier.agreement"].create(
            {"name": "Itself", "partner_id": shop.partner, "opens_itself": True}
        )

    def by_itself(env):
        env["reverse.inspection"].browse(part)._open_agreed_claims()

    def by_button(env):
        env["reverse.inspection"].browse(part).action_claim_supplier()

    itself, button = shop.race(by_itself, by_button, first=first)
    # The agreement has nothing to do where a person was first, which is no fault.
    assert itself.error is None
    assert bool(button.error) == (first == 0)
    if first == 0:
        assert re.search(r"is claimed already: see CLM/\d+/\d+ of", str(button.error))
    with shop.env(SUPERUSER_ID) as env:
        line = env["reverse.supplier.claim.line"].search(
            [("inspection_id", "=", part), ("state", "!=", "cancelled")]
        )
        assert (len(line), bool(line.claim_id.opened_by_id)) == (1, first == 1)
        env["reverse.supplier.agreement"].browse(agreement.id).active = False


def test_two_claimed_by_themselves(suite_shop):
    """Two inspections at once find what their agreement claims: it is one claim."""
    shop = suite_shop
    bought(shop)
    rmas = [shop.returned("graded", shop.sell(1), 1) for _one in range(2)]
    with shop.env() as env:
        parts = env["reverse.rma"].browse(rmas).inspection_ids
        parts.write(
            {
                "liability": "supplier",
                "disposition_id": env.ref(
                    "reverse_logistics_supplier_claims.disposition_vendor"
                ).id,
            }
        )
        parts.action_complete()
        first, second = parts.ids
    with shop.env(SUPERUSER_ID) as env:
        agreement = env["reverse.supplier.agreement"].create(
            {"name": "Together", "partner_id": shop.partner, "opens_itself": True}
        )

    def opening(part):
        return lambda env: env["reverse.inspection"].browse(part)._open_agreed_claims()

    done = shop.race(opening(first), opening(second))
    assert [one.error for one in done] == [None, None]
    with shop.env(SUPERUSER_ID) as env:
        lines = env["reverse.supplier.claim.line"].search(
            [("inspection_id", "in", (first, second)), ("state", "!=", "cancelled")]
        )
        assert (len(lines), len(lines.claim_id)) == (2, 1)
        env["reverse.supplier.agreement"].browse(agreement.id).active = False


def test_sent_back_to_the_vendor_twice(suite_shop):
    """Two send three of five that came to their supplier: the second is refused."""
    shop = suite_shop
    bought(shop)
    with shop.env(SUPERUSER_ID) as env:
        order = env["purchase.order"].search([], order="id desc", limit=1)
        receipt = order.picking_ids
        going = []
        for _user in range(2):
            wizard = env["stock.return.picking"].create({"picking_id": receipt.id})
            wizard.product_return_moves.quantity = 3
            picking = wizard._create_return()
            picking.move_ids.write({"quantity": 3, "picked": True})
            going.append(picking.id)
        (purchase_line,) = order.order_line.ids

    def send(position):
        def call(env):
            picking = env["stock.picking"].with_user(SUPERUSER_ID)
            picking.browse(going[position]).button_validate()

        return call

    _winner, error = winner_and_loser(shop.race(send(0), send(1)))
    assert re.search(
        r"sends 3.* to the supplier, but of .* only 2.* can go", str(error)
    )
    with shop.env(SUPERUSER_ID) as env:
        line = env["purchase.order.line"].browse(purchase_line)
        assert (line.reverse_qty_returned, line.qty_received) == (3.0, 2.0)
