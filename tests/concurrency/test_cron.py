"""The nightly check beside people at work: Odoo repeats requests, but not crons."""

import pytest
from psycopg2 import OperationalError

from odoo import SUPERUSER_ID

from .calls import on_return

QUANTITIES = ("line_ids.qty_received", "line_ids.qty_settled")


class Abandoned(Exception):
    """The cron gave up; Odoo would try it again the next night."""


@pytest.mark.parametrize("first", [0, 1])
def test_nightly_check_and_receiver(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    with shop.env(SUPERUSER_ID) as env:
        line = env["reverse.rma"].browse(rma).line_ids
        env.cr.execute(
            "UPDATE reverse_rma_line SET qty_settled = 1 WHERE id = %s", [line.id]
        )

    def check(env):
        try:
            env["reverse.rma"].with_user(SUPERUSER_ID)._check_batch([rma])
        except OperationalError as error:
            raise Abandoned from error

    outcomes = shop.race(on_return(rma, "action_receive"), check, first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert shop.read(rma, *QUANTITIES) == [[3], [0]]
    assert shop.coming_back(sale) == [3]
    names = shop.events(rma)[0]
    assert sorted(names[2:]) == ["DriftFound", "ReturnReceived"]


@pytest.mark.parametrize("first", [0, 1])
def test_expiry_and_receiver(shop, first):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    with shop.env(SUPERUSER_ID) as env:
        env.cr.execute(
            "UPDATE reverse_rma SET expires_on = '2020-01-01' WHERE id = %s", [rma]
        )

    def expire(env):
        try:
            env["reverse.rma"].with_user(SUPERUSER_ID)._expire_batch([rma])
        except OperationalError as error:
            raise Abandoned from error

    outcomes = shop.race(on_return(rma, "action_receive"), expire, first=first)
    assert [outcome.error for outcome in outcomes] == [None, None]
    # Whoever is first, the goods are here and the return has them.
    assert shop.read(rma, "state", "line_ids.qty_received", "follow_up_ids.id") == [
        ["authorized"],
        [3],
        [],
    ]
    assert shop.coming_back(sale) == [3]
    names = shop.events(rma)[0][2:]
    assert names == (
        ["ReturnExpired", "ReturnReopened", "ReturnReceived"]
        if first
        else ["ReturnReceived"]
    )
