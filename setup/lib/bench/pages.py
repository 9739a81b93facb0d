"""What customers open on the site, beside Odoo's list of their orders."""

import statistics
import threading
import time
from dataclasses import dataclass

from . import masters

ORDERS, RETURNS, REQUEST = "/my/orders", "/my/returns", "/my/returns/new"
TITLES = {RETURNS: "list of returns", REQUEST: "form of a new return"}
#: What they may cost as a multiple of Odoo's page: queries, and time. Policy is asked
#: about what the form offers, by facts from tables that no list of orders reads: that
#: takes time for each of them, so that it offers few until the customer asks for more.
SHARES = {RETURNS: (1.5, 1.5), REQUEST: (1.5, 1.5)}
#: Lines that one customer could send back: so many orders with so many lines.
BOUGHT, LINES = 25, 20
TURNS = 5
LOGIN = "bench-customer@example.com"


@dataclass(frozen=True)
class Page:
    """What a page took, and Odoo's list of orders for the same customer."""

    title: str
    shares: tuple[float, float]
    queries: float
    milliseconds: float
    orders_queries: float
    orders_milliseconds: float


def prepare(env, known):
    """Let a customer with many orders and returns in, who has bought much more.

    :param dict known: as `masters.prepare` gave it
    :return: the id of the user
    """
    env.company.reverse_portal = "request"
    customer = known["partners"][0]
    masters.sell(env, {**known, "partners": [customer]}, BOUGHT, LINES)
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": "Bench Customer",
                "login": LOGIN,
                "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
            }
        )
    )
    user.partner_id.parent_id = customer
    return user.id


def measure(env, user):
    """Open the pages in turns, with warm caches.

    :param int user: id of a customer
    :return: a `Page` for each of `TITLES`
    """
    visitor = Visitor(env(user=user))
    costs = {url: [] for url in (ORDERS, *TITLES)}
    for turn in range(1 + TURNS):
        for url, found in costs.items():
            cost = visitor.open(url)
            if turn:
                found.append(cost)
    typical = {
        url: [statistics.median(values) for values in zip(*found, strict=True)]
        for url, found in costs.items()
    }
    return [
        Page(title, SHARES[url], *typical[url], *typical[ORDERS])
        for url, title in TITLES.items()
    ]


class Visitor:
    """A browser of one user, answered in this process."""

    def __init__(self, env, login=LOGIN):
        from werkzeug.test import Client

        from odoo import http
        from odoo.service import security

        session = http.root.session_store.new()
        session.update(
            http.get_default_session(),
            db=env.cr.dbname,
            uid=env.uid,
            login=login,
            _trace_disable=True,
        )
        session.context["lang"] = "en_US"
        session.session_token = security.compute_session_token(session, env)
        http.root.session_store.save(session)
        self.client = Client(http.root)
        self.client.set_cookie("session_id", session.sid)

    def open(self, url):
        """Give the queries and milliseconds of a page."""
        start = time.perf_counter()
        answer = self.client.get(url)
        milliseconds = (time.perf_counter() - start) * 1000
        assert answer.status_code == 200, (url, answer.status_code)
        return threading.current_thread().query_count, milliseconds
