"""One database, opened through Odoo, and its transactions."""

import contextlib
import functools

QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "lang": "en_US",
}


class Session:
    """The database that is replayed into."""

    def __init__(self, database):
        from odoo.modules.registry import Registry

        self.database = database
        self.registry = Registry(database)

    def require(self, model):
        """Refuse a database without the addon that this model belongs to."""
        from tooling.report import Problem

        if model not in self.registry:
            raise Problem(
                f"the database {self.database} lacks the addon with {model}: name "
                "another one, or replace it with --fresh"
            )

    def run(self, function, *arguments, quiet=True):
        """Call `function(env, *arguments)` in a transaction of its own and commit.

        A conflict with somebody else's transaction is retried, as the server does it.

        :param quiet: without chatter and tracking, for what only prepares the replay
        """
        from odoo import SUPERUSER_ID, api
        from odoo.service.model import retrying

        with self.registry.cursor() as cursor:
            context = QUIET if quiet else {"lang": "en_US"}
            env = api.Environment(cursor, SUPERUSER_ID, context)
            return retrying(functools.partial(function, env, *arguments), env)

    @contextlib.contextmanager
    def reading(self):
        """An environment for looking only: what is written is rolled back."""
        from odoo import SUPERUSER_ID, api

        with self.registry.cursor() as cursor:
            yield api.Environment(cursor, SUPERUSER_ID, {"lang": "en_US"})
            cursor.rollback()
