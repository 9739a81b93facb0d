"""A supplier, the warehouse and people who claim meet at the same claim."""

from types import SimpleNamespace

import pytest

from odoo import SUPERUSER_ID, Command

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_each

from .harness import winner_and_loser
from .shop import Shop

OWN = "reverse_logistics_supplier_claims"


@pytest.fixture(scope="module")
def claims_shop(new_database):
    """A shop whose goods come from a supplier that has a user in the portal."""
    shop = Shop(new_database(suite=True))
    with shop.env(SUPERUSER_ID) as env:
        group = env.ref(f"{OWN}.group_claims_user")
        user = env["res.users"].browse(shop.uid)
        user.group_ids = [Command.link(group.id)]
        supplier = env["res.partner"].create(
            {"name": "Racing Works", "email": "race@example.com"}
        )
        portal = env.ref("base.group_portal")
        make = env["res.users"].with_context(no_reset_password=True).create
        shop.visitor = make(
            {
                "name": "Racing Works",
                "login": "race@example.com",
                "partner_id": supplier.id,
                "group_ids": [Command.set(portal.ids)],
            }
        ).id
        approver = env.ref(f"{OWN}.group_claims_approver")
        shop.approver = make(
            {
                "name": "Approver",
                "login": "races-approver",
                "group_ids": [Command.set(approver.ids)],
            }
        ).id
        shop.supplier = supplier.id
        shop.agreement = (
            env["reverse.supplier.agreement"]
            .create({"name": "Races", "partner_id": supplier.id})
            .id
        )
    return shop


def inspected(shop):
    """Buy and bill one piece at 40, sell it, and inspect it: for the supplier."""
    with shop.env(SUPERUSER_ID) as env:
        line = {
            "product_id": shop.products[0],
            "product_qty": 1,
            "price_unit": 40.0,
            "tax_ids": [Command.clear()],
        }
        order = env["purchase.order"].create(
            {"partner_id": shop.supplier, "order_line": [Command.create(line)]}
        )
        order.button_confirm()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        order.action_create_invoice()
        order.invoice_ids.invoice_date = order.date_order
        order.invoice_ids.action_post()
        receipt, bill = order.picking_ids.move_ids.id, order.invoice_ids.id
    rma = shop.returned("graded", shop.sell(1), 1)
    with shop.env() as env:
        parts = env["reverse.rma"].browse(rma).inspection_ids
        vendor = env.ref(f"{OWN}.disposition_vendor")
        parts.write({"liability": "supplier", "disposition_id": vendor.id})
        parts.action_complete()
        return SimpleNamespace(part=parts.id, receipt=receipt, bill=bill)


def submitted(shop, *answers, **terms):
    """Claim what was inspected, and note these answers; give the claim's id."""
    found = inspected(shop)
    with shop.env(SUPERUSER_ID) as env:
        usual = {"goods": "return", "settlement": "credit"}
        agreement = env["reverse.supplier.agreement"].browse(shop.agreement)
        agreement.write({**usual, **terms})
    with shop.env() as env:
        env["reverse.inspection"].browse(found.part).action_claim_supplier()
        part = env["reverse.inspection"].browse(found.part)
        line = part.supplier_claim_line_ids
        if line.source_state == "unclear":
            # What was bought for other tests of this file is as likely.
            line.receipt_move_id = found.receipt
        claim = line.claim_id
        claim.action_submit()
        for kind in answers:
            amount = line.amount_claimed if kind == "approve" else 0.0
            said = {line: (amount, False)} if kind == "approve" else {}
            claim._answer(kind, said)
        return SimpleNamespace(claim=claim.id, line=line.id, bill=found.bill)


def read(shop, claim, *names):
    with shop.env(SUPERUSER_ID) as env:
        found = env["reverse.supplier.claim"].browse(claim)
        return [found.mapped(name) for name in names]


@pytest.mark.parametrize("first", [0, 1])
def test_supplier_and_we_answer(claims_shop, first):
    """The supplier accepts on its page while we note by phone that it refuses."""
    shop = claims_shop
    found = submitted(shop)

    def on_its_page(env):
        visitor = env(user=shop.visitor, su=True)
        claim = visitor["reverse.supplier.claim"].browse(found.claim)
        claim._answer_by_supplier("approve", {}, "form-1")

    def by_phone(env):
        claim = env["reverse.supplier.claim"].browse(found.claim)
        claim._answer("refuse", {claim.line_ids: (0.0, "Misuse")})

    winner, error = winner_and_loser(shop.race(on_its_page, by_phone, first=first))
    assert winner == first
    told = ("is Approved: this step is not possible", "is not possible any more")
    assert told[first] in str(error)
    kinds = read(shop, found.claim, "answer_ids.kind")[0]
    decided = [kind for kind in kinds if kind in ("approve", "refuse")]
    assert decided == [("approve", "refuse")[first]]
    assert read(shop, found.claim, "state", "amount_approved") == [
        [("approved", "refused")[first]],
        [(40.0, 0.0)[first]],
    ]


def test_supplier_answers_twice(claims_shop):
    """Two windows of the supplier: one form counts."""
    shop = claims_shop
    found = submitted(shop)

    def answer(kind):
        def call(env):
            visitor = env(user=shop.visitor, su=True)
            claim = visitor["reverse.supplier.claim"].browse(found.claim)
            claim._answer_by_supplier(kind, {}, kind, reason="Misuse")

        return call

    outcomes = shop.race(answer("approve"), answer("refuse"))
    _winner, error = winner_and_loser(outcomes)
    assert "not possible any more" in str(error)
    kinds = read(shop, found.claim, "answer_ids.kind")[0]
    assert sorted(kinds)[-1] == "submit" and len(kinds) == 2


@pytest.mark.parametrize("first", [0, 1])
def test_noted_as_unclaimed_while_it_is_claimed(claims_shop, first):
    """The nightly look at what nobody claimed does not undo what a claim has noted."""
    shop = claims_shop
    found = inspected(shop)

    def nightly(env):
        # It is the system's, whoever the harness calls as.
        env["reverse.inspection"].sudo().browse(found.part)._note_claimable()

    def claim(env):
        env["reverse.inspection"].browse(found.part).action_claim_supplier()

    outcomes = shop.race(nightly, claim, first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    with shop.env(SUPERUSER_ID) as env:
        part = env["reverse.inspection"].browse(found.part)
        assert len(part.supplier_claim_line_ids) == 1
        assert part.unclaimed_reason == "draft"
        assert part.claim_partner_id.id == shop.supplier


@pytest.mark.parametrize("first", [0, 1])
def test_asked_for_while_it_is_destroyed(claims_shop, first):
    """The supplier wants the part back while somebody notes its destruction."""
    shop = claims_shop
    found = submitted(shop, "approve", goods="destroy")

    def destroy(env):
        env = env(user=shop.approver)
        claim = env["reverse.supplier.claim"].browse(found.claim)
        file = env["ir.attachment"].create({"name": "proof.pdf", "raw": b"%PDF"})
        today = claim.company_id._get_reverse_today()
        claim._destroy(claim.line_ids, today, file)

    def ask(env):
        claim = env["reverse.supplier.claim"].browse(found.claim)
        claim._answer("request", {claim.line_ids: (0.0, False)})
        claim.action_send_goods()

    winner, error = winner_and_loser(shop.race(destroy, ask, first=first))
    assert winner == first
    told = ("choose goods that are still here", "goods are destroyed that")
    assert told[winner] in str(error)
    assert read(shop, found.claim, "line_ids.parts_state") == [
        [("destroyed", "announced")[winner]]
    ]
    with shop.env(SUPERUSER_ID) as env:
        line = env["reverse.supplier.claim.line"].browse(found.line)
        scraps = line.inspection_id.move_ids.filtered("scrap_id")
        assert (len(scraps), len(line.move_ids)) == ((1, 0), (0, 1))[winner]


def test_announced_twice(claims_shop):
    """Two persons send the goods: one transfer is made."""
    shop = claims_shop
    found = submitted(shop, "acknowledge")

    def send(env):
        env["reverse.supplier.claim"].browse(found.claim).action_send_goods()

    _winner, error = winner_and_loser(shop.race(send, send))
    assert "no goods wait to be sent" in str(error)
    with shop.env(SUPERUSER_ID) as env:
        line = env["reverse.supplier.claim.line"].browse(found.line)
        assert line.move_ids.mapped("product_qty") == [1]


def test_set_off_twice(claims_shop):
    """Two persons set one claim off against two bills: one memo is drafted."""
    shop = claims_shop
    found = submitted(
        shop, "acknowledge", "approve", goods="keep", settlement="set_off"
    )
    bills = [found.bill, inspected(shop).bill]

    def set_off(position):
        def call(env):
            claim = env["reverse.supplier.claim"].browse(found.claim)
            # Whoever claims need not keep the books; the bill is only named here.
            claim._set_off(env["account.move"].sudo().browse(bills[position]))

        return call

    _winner, error = winner_and_loser(shop.race(set_off(0), set_off(1)))
    assert "has a credit note, or was paid" in str(error)
    with shop.env(SUPERUSER_ID) as env:
        line = env["reverse.supplier.claim.line"].browse(found.line)
        assert line.refund_line_ids.move_id.mapped("amount_total") == [40.0]


def test_replacement_twice(claims_shop):
    """Two persons announce the replacement: the warehouse expects one piece."""
    shop = claims_shop
    found = submitted(
        shop, "acknowledge", "approve", goods="keep", settlement="replacement"
    )

    def replace(env):
        env["reverse.supplier.claim"].browse(found.claim).action_replacement()

    _winner, error = winner_and_loser(shop.race(replace, replace))
    assert "nothing waits for a replacement" in str(error)
    with shop.env(SUPERUSER_ID) as env:
        line = env["reverse.supplier.claim.line"].browse(found.line)
        assert line.replacement_move_ids.mapped("product_qty") == [1]


@pytest.mark.parametrize("first", [0, 1])
def test_allowance_by_itself_and_by_a_person(claims_shop, first):
    """The nightly run and the button: the month is claimed once, and no run fails."""
    shop = claims_shop
    with shop.env(SUPERUSER_ID) as env:
        supplier = env["res.partner"].create({"name": f"Allowing Works {first}"})
        agreement = env["reverse.supplier.agreement"].create(
            {
                "name": "Allowance",
                "partner_id": supplier.id,
                "is_allowance": True,
                "allowance": 5.0,
            }
        )
        month = agreement._get_last_month()
        line = {"name": "Pumps", "price_unit": 1000.0, "tax_ids": []}
        bill = env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": supplier.id,
                "invoice_date": month,
                "date": month,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        bill.action_post()
        (agreement_id,) = agreement.ids

    def nightly(env):
        own = env["reverse.supplier.agreement"].sudo().browse(agreement_id)
        run_each(own.env, own, "_claim_last_month")

    def by_button(env):
        env["reverse.supplier.agreement"].browse(agreement_id).action_claim_allowance()

    night, button = shop.race(nightly, by_button, first=first)
    assert night.error is None, night
    if first == 0:
        assert "is claimed already" in str(button.error)
    else:
        assert button.error is None
    with shop.env(SUPERUSER_ID) as env:
        runs = env["reverse.supplier.allowance"].search(
            [("agreement_id", "=", agreement_id)]
        )
        assert runs.mapped("amount") == [50.0]
        assert len(runs.claim_id) == 1
