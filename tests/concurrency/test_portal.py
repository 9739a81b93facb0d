"""A form that a customer sends twice at once makes one return."""

import pytest

from odoo import SUPERUSER_ID, Command

from .harness import race

KEY = "f" * 43


@pytest.fixture
def customer(shop):
    """The id of a user who buys here and may return it alone."""
    with shop.env(SUPERUSER_ID) as env:
        env.company.reverse_portal = "request"
        user = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Ada",
                    "login": "ada",
                    "group_ids": [Command.set(env.ref("base.group_portal").ids)],
                }
            )
        )
        user.partner_id.parent_id = shop.partner
        known = user.id
    yield known
    with shop.env(SUPERUSER_ID) as env:
        env.company.reverse_portal = "no"
        env["res.users"].browse(known).write({"active": False, "login": f"ada-{known}"})


def send_form(sale, key):
    """Do what the page does with a form of three pieces that was sent."""

    def call(env):
        returns = env["reverse.rma"].sudo()
        partner = env.user.partner_id
        reason = env.ref("reverse_logistics.reason_unwanted").id
        wanted = [((sale.deliveries[0], False), {"quantity": 3, "reason_id": reason})]
        wishes = {"settlement_type": "refund", "submission": key}
        offered = returns._find_offered(partner)
        return returns._begin_once(partner, offered, wanted, wishes).id

    return call


@pytest.mark.parametrize("first", [0, None])
def test_one_form_sent_twice(shop, customer, first):
    sale = shop.sell(3)
    key = f"{KEY}-{first}"
    outcomes = race(shop.database, customer, *[send_form(sale, key)] * 2, first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    [made] = {outcome.result for outcome in outcomes}
    assert max(outcome.tries for outcome in outcomes) > 1
    with shop.env(SUPERUSER_ID) as env:
        drafts = env["reverse.rma"].search([("entered_by_id", "=", customer)])
        assert drafts.ids == [made]
        assert drafts.line_ids.move_id.ids == sale.deliveries
        assert drafts.line_ids.mapped("quantity") == [3]
