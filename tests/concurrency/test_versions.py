"""Versions of a policy, when two administrators are at work."""

import pytest

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import UserError

from .harness import winner_and_loser


def drafts(shop, count):
    """Make drafts of the shared policy, of one rule each; give their ids."""
    with shop.env(SUPERUSER_ID) as env:
        policy = env.ref("reverse_logistics.policy_default")
        return [
            env["reverse.policy.version"]
            .create(
                {
                    "policy_id": policy.id,
                    "rule_ids": [Command.create({"name": "Everything"})],
                }
            )
            .id
            for _number in range(count)
        ]


def activate(version_id):
    return lambda env: (
        env["reverse.policy.version"].sudo().browse(version_id)._activate(env.user)
    )


def change_rule(version_id):
    def call(env):
        version = env["reverse.policy.version"].sudo().browse(version_id)
        version.rule_ids.window_days = 99

    return call


def test_two_activations_leave_one_in_force(shop):
    first, second = drafts(shop, 2)
    outcomes = shop.race(activate(first), activate(second), first=0)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert [outcome.tries for outcome in outcomes] == [1, 2]
    with shop.env(SUPERUSER_ID) as env:
        policy = env.ref("reverse_logistics.policy_default")
        active = policy.version_ids.filtered(lambda v: v.state == "active")
        assert active.id == second
        assert (
            env["reverse.policy.version"]._get_for(env.company)[env.company] == active
        )
        assert env["reverse.policy.version"].browse(first).state == "archived"


@pytest.mark.parametrize("first", [0, 1])
def test_no_rule_changes_behind_an_activation(shop, first):
    (draft,) = drafts(shop, 1)
    outcomes = shop.race(activate(draft), change_rule(draft), first=first)
    if first == 0:
        assert winner_and_loser(outcomes)[0] == 0
        assert isinstance(outcomes[1].error, UserError)
        assert "is Active and can no longer be changed" in str(outcomes[1].error)
    else:
        assert [outcome.error for outcome in outcomes] == [None, None]
    with shop.env(SUPERUSER_ID) as env:
        version = env["reverse.policy.version"].browse(draft)
        assert version._make_snapshot() == version.snapshot
        assert version.rule_ids.window_days == (99 if first else 30)
