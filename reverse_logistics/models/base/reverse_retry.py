"""Scheduled work in batches, each in a transaction of its own."""

from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)


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
