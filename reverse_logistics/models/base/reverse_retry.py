"""Scheduled work in batches, each in a transaction of its own."""

import logging

from odoo.exceptions import RedirectWarning, UserError
from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)

_logger = logging.getLogger(__name__)


def run_batch(env, work, processed):
    """Do ``work()``, commit it, and give the seconds that are left for more.

    When somebody else was faster, the batch is repeated: Odoo does that for what people
    ask for, but not for scheduled actions.

    :param work: function without arguments
    :param int processed: how many records the batch has
    :raises Exception: what PostgreSQL raised, when repeating did not help
    """
    for tries_left in reversed(range(MAX_TRIES_ON_CONCURRENCY_FAILURE)):
        try:
            work()
            return env["ir.cron"]._commit_progress(processed)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if not tries_left:
                raise
            # The other transaction is over; a new one sees what it did.
            env.cr.rollback()
            env.transaction.reset()
    return 0


def run_each(env, records, method):
    """Run a private method on a batch and commit it, without those on which it fails.

    A failing batch is halved until only what fails is left. It stays as it was, is
    named in the log, and is tried again by the next run: it keeps none of the others
    waiting, today or on any other day. Errors of the program are raised.

    :param str method: name of the method
    :return: the seconds that are left for more
    """
    try:
        return run_batch(env, lambda: getattr(records.exists(), method)(), len(records))
    except (UserError, RedirectWarning) as error:
        env.cr.rollback()
        env.transaction.reset()
        if len(records) == 1:
            _logger.warning("%s of %s is left out: %s", method, records, error)
            return env["ir.cron"]._commit_progress(1)
    half = len(records) // 2
    left = run_each(env, records[:half], method)
    return left and run_each(env, records[half:], method)
