"""Two requests of what no delivery limits: sales of the past, balances of deposits."""

import re

import pytest

from odoo import SUPERUSER_ID, Command, fields

from .calls import on_return, on_settlement, reversal_wizard
from .harness import winner_and_loser
from .shop import Sale

SOLD = re.compile(
    r"The old invoice OLD-\d+ sold 3 units of Lamp; with this return 6 units would "
    r"come back\. Lower the quantity, or cancel the return that claims the rest\."
)
ENTITLED = re.compile(
    r"Ada Distribution is entitled to 3 units of Cores \d+; with this return 6 would "
    r"come back\. Lower the quantity, or cancel the return that claims the rest\."
)


def service(name):
    return {
        "name": name,
        "type": "service",
        "invoice_policy": "order",
        "taxes_id": [Command.clear()],
    }


@pytest.fixture
def historic(shop):
    """A sale of the past over three lamps; its id."""
    with shop.env(SUPERUSER_ID) as env:
        sales = env["reverse.historic.sale"]
        lamp = env["product.product"].create(
            {"name": "Lamp", "type": "consu", "is_storable": True}
        )
        return sales.create(
            {
                "invoice_name": f"OLD-{lamp.id}",
                "date": fields.Date.today(),
                "partner_id": shop.partner,
                "product_id": lamp.id,
                "quantity": 3,
                "price_unit": 50.0,
            }
        ).id


@pytest.fixture
def deposit(shop):
    """A type of deposit of which three were charged; type and invoice."""
    with shop.env(SUPERUSER_ID) as env:
        products = env["product.product"].create(
            [
                service("Core charge"),
                {"name": "Used part", "type": "consu", "is_storable": True},
            ]
        )
        kind = env["reverse.deposit.type"].create(
            {
                "name": f"Cores {products[0].id}",
                "product_id": products[0].id,
                "core_product_id": products[1].id,
            }
        )
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": shop.partner,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": products[0].id,
                            "quantity": 3,
                            "price_unit": 50.0,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        return kind.id, invoice.id


def draft(shop, **line):
    with shop.env() as env:
        values = {"partner_id": shop.partner, "line_ids": [Command.create(line)]}
        return env["reverse.rma"].create(values).id


def claimed(shop, rmas):
    """What the returns that were let through ask for."""
    with shop.env(SUPERUSER_ID) as env:
        lines = env["reverse.rma"].browse(rmas).line_ids
        return sum(lines.filtered(lambda r: r.state != "draft").mapped("quantity"))


@pytest.mark.parametrize("first", [0, None])
def test_two_requests_of_a_historic_sale(shop, historic, first):
    rmas = [draft(shop, historic_sale_id=historic, quantity=3) for _each in range(2)]
    outcomes = shop.race(
        *(on_return(rma, "action_request") for rma in rmas), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert SOLD.fullmatch(str(error))
    assert claimed(shop, rmas) == 3
    assert shop.read(rmas[winner], "state") == [["authorized"]]
    assert shop.read(rmas[1 - winner], "state") == [["draft"]]


@pytest.mark.parametrize("first", [0, None])
def test_two_requests_of_a_product_that_only_was_sold_before(shop, historic, first):
    with shop.env(SUPERUSER_ID) as env:
        product = env["reverse.historic.sale"].browse(historic).product_id.id
    rmas = [draft(shop, product_id=product, quantity=3) for _each in range(2)]
    outcomes = shop.race(
        *(on_return(rma, "action_request") for rma in rmas), first=first
    )
    # Whoever comes second finds nothing left, which is for a person.
    assert [outcome.error for outcome in outcomes] == [None, None]
    states = sorted(shop.read(rma, "state")[0][0] for rma in rmas)
    assert states == ["authorized", "requested"]
    assert shop.exceptions(*rmas) == ["no_source"]
    with shop.env(SUPERUSER_ID) as env:
        assert env["reverse.historic.sale"].browse(historic).qty_claimed == 3


@pytest.mark.parametrize("first", [0, None])
def test_two_requests_of_a_deposit(shop, deposit, first):
    kind, _invoice = deposit
    rmas = [draft(shop, deposit_type_id=kind, quantity=3) for _each in range(2)]
    outcomes = shop.race(
        *(on_return(rma, "action_request") for rma in rmas), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert ENTITLED.fullmatch(str(error))
    assert claimed(shop, rmas) == 3
    assert shop.read(rmas[1 - winner], "state") == [["draft"]]


@pytest.mark.parametrize("first", [0, 1, None])
def test_refund_and_credit_by_hand(shop, deposit, first):
    """A return refunds three deposits while somebody reverses their invoice."""
    kind, invoice = deposit
    rma = draft(shop, deposit_type_id=kind, quantity=3)
    for action in ("action_request", "action_receive"):
        assert shop.attempt(on_return(rma, action)).error is None
    shop.grade(rma, "D")
    with shop.env() as env:
        env["reverse.rma"].browse(rma).inspection_ids.action_complete()
    for action in ("action_submit", "action_approve"):
        assert shop.attempt(on_settlement(rma, action)).error is None
    by_hand = reversal_wizard(Sale(None, [], [], invoice), 3)
    outcomes = shop.race(on_settlement(rma, "action_release"), by_hand, first=first)
    winner, error = winner_and_loser(outcomes)
    wanted = "credited" if winner == 0 else "refunded"
    assert re.search(f"3 would be {wanted}, but the balance is 0", str(error))
    with shop.env(SUPERUSER_ID) as env:
        (entitlement,) = env["reverse.deposit"].search([("type_id", "=", kind)])
        assert entitlement.qty_left == 0
        assert entitlement.qty_credited + entitlement.qty_refunded == 3
