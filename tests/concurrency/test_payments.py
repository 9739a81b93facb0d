"""Two users pay one credit note, or confirm where a replacement goes."""

import re

import pytest

from odoo import SUPERUSER_ID, Command

from .calls import on_settlement
from .harness import winner_and_loser
from .shop import PRICE


# ----------------------------------------------------------------------
# Payments
# ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def cashiers(shop):
    """Two users who pay, and have nothing to do with returns."""
    with shop.env(SUPERUSER_ID) as env:
        group = env.ref("account.group_account_user")
        users = env["res.users"].with_context(no_reset_password=True)
        return users.create(
            [
                {"name": name, "login": name, "group_ids": [Command.set(group.ids)]}
                for name in ("first-cashier", "second-cashier")
            ]
        ).ids


def register(note, cashier=None, amount=None):
    """Pay a document with Odoo's wizard, as one of the users who pay."""

    def call(env):
        wizard = env(user=cashier)["account.payment.register"]
        wizard = wizard.with_context(active_model="account.move", active_ids=[note])
        return wizard.create({"amount": amount} if amount else {})._create_payments().id

    return call


def enter(shop, note, cashier, amount):
    """Enter a payment that names the document, and confirm it."""

    def call(env):
        payment = env(user=cashier)["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": shop.partner,
                "amount": amount,
                "invoice_ids": [Command.set([note])],
            }
        )
        payment.action_post()
        return payment.id

    return call


def credited(shop):
    """Give the released credit note over two pieces, which is to be paid out."""
    sale = shop.sell(2)
    assert shop.attempt(register(sale.invoice, SUPERUSER_ID)).error is None
    rma = shop.returned("approved", sale, 2)
    assert shop.attempt(on_settlement(rma, "action_release")).error is None
    return shop.read(rma, "settlement_ids.credit_note_ids.id")[0][0]


def read_paid(shop, note):
    """Give what is left to pay of a document, and what payments name it."""
    with shop.env(SUPERUSER_ID) as env:
        move = env["account.move"].browse(note)
        paying = move.matched_payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid")
        )
        return move.amount_residual, sum(paying.mapped("amount"))


@pytest.mark.parametrize("first", [0, 1, None])
def test_the_same_payment_by_two_users(shop, cashiers, first):
    note = credited(shop)
    outcomes = shop.race(*(register(note, own) for own in cashiers), first=first)
    winner, error = winner_and_loser(outcomes)
    assert first in (None, winner)
    assert re.search(
        r"Payments of RINV/\S+ would come to \$\W?400\.00, but only \$\W?200\.00 is due"
        r"|nothing left to pay",
        str(error),
    )
    assert read_paid(shop, note) == (0, 2 * PRICE)


@pytest.mark.parametrize("first", [0, 1, None])
def test_parts_of_a_payment_in_two_ways(shop, cashiers, first):
    note = credited(shop)
    outcomes = shop.race(
        register(note, cashiers[0], 150),
        enter(shop, note, cashiers[1], 150),
        first=first,
    )
    winner, error = winner_and_loser(outcomes)
    assert first in (None, winner)
    assert re.search(
        r"Payments of RINV/\S+ would come to \$\W?300\.00, .* \$\W?200\.00 is due",
        str(error),
    )
    assert read_paid(shop, note)[1] == 150


# ----------------------------------------------------------------------
# Addresses of replacements
# ----------------------------------------------------------------------
def readdressed(shop):
    """Give a return whose replacement was released, to a delivery readdressed since."""
    sale = shop.sell(1)
    with shop.env() as env:
        rma = env["reverse.rma"].create(
            {
                "partner_id": shop.partner,
                "settlement_type": "replacement",
                "line_ids": [
                    Command.create({"sale_line_id": sale.lines[0], "quantity": 1})
                ],
            }
        )
        rma.action_request()
        rma.action_receive()
        rma.inspection_ids.condition_id = env.ref("reverse_logistics.condition_a")
        rma.inspection_ids.action_complete()
        assert rma.settlement_ids.state == "released"
    with shop.env(SUPERUSER_ID) as env:
        picking = env["reverse.rma"].browse(rma.id).settlement_ids
        picking = picking.replacement_move_ids.picking_id
    assert shop.attempt(send_to(shop, picking.id, "1 New Street")).error is None
    return rma.id, picking.id


def send_to(shop, picking, street):
    """Let a delivery go to another address of the customer's."""

    def call(env):
        env = env(user=SUPERUSER_ID)
        env["stock.picking"].browse(picking).partner_id = env["res.partner"].create(
            {
                "name": street,
                "street": street,
                "parent_id": shop.partner,
                "type": "other",  # orders go on to the customer's usual address
            }
        )

    return call


def leave(picking):
    """Validate a delivery."""

    def call(env):
        picked = env(user=SUPERUSER_ID)["stock.picking"].browse(picking)
        for move in picked.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picked.with_context(skip_sms=True).button_validate()

    return call


@pytest.mark.parametrize("first", [0, None])
def test_two_users_confirm_an_address(shop, first):
    rma, picking = readdressed(shop)
    confirm = on_settlement(rma, "action_confirm_address")
    _winner, error = winner_and_loser(shop.race(confirm, confirm, first=first))
    assert re.search("goes to the address to which it was released", str(error))
    assert shop.events(rma)[0].count("ReplacementAddressConfirmed") == 1
    assert shop.attempt(leave(picking)).error is None


@pytest.mark.parametrize("first", [0, 1])
def test_an_address_is_changed_while_another_one_is_confirmed(shop, first):
    """What was confirmed is what the approver's transaction saw, and nothing else."""
    rma, picking = readdressed(shop)
    confirm = on_settlement(rma, "action_confirm_address")
    outcomes = shop.race(confirm, send_to(shop, picking, "2 Away"), first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    refused = shop.attempt(leave(picking)).error
    assert re.search("press Confirm Address on the settlement", str(refused))
    assert shop.attempt(confirm).error is None
    assert shop.attempt(leave(picking)).error is None
    assert shop.events(rma)[0].count("ReplacementAddressConfirmed") == 2


@pytest.mark.parametrize("first", [0, 1])
def test_an_address_is_confirmed_while_the_goods_leave(shop, first):
    rma, picking = readdressed(shop)
    confirm = on_settlement(rma, "action_confirm_address")
    confirmed, left = shop.race(confirm, leave(picking), first=first)
    assert confirmed.error is None
    if left.error:
        assert re.search("press Confirm Address on the settlement", str(left.error))
        assert shop.attempt(leave(picking)).error is None
    assert shop.read(rma, "settlement_ids.replacement_move_ids.state") == [["done"]]
