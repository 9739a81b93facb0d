"""Several users at once, on real connections, and faults at chosen statements."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import NamedTuple
from unittest import mock

from odoo import api
from odoo.modules.registry import Registry
from odoo.service import model as service

PATIENCE = 60  # seconds until a race that hangs counts as failed


class Outcome(NamedTuple):
    """What became of one user's call."""

    result: object
    error: Exception | None
    tries: int


def race(database, uid, *calls, first=None):
    """Let users call at once, each seeing the database as it was before all of them.

    :param calls: functions of an environment, one per user
    :param first: position of the call that commits before the others go on from their
        snapshots; without it they run side by side
    :return: one `Outcome` per call
    """
    snapshots = threading.Barrier(len(calls), timeout=PATIENCE)
    committed = threading.Event()

    def run(position):
        def wait(cr):
            cr.execute("SELECT count(*) FROM reverse_rma")
            snapshots.wait()
            if first not in (None, position) and not committed.wait(PATIENCE):
                raise TimeoutError("the first user never came to an end")

        try:
            return attempt(database, uid, calls[position], wait)
        finally:
            if position == first:
                committed.set()

    with ThreadPoolExecutor(len(calls)) as users, short_waits():
        return list(users.map(run, range(len(calls))))


def attempt(database, uid, call, prepare=lambda cr: None):
    """Call as a request of a user would: retried and committed by Odoo.

    :param prepare: function of the cursor, called before the first try only
    """
    tries = []
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, uid, {})
        env.transaction.default_env = env

        def once():
            tries.append(None)
            if len(tries) == 1:
                prepare(cr)
            return call(env)

        try:
            result = service.retrying(once, env)
        except Exception as error:
            cr.rollback()
            return Outcome(None, error, len(tries))
        return Outcome(result, None, len(tries))


def short_waits():
    """Keep the random waits before a retry, but a twentieth of them."""
    shorter = SimpleNamespace(uniform=lambda low, high: random.uniform(low, high / 20))
    return mock.patch.object(service, "random", shorter)


def winner_and_loser(outcomes):
    """Tell who succeeded and what the other was told, expecting one of each."""
    winners = [
        position for position, outcome in enumerate(outcomes) if not outcome.error
    ]
    errors = [outcome.error for outcome in outcomes if outcome.error]
    assert len(winners) == len(errors) == 1, outcomes
    return winners[0], errors[0]


class Statements:
    """Counts the statements of a cursor; one of them loses against another user."""

    def __init__(self, failing=None):
        self.count = 0
        self.failing = failing

    @contextmanager
    def of(self, cr):
        execute = cr.execute

        def lose():
            # PostgreSQL itself has to say it: Odoo asks the error for its code.
            self.failing = None
            execute("DO $$ BEGIN RAISE 'injected' USING ERRCODE = '40001'; END $$")

        def counted(*args, **kwargs):
            if self.count == self.failing:
                lose()
            self.count += 1
            return execute(*args, **kwargs)

        with mock.patch.object(cr, "execute", counted):
            yield
        if self.failing is not None:
            lose()
