"""Two who approve at once, and two returns that share the limit of a day."""

import re

import pytest

from odoo import SUPERUSER_ID, Command

from .harness import winner_and_loser
from .shop import PRICE, ROLES


@pytest.fixture(scope="module")
def approvers(shop):
    """Two persons of the role approver."""
    with shop.env(SUPERUSER_ID) as env:
        group = env.ref("reverse_logistics.group_approver")
        users = env["res.users"].with_context(no_reset_password=True)
        return users.create(
            [
                {
                    "name": name,
                    "login": name,
                    "group_ids": [Command.set(group.ids)],
                }
                for name in ("first-approver", "second-approver")
            ]
        ).ids


@pytest.fixture
def rules(shop):
    """Make rules that hold for one test."""
    made = []

    def make(*vals_list):
        with shop.env(SUPERUSER_ID) as env:
            rules = env["reverse.approval.rule"].create(list(vals_list))
            made.extend(rules.ids)

    yield make
    with shop.env(SUPERUSER_ID) as env:
        env["reverse.approval.rule"].browse(made).active = False


def approve(approval_id, user_id):
    return lambda env: (
        env["reverse.approval"].with_user(user_id).browse(approval_id).action_approve()
    )


@pytest.mark.parametrize("first", [0, None])
def test_two_approvers_of_one_approval(shop, approvers, rules, first):
    rules({"name": "Two", "gate": "authorization", "approver_count": 2})
    rma = shop.returned("expected", shop.sell(1), 1)
    (approval,) = shop.read(rma, "approval_ids.id")[0]
    outcomes = shop.race(*(approve(approval, user) for user in approvers), first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.read(rma, "state", "approval_ids.given") == [["authorized"], [2]]
    assert shop.events(rma)[0].count("ReturnAuthorized") == 1


@pytest.mark.parametrize("first", [0, None])
def test_one_approver_twice(shop, approvers, rules, first):
    rules({"name": "Two", "gate": "authorization", "approver_count": 2})
    rma = shop.returned("expected", shop.sell(1), 1)
    (approval,) = shop.read(rma, "approval_ids.id")[0]
    call = approve(approval, approvers[0])
    _winner, error = winner_and_loser(shop.race(call, call, first=first))
    assert re.search("was approved in your name already", str(error))
    assert shop.read(rma, "state", "approval_ids.given") == [["requested"], [1]]


@pytest.mark.parametrize("first", [0, None])
def test_the_last_two_gates_of_one_return(shop, approvers, rules, first):
    """Neither sees the other's approval before it is there; one goes on."""
    rules({"name": "One", "gate": "authorization"})
    rma = shop.returned("expected", shop.sell(1), 1)
    with shop.env(SUPERUSER_ID) as env:
        asked = env["reverse.rma"].browse(rma).approval_ids
        values = asked.read(["res_model", "res_id", "document", "subject"])[0]
        values.pop("id")
        other = asked._guarded_create(
            [
                {
                    **values,
                    "rma_id": rma,
                    "gate": "serialized",
                    "group_id": asked.group_id.id,
                    "company_id": asked.company_id.id,
                    "currency_id": asked.currency_id.id,
                    "needed": 1,
                }
            ]
        )
        approvals = (asked | other).ids
    outcomes = shop.race(
        *(approve(*pair) for pair in zip(approvals, approvers, strict=True)),
        first=first,
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.read(rma, "state", "approval_state") == [["authorized"], ["approved"]]


@pytest.mark.parametrize("first", [0, None])
def test_two_returns_share_the_limit_of_a_day(shop, first):
    with shop.env(SUPERUSER_ID) as env:
        roles = [
            env.ref(f"reverse_logistics.group_{role}")
            for role in ROLES
            if role != "combined_duties"
        ]
        user = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": f"Branch {first}",
                    "login": f"branch-{first}",
                    "group_ids": [Command.set([role.id for role in roles])],
                }
            )
        )
        env["reverse.combined.duty"].create(
            {
                "name": "Branch",
                "user_ids": [Command.set(user.ids)],
                "role_ids": [Command.set([role.id for role in roles])],
                "daily_limit": PRICE * 1.5,
            }
        )
        draft = env["reverse.policy.version"]._get_for(env.company)[env.company].copy()
        draft.rule_ids.authorize = False
        draft._activate(env.user)
        lines = [shop.sell(1).lines[0] for _number in range(2)]
        uid = user.id
    with shop.env(uid) as env:
        rmas = env["reverse.rma"].create(
            [
                {
                    "partner_id": shop.partner,
                    "line_ids": [Command.create({"sale_line_id": line})],
                }
                for line in lines
            ]
        )
        rmas.action_request()
        ids = rmas.ids
    outcomes = shop.race(
        *(
            lambda env, rma=rma: (
                env["reverse.rma"].with_user(uid).browse(rma).action_authorize()
            )
            for rma in ids
        ),
        first=first,
    )
    winner, error = winner_and_loser(outcomes)
    assert re.search("You took an earlier step of RMA", str(error))
    assert shop.read(ids[winner], "state") == [["authorized"]]
    assert shop.read(ids[1 - winner], "state") == [["requested"]]
    with shop.env(SUPERUSER_ID) as env:
        version = (
            env["reverse.policy.version"]._get_for(env.company)[env.company].copy()
        )
        version.rule_ids.authorize = True
        version._activate(env.user)
