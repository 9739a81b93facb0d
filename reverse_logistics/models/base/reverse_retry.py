"""Batches of scheduled work, each in a transaction of its own."""

from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)


def run_batch(env, work, processed):
    """Do ``work()`` and commit it; give the seconds that are left for more.

    Odoo repeats what a person asked for when somebody else was faster, but no cron.
    """
    for tries_left in reversed(range(MAX_TRIES_ON_CONCURRENCY_FAILURE)):
        try:
            work()
            return env["ir.cron"]._commit_progress(processed)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if not tries_left:
                raise
            # The other one has committed: a new snapshot shows what was done.
            env.cr.rollback()
            env.transaction.reset()
    return 0
