"""Two people on the same goods: received once, inspected once, moved once."""

import re

import pytest

from odoo import SUPERUSER_ID
from odoo.tests.common import new_test_user

from .calls import keep, note_kept, on_parts, on_return, transfer_screen
from .harness import winner_and_loser

QUANTITIES = tuple(
    f"line_ids.qty_{name}"
    for name in ("received", "kept", "inspected", "put_away", "settled")
)


@pytest.mark.parametrize("first", [0, None])
def test_two_receivers(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    call = on_return(rma, "action_receive")
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.fullmatch(r"Nothing is expected for RMA/\S+\.", str(error))
    assert shop.read(rma, "line_ids.qty_received", "inspection_ids.quantity") == [
        [3],
        [3],
    ]
    assert shop.coming_back(sale) == [3]
    assert shop.events(rma)[0].count("ReturnReceived") == 1


@pytest.mark.parametrize("first", [0, 1, None])
def test_receiver_and_transfer_screen(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    outcomes = shop.race(
        on_return(rma, "action_receive"), transfer_screen(rma, 1), first=first
    )
    # Whoever is on the return's own button receives what is expected by then.
    assert outcomes[0].error is None
    received = [1, 2]
    if outcomes[1].error:
        received = [3]
        assert re.fullmatch(
            r"WH/RET/\d+ has received goods of RMA/\S+ and can no longer be changed\.",
            str(outcomes[1].error),
        )
    assert shop.read(rma, "line_ids.qty_received", "inspection_ids.quantity") == [
        [3],
        received,
    ]
    assert shop.coming_back(sale) == [3]
    assert shop.events(rma)[0][2:] == ["ReturnReceived"] * len(received)


@pytest.mark.parametrize("first", [0, 1])
def test_receiver_and_validation_of_saved_quantities(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    picking = shop.read(rma, "picking_ids.id")[0]
    with shop.env() as env:
        moves = env["stock.picking"].browse(picking).move_ids
        moves.write({"quantity": 1, "picked": True})

    def validate(env):
        pickings = env["stock.picking"].browse(picking)
        pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()

    outcomes = shop.race(on_return(rma, "action_receive"), validate, first=first)
    # Odoo takes the validation of a transfer that is done already as done.
    assert [outcome.error for outcome in outcomes] == [None, None]
    received, parts = shop.read(rma, "line_ids.qty_received", "inspection_ids.quantity")
    assert parts in ([1], [1, 2])
    assert received == [sum(parts)]
    assert shop.coming_back(sale) == [3]
    assert shop.events(rma)[0][2:] == ["ReturnReceived"] * len(parts)


@pytest.mark.parametrize("first", [0, 1, None])
def test_receiver_and_cancellation(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    outcomes = shop.race(
        on_return(rma, "action_receive"), on_return(rma, "action_cancel"), first=first
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.coming_back(sale) == [3]
    state, follow_ups = shop.read(rma, "state", "follow_up_ids.id")
    if follow_ups:
        # The goods are here, so they are a return of their own.
        assert state == ["cancelled"]
        assert shop.read(follow_ups[0], "state", "line_ids.qty_received") == [
            ["requested"],
            [3],
        ]
    else:
        # Cancelled after they were here: they go back.
        assert shop.read(rma, "settlement_type", "line_ids.qty_received") == [
            ["none"],
            [3],
        ]
        assert shop.events(rma)[0][2:] == ["ReturnReceived", "ReturnWithdrawn"]


@pytest.mark.parametrize("first", [0, None])
def test_two_receivers_of_the_same_part(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    with shop.env() as env:
        record = env["reverse.rma"].browse(rma)
        seen = record.receipt_mark
        record.picking_ids.move_ids.write({"quantity": 1, "picked": True})

    def receive(env):
        return env["reverse.rma"].browse(rma).action_receive(seen=seen)

    _winner, error = winner_and_loser(shop.race(receive, receive, first=first))
    assert re.search("have been received or changed meanwhile. Reload", str(error))
    assert shop.read(rma, "line_ids.qty_received", "inspection_ids.quantity") == [
        [1],
        [1],
    ]


@pytest.mark.parametrize("first", [0, None])
def test_two_inspectors(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="A")
    call = on_parts(rma, "action_complete")
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.search("is Inspected: this step is not possible from there", str(error))
    assert shop.read(rma, *QUANTITIES) == [[3], [0], [3], [3], [3]]
    assert shop.credited(sale) == 300
    assert shop.exceptions(rma) == []
    assert shop.events(rma) == [
        [
            "ReturnRequested",
            "ReturnAuthorized",
            "ReturnReceived",
            "InspectionCompleted",
            "InventoryDispositionUpdated",
            "CreditApproved",
            "InvoiceAdjusted",
            "ReturnClosed",
        ]
    ]


@pytest.mark.parametrize("first", [0, None])
def test_two_inspectors_let_goods_out_of_quarantine(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="C")
    with shop.env() as env:
        part = env["reverse.rma"].browse(rma).inspection_ids
        part.action_complete()
        assert part.disposition_id.code == "QUARANTINE"
        parked = part.id

    def look_again(env):
        env["reverse.inspection"].browse(parked).action_reinspect()

    _winner, error = winner_and_loser(shop.race(look_again, look_again, first=first))
    assert re.search("is Superseded: this step is not possible", str(error))
    with shop.env() as env:
        again = env["reverse.rma"].browse(rma).inspection_ids
        again = again.filtered(lambda part: part.state == "draft")
        assert again.mapped("quantity") == [3]
        again.condition_id = env.ref("reverse_logistics.condition_a")
        again.disposition_id = env.ref("reverse_logistics.disposition_restock")
        again.release_reason = "Nothing is wrong with it"
        released = again.id

    def complete(env):
        env["reverse.inspection"].browse(released).action_complete()

    _winner, error = winner_and_loser(shop.race(complete, complete, first=first))
    assert re.search("is Inspected: this step is not possible from there", str(error))
    assert shop.exceptions(rma) == []
    with shop.env() as env:
        line = env["reverse.rma"].browse(rma).line_ids
        assert (line.qty_inspected, line.qty_put_away) == (3, 3)
        moves = env["reverse.inspection"].browse(released).move_ids
        assert moves.mapped("quantity") == [3]
        assert moves.location_dest_id.warehouse_id
    assert shop.credited(sale) in (0, 300)
    assert shop.events(rma)[0].count("InspectionCompleted") == 2


@pytest.mark.parametrize("first", [0, 1])
def test_inspector_and_split(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="A")
    part = shop.read(rma, "inspection_ids.id")[0]

    def split(env):
        env["reverse.inspection"].browse(part).quantity = 1

    def complete(env):
        env["reverse.inspection"].browse(part).action_complete()

    outcomes = shop.race(complete, split, first=first)
    assert outcomes[0].error is None
    inspected = 1
    if outcomes[1].error:
        inspected = 3
        assert re.search(
            "is Inspected and can no longer be changed", str(outcomes[1].error)
        )
    assert shop.read(rma, "line_ids.qty_inspected", "inspection_ids.quantity") == [
        [inspected],
        [3] if inspected == 3 else [1, 2],
    ]
    assert shop.credited(sale) == inspected * 100
    assert "InspectionCompleted" in shop.events(rma)[0]


@pytest.mark.parametrize("first", [0, None])
def test_two_parts_of_one_return(shop, first):
    sale = shop.sell(3, 3)
    rma = shop.returned("graded", sale, 3, 3, conditions="A")
    parts = shop.read(rma, "inspection_ids.id")[0]
    outcomes = shop.race(
        *(
            lambda env, part=part: (
                env["reverse.inspection"].browse(part).action_complete()
            )
            for part in parts
        ),
        first=first,
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.credited(sale) == 600
    assert shop.read(rma, "state", "line_ids.qty_settled") == [["done"], [3, 3]]
    assert shop.events(rma)[0].count("InspectionCompleted") == 2


@pytest.mark.parametrize("first", [0, 1])
def test_receiver_and_customer_who_keeps(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    outcomes = shop.race(on_return(rma, "action_receive"), keep(rma, 3), first=first)
    winner, error = winner_and_loser(outcomes)
    if winner == 0:
        assert re.search("expects 0 units more; what has come in is there", str(error))
    else:
        assert re.search("Nothing is expected for RMA", str(error))
    assert shop.read(rma, *QUANTITIES[:3]) == (
        [[0], [3], [3]] if winner else [[3], [0], [0]]
    )
    assert shop.events(rma)[0][2] == (
        "InspectionCompleted" if winner else "ReturnReceived"
    )


@pytest.mark.parametrize("first", [0, None])
def test_two_customers_keep(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    outcomes = shop.race(keep(rma, 3), keep(rma, 3), first=first)
    _winner, error = winner_and_loser(outcomes)
    assert re.search("expects 0 units more", str(error))
    assert shop.read(rma, *QUANTITIES[:3]) == [[0], [3], [3]]
    assert shop.events(rma)[0].count("InspectionCompleted") == 1


@pytest.mark.parametrize("first", [0, None])
def test_two_noted_as_kept(shop, first):
    """Both were entered when nothing was known of the other."""
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    noted = [
        outcome.result
        for outcome in shop.race(note_kept(rma, 3), note_kept(rma, 3), first=first)
    ]
    assert all(noted)
    outcomes = shop.race(
        *(
            lambda env, part=part: (
                env["reverse.inspection"].browse(part).action_complete()
            )
            for part in noted
        ),
        first=first,
    )
    _winner, error = winner_and_loser(outcomes)
    assert re.search("expects 0 units more", str(error))
    assert shop.read(rma, *QUANTITIES[:3]) == [[0], [3], [3]]


@pytest.mark.parametrize("first", [0, None])
def test_two_returns_of_one_product(shop, first):
    """They meet on the same stock, and wait for each other instead of failing."""
    sales = [shop.sell(3), shop.sell(2)]
    rmas = [
        shop.returned("expected", sale, quantity)
        for sale, quantity in zip(sales, (3, 2), strict=True)
    ]
    before = shop.in_inspection()
    outcomes = shop.race(
        *(on_return(rma, "action_receive") for rma in rmas), first=first
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.in_inspection() - before == 5
    assert [shop.read(rma, "line_ids.qty_received") for rma in rmas] == [[[3]], [[2]]]
    assert [chain[-1] for chain in shop.events(*rmas)] == ["ReturnReceived"] * 2


def hand_transfer(shop, source, target, quantity):
    """Enter a transfer that names no return, and validate it.

    :param source: function that finds a location in an environment
    :param target: the same
    """

    def call(env):
        warehouse = env["stock.warehouse"].search([], limit=1)
        places = {"location_id": source(env).id, "location_dest_id": target(env).id}
        move = {"product_id": shop.products[0], "product_uom_qty": quantity, **places}
        picking = env["stock.picking"].create(
            {
                **places,
                "partner_id": shop.partner,
                "picking_type_id": warehouse.int_type_id.id,
                "move_ids": [(0, 0, move)],
            }
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.button_validate()
        return picking.id

    return call


def place_of_returns(state):
    return lambda env: env["stock.location"].search(
        [("reverse_state", "=", state)], limit=1
    )


@pytest.fixture
def new_customer(shop):
    """A customer who has nothing but what the test sells."""
    before = shop.partner
    with shop.env(1) as env:
        shop.partner = env["res.partner"].create({"name": "Cog Machines"}).id
    yield
    shop.partner = before


@pytest.mark.usefixtures("new_customer")
@pytest.mark.parametrize("first", [0, 1, None])
def test_request_and_plain_receipt(shop, first):
    """The same pieces are announced, and received past the return."""
    sale = shop.sell(3)
    rma = shop.returned("draft", sale, 3)
    receive = hand_transfer(
        shop,
        lambda env: env.ref("stock.stock_location_customers"),
        lambda env: env["stock.warehouse"].search([], limit=1).lot_stock_id,
        3,
    )
    before = shop.in_inspection()
    winner, error = winner_and_loser(
        shop.race(on_return(rma, "action_request"), receive, first=first)
    )
    if winner == 0:
        assert re.search("RMA.* waits for Kettle: receive the goods there", str(error))
    else:
        assert re.search("only 0 .*can be returned|would come back", str(error))
    assert shop.in_inspection() - before == (3 if winner else 0)
    assert shop.coming_back(sale) == [3]


@pytest.mark.parametrize("first", [0, 1])
def test_inspector_and_relocation(shop, first):
    """Credited is what was put away, wherever somebody puts it meanwhile."""
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="A")
    relocate = hand_transfer(
        shop, place_of_returns("inspection"), place_of_returns("hold"), 3
    )
    outcomes = shop.race(on_parts(rma, "action_complete"), relocate, first=first)
    assert outcomes[0].error is None
    put_away, settled = shop.read(rma, "line_ids.qty_put_away", "line_ids.qty_settled")
    assert put_away == settled
    assert shop.credited(sale) == settled[0] * 100
    assert shop.exceptions(rma) == ([] if settled[0] else ["work_failure"])


@pytest.mark.parametrize("first", [0, 1])
def test_inspector_and_approved_transfer(shop, first):
    """What leaves by hand, as somebody approved, is not put away as well."""
    sale = shop.sell(3)
    rma = shop.returned("graded", sale, 3, conditions="A")
    with shop.env(SUPERUSER_ID) as env:
        approver = new_test_user(
            env,
            login=f"approver-{first}",
            groups="reverse_logistics.group_approver,stock.group_stock_user",
        )
        stocker = new_test_user(
            env, login=f"stocker-{first}", groups="stock.group_stock_user"
        )
        here = env["reverse.rma"].browse(rma).inspection_ids.location_id
        places = {
            "location_id": here.id,
            "location_dest_id": env.ref("stock.stock_location_suppliers").id,
        }
        # all that lies there, also what other tests left
        quantity = shop.in_inspection()
        move = {
            "product_id": shop.products[0],
            "product_uom_qty": quantity,
            **places,
        }
        warehouse = env["stock.warehouse"].search([], limit=1)
        picking = (
            env["stock.picking"]
            .with_user(stocker)
            .create(
                {
                    **places,
                    "picking_type_id": warehouse.int_type_id.id,
                    "move_ids": [(0, 0, move)],
                }
            )
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.action_reverse_ask_quantity(reason="They want them back")
        change = picking.sudo().move_ids.reverse_quantity_change_id
        change.approval_ids.with_user(approver).action_approve()
        assert change.state == "permitted"
        sender, transfer = approver.id, picking.id

    def send(env):
        env["stock.picking"].with_user(sender).browse(transfer).button_validate()

    outcomes = shop.race(on_parts(rma, "action_complete"), send, first=first)
    assert outcomes[0].error is None
    if first:
        assert outcomes[1].error is None
        assert shop.exceptions(rma) == ["work_failure"]
        assert shop.credited(sale) == 0
    else:
        assert "than lies there" in str(outcomes[1].error)
        assert shop.credited(sale) == 300
    assert shop.in_inspection() == (0 if first else quantity - 3)


@pytest.mark.parametrize("first", [0, None])
def test_two_receivers_miss_credited_goods(shop, first):
    """What was credited is said once not to have come, and approved once."""
    sale = shop.sell(3)
    with shop.env(SUPERUSER_ID) as env:
        # what was sold before it was bought takes nothing of what is put away
        stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
        product = env["product.product"].browse(shop.products[0])
        env["stock.quant"]._update_available_quantity(product, stock, 1000)
    rma = shop.returned("inspected", sale, 3, conditions="A")
    with shop.env() as env:
        parts = env["reverse.rma"].browse(rma).inspection_ids
        parts.action_correct()
        part = (env["reverse.rma"].browse(rma).inspection_ids - parts).id

    def miss(env):
        env["reverse.inspection"].browse(part).action_correct_receipt(2)

    _winner, error = winner_and_loser(shop.race(miss, miss, first=first))
    assert "waits for approval" in str(error)
