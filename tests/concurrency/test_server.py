"""The same over HTTP, against a server with workers: each call in its own process."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from odoo import sql_db
from odoo.tools import SQL

from .server import WORKERS, Client, serving, wait_for
from .shop import LOGIN, PASSWORD, PRICE


@pytest.fixture(scope="module")
def clients(shop, tmp_path_factory):
    log = tmp_path_factory.mktemp("server") / "odoo.log"
    with serving(shop.database, log) as url:
        yield [Client(url, shop.database, LOGIN, PASSWORD) for _each in range(WORKERS)]


def together(shop, clients, table, row, calls):
    """Send each client's call, and hold a row until all of them wait for something.

    Each worker's transaction has then begun before any other's could commit.
    """
    waiting = SQL(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = %s AND wait_event_type = 'Lock'",
        shop.database,
    )
    lock = SQL("SELECT id FROM %s WHERE id = %s FOR UPDATE", SQL.identifier(table), row)

    def all_wait():
        with closing(sql_db.db_connect("postgres").cursor()) as cr:
            cr.execute(waiting)
            return cr.fetchone()[0] == len(calls)

    with ThreadPoolExecutor(len(calls)) as users:
        with closing(sql_db.db_connect(shop.database).cursor()) as holder:
            holder.execute(lock)
            answers = [
                users.submit(client.call, *call)
                for client, call in zip(clients, calls, strict=True)
            ]
            wait_for(all_wait)
            holder.rollback()
        return [answer.result() for answer in answers]


def winner_and_message(answers):
    """Tell who succeeded and what the other read, expecting one of each."""
    winners = [
        position for position, (_result, error) in enumerate(answers) if not error
    ]
    errors = [error["data"] for _result, error in answers if error]
    assert len(winners) == len(errors) == 1, answers
    assert errors[0]["name"] == "odoo.exceptions.UserError"
    return winners[0], errors[0]["message"]


def test_two_requests(shop, clients):
    sale = shop.sell(3)
    rmas = [shop.returned("draft", sale, 3), shop.returned("draft", sale, 3)]
    calls = [("reverse.rma", "action_request", [rma]) for rma in rmas]
    answers = together(shop, clients, "stock_move", sale.deliveries[0], calls)
    winner, message = winner_and_message(answers)
    assert re.search(
        r"only 0 .* can be returned; .* was not delivered, or another return", message
    )
    assert shop.coming_back(sale) == [3]
    assert shop.read(rmas[1 - winner], "state") == [["draft"]]
    assert shop.events(rmas[winner]) == [["ReturnRequested", "ReturnAuthorized"]]


def test_two_receivers(shop, clients):
    sale = shop.sell(3)
    rma = shop.returned("expected", sale, 3)
    calls = [("reverse.rma", "action_receive", [rma])] * 2
    answers = together(shop, clients, "stock_move", sale.deliveries[0], calls)
    _winner, message = winner_and_message(answers)
    assert re.search(r"Nothing is expected for RMA/\S+\.", message)
    assert shop.read(rma, "line_ids.qty_received") == [[3]]
    assert shop.events(rma)[0].count("ReturnReceived") == 1


def test_two_releases(shop, clients):
    sale = shop.sell(3)
    rma = shop.returned("approved", sale, 3)
    settlements = shop.read(rma, "settlement_ids.id")[0]
    calls = [("reverse.settlement", "action_release", settlements)] * 2
    answers = together(shop, clients, "account_move", sale.invoice, calls)
    _winner, message = winner_and_message(answers)
    assert re.search("is Released: this step is not possible from there", message)
    assert shop.credited(sale) == 3 * PRICE
    assert shop.read(rma, "credit_note_ids.state") == [["posted"]]
    assert shop.events(rma)[0].count("InvoiceAdjusted") == 1
