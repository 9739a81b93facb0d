"""Two workers learn the same task at once: one does."""

import pytest

from odoo import SUPERUSER_ID

from .shop import Shop


@pytest.fixture(scope="module")
def suite_shop(new_database):
    """A shop with all addons."""
    return Shop(new_database(suite=True))


def learn(env):
    task = env["reverse.ai.task"].with_user(SUPERUSER_ID)
    task.search([("code", "=", "reason")], order="id", limit=1)._learn()


@pytest.mark.parametrize("first", [0, None])
def test_two_workers_learn_at_once(suite_shop, first):
    with suite_shop.env(SUPERUSER_ID) as env:
        task = env["reverse.ai.task"].search(
            [("code", "=", "reason")], order="id", limit=1
        )
        task.write({"is_due": True, "tier": "terms"})
        before = len(task.model_ids)
    outcomes = suite_shop.race(learn, learn, first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert sorted(outcome.tries for outcome in outcomes) == [1, 2]
    with suite_shop.env(SUPERUSER_ID) as env:
        task = env["reverse.ai.task"].browse(task.id)
        assert len(task.model_ids) == before + 1
        assert not task.is_due
