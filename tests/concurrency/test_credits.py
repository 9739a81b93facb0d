"""Two credits of the same goods: no more is credited than was invoiced."""

import re

import pytest

from odoo import SUPERUSER_ID, Command

from .calls import on_parts, on_settlement, order_button, post, reversal_wizard
from .harness import winner_and_loser
from .shop import PRICE, Sale

NOTHING_LEFT = re.compile(
    r"S\d+, Kettle: \$\W?(\d+)00\.00 would be credited, but only \$\W?0\.00 of what "
    r"was invoiced is left\. Lower the credit note; if it is meant as goodwill, use a "
    r"line without the order\."
)


@pytest.mark.parametrize("first", [0, None])
@pytest.mark.parametrize(
    ("before", "action", "state", "event"),
    [
        ("inspected", "action_submit", "Submitted", "CreditSubmitted"),
        ("submitted", "action_approve", "Approved", "CreditApproved"),
        ("approved", "action_release", "Released", "InvoiceAdjusted"),
    ],
)
def test_same_step_twice(shop, first, before, action, state, event):
    sale = shop.sell(3)
    rma = shop.returned(before, sale, 3)
    call = on_settlement(rma, action)
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.search(f"is {state}: this step is not possible from there", str(error))
    assert shop.events(rma)[0].count(event) == 1
    assert shop.credited(sale) == (3 * PRICE if state == "Released" else 0)
    assert shop.exceptions(rma) == []


@pytest.mark.parametrize("first", [0, None])
def test_settlements_of_one_return(shop, first):
    """Each step of one settlement notes events on the return they share."""
    sale = shop.sell(3, 3)
    rma = shop.returned("graded", sale, 3, 3)
    parts = shop.read(rma, "inspection_ids.id")[0]
    for part in parts:
        with shop.env() as env:
            env["reverse.inspection"].browse(part).action_complete()
    settlements = shop.read(rma, "settlement_ids.id")[0]
    assert len(settlements) == 2
    for action in ("action_submit", "action_approve", "action_release"):
        outcomes = shop.race(
            *(
                lambda env, settlement=settlement, action=action: getattr(
                    env["reverse.settlement"].browse(settlement), action
                )()
                for settlement in settlements
            ),
            first=first,
        )
        assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.credited(sale) == 6 * PRICE
    assert shop.read(rma, "state", "line_ids.qty_settled") == [["done"], [3, 3]]
    assert shop.events(rma)[0].count("InvoiceAdjusted") == 2


@pytest.mark.parametrize("first", [0, None])
def test_two_returns_and_invoice_for_one(shop, first):
    sale = shop.sell(2)
    rmas = [shop.returned("approved", sale, 1), shop.returned("approved", sale, 1)]
    assert shop.attempt(reversal_wizard(sale, 1)).error is None
    outcomes = shop.race(
        *(on_settlement(rma, "action_release") for rma in rmas), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert NOTHING_LEFT.fullmatch(str(error))
    assert shop.credited(sale) == 2 * PRICE
    assert shop.read(rmas[winner], "settlement_ids.state") == [["released"]]
    assert shop.read(rmas[1 - winner], "settlement_ids.state") == [["approved"]]
    assert shop.read(rmas[1 - winner], "settlement_ids.credit_note_ids.id") == [[]]
    names = shop.events(*rmas)
    assert names[winner][-2:] == ["InvoiceAdjusted", "ReturnClosed"]
    assert names[1 - winner][-1] == "CreditApproved"


@pytest.mark.parametrize("first", [0, None])
def test_two_returns_credited_by_policy(shop, first):
    sale = shop.sell(2)
    rmas = [shop.returned("graded", sale, 1, conditions="A") for _each in range(2)]
    outcomes = shop.race(
        *(on_parts(rma, "action_complete") for rma in rmas), first=first
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.credited(sale) == 2 * PRICE
    assert shop.exceptions(*rmas) == []
    assert [chain[-1] for chain in shop.events(*rmas)] == ["ReturnClosed"] * 2


@pytest.mark.parametrize("first", [0, 1])
def test_release_and_order_button(shop, first):
    """The order's own button leaves to the settlement what came back."""
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    outcomes = shop.race(
        on_settlement(rma, "action_release"), order_button(sale), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert winner == 0
    assert re.search("no items are available to invoice", str(error), re.IGNORECASE)
    assert shop.credited(sale) == 3 * PRICE
    assert shop.events(rma)[0][-1] == "ReturnClosed"


@pytest.mark.parametrize("first", [0, 1])
def test_release_and_draft_credit_note(shop, first):
    """As the order's button makes them: of the order's lines, but of no invoice."""
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    with shop.env(SUPERUSER_ID) as env:
        line = env["sale.order.line"].browse(sale.lines)
        values = line.order_id._prepare_invoice() | {
            "move_type": "out_refund",
            "invoice_line_ids": [
                Command.create(line._prepare_invoice_line(quantity=3))
            ],
        }
        refund_id = env["account.move"].create(values).id
    outcomes = shop.race(
        on_settlement(rma, "action_release"), post(refund_id), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert NOTHING_LEFT.fullmatch(str(error))
    assert shop.credited(sale) == 3 * PRICE
    assert shop.read(rma, "settlement_ids.state") == [
        ["approved" if winner else "released"]
    ]
    assert shop.events(rma)[0].count("InvoiceAdjusted") == 1 - winner


@pytest.mark.parametrize("first", [0, 1, None])
def test_release_and_reversal_wizard(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    outcomes = shop.race(
        on_settlement(rma, "action_release"), reversal_wizard(sale, 3), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert NOTHING_LEFT.fullmatch(str(error))
    assert shop.credited(sale) == 3 * PRICE
    assert shop.read(rma, "settlement_ids.state") == [
        ["approved" if winner else "released"]
    ]
    assert shop.events(rma)[0].count("InvoiceAdjusted") == 1 - winner


@pytest.mark.parametrize("first", [0, 1, None])
def test_release_and_reversal_typed_anew(shop, first):
    """A credit note of the same invoice whose lines name no order any more."""
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    with shop.env(SUPERUSER_ID) as env:
        refund = env["account.move"].browse(sale.invoice)._reverse_moves()
        refund.invoice_line_ids.unlink()
        line = {"name": "Again", "price_unit": 3 * PRICE, "tax_ids": False}
        refund.invoice_line_ids = [Command.create(line)]
        refund_id = refund.id
    outcomes = shop.race(
        on_settlement(rma, "action_release"), post(refund_id), first=first
    )
    winner, error = winner_and_loser(outcomes)
    assert re.search(r"300\.00 with tax would .* only \$\W?0\.00 of INV", str(error))
    assert shop.read(rma, "settlement_ids.state") == [
        ["approved" if winner else "released"]
    ]
    with shop.env(SUPERUSER_ID) as env:
        assert (env["account.move"].browse(refund_id).state == "posted") is bool(winner)
    assert shop.events(rma)[0].count("InvoiceAdjusted") == 1 - winner


@pytest.mark.parametrize("first", [0, 1, None])
def test_release_and_reset_of_the_invoice(shop, first):
    """What is credited stays posted; what is not posted is not credited."""
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)

    def reset(env):
        env["account.move"].browse(sale.invoice).button_draft()

    outcomes = shop.race(on_settlement(rma, "action_release"), reset, first=first)
    winner, error = winner_and_loser(outcomes)
    if winner:
        assert re.search("would be credited, but only", str(error))
    else:
        assert re.search(r"INV/\S+ .*stays as it is: RINV/\S+ of RMA", str(error))
    assert shop.credited(sale) == (0 if winner else 3 * PRICE)


@pytest.mark.parametrize("first", [0, 1])
def test_release_and_cancellation(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    outcomes = shop.race(
        on_settlement(rma, "action_release"),
        on_settlement(rma, "action_cancel"),
        first=first,
    )
    winner, error = winner_and_loser(outcomes)
    state = "Cancelled" if winner else "Released"
    assert re.search(f"is {state}: this step is not possible from there", str(error))
    assert shop.credited(sale) == (0 if winner else 3 * PRICE)
    assert ("InvoiceAdjusted" in shop.events(rma)[0]) is (winner == 0)


@pytest.mark.parametrize("first", [0, 1, None])
def test_policy_and_reversal_wizard(shop, first):
    """The goods are put away in any case; policy credits what nobody has yet."""
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="A")
    outcomes = shop.race(
        on_parts(rma, "action_complete"), reversal_wizard(sale, 3), first=first
    )
    assert outcomes[0].error is None
    assert shop.credited(sale) == 3 * PRICE
    assert shop.read(rma, "line_ids.qty_put_away") == [[3]]
    assert shop.exceptions(rma) == []
    if outcomes[1].error:
        assert NOTHING_LEFT.fullmatch(str(outcomes[1].error))
    credit = 0 if outcomes[1].error is None else 3 * PRICE
    settled = "InvoiceAdjusted" if credit else "NothingDue"
    assert shop.events(rma)[0][-2:] == [settled, "ReturnClosed"]
    assert shop.read(rma, "settlement_ids.amount_untaxed") == [[credit]]


@pytest.mark.parametrize("first", [0, None])
def test_two_retries(shop, first):
    """The invoice was a draft at inspection; it is posted, and two people try again."""
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="A")
    with shop.env(SUPERUSER_ID) as env:
        env["account.move"].browse(sale.invoice).button_draft()
    assert shop.attempt(on_parts(rma, "action_complete")).error is None
    assert shop.exceptions(rma) == ["not_invoiced"]
    assert shop.attempt(post(sale.invoice)).error is None

    def retry(env):
        return env["reverse.rma"].browse(rma).exception_ids.action_retry()

    _winner, error = winner_and_loser(shop.race(retry, retry, first=first))
    assert re.search("cannot be resolved in this way", str(error))
    assert shop.credited(sale) == 3 * PRICE
    assert shop.read(rma, "exception_ids.state") == [["resolved"]]
    assert shop.events(rma)[0].count("InvoiceAdjusted") == 1


@pytest.mark.parametrize("first", [0, None])
def test_two_reversals_of_a_settlement(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    assert shop.attempt(on_settlement(rma, "action_release")).error is None
    call = on_settlement(rma, "action_reverse")
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.search("is Reversed: this step is not possible from there", str(error))
    assert shop.read(rma, "line_ids.qty_settled", "state") == [[0], ["authorized"]]
    assert shop.events(rma)[0].count("CreditReversed") == 1


def test_orders_in_crossing_order(shop):
    """Two returns of the same two orders, named the other way round."""
    sales = [shop.sell(2), shop.sell(2)]
    both = Sale.joined(sales)
    rmas = [
        shop.returned("graded", both, 1, 1, conditions="A", reverse=reverse)
        for reverse in (False, True)
    ]
    outcomes = shop.race(*(on_parts(rma, "action_complete") for rma in rmas))
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert [shop.credited(sale) for sale in sales] == [2 * PRICE] * 2
    assert shop.exceptions(*rmas) == []
    assert [chain[-1] for chain in shop.events(*rmas)] == ["ReturnClosed"] * 2
