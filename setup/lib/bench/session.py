"""A database, opened through Odoo, and rounds in it that leave nothing behind."""

import contextlib
import gc
import logging
import time
from dataclasses import dataclass

from . import deciding


@dataclass(frozen=True)
class Cost:
    """What one round took."""

    queries: int
    milliseconds: float


class Session:
    """The database that is measured."""

    def __init__(self, database):
        from odoo.modules.registry import Registry

        logging.getLogger("odoo.modules.registry").setLevel(logging.WARNING)
        self.registry = Registry(database)

    @contextlib.contextmanager
    def environment(self, user=None):
        """An environment in a transaction of its own, committed at the end."""
        from odoo import SUPERUSER_ID, api

        with self.registry.cursor() as cursor:
            yield api.Environment(cursor, user or SUPERUSER_ID, {"lang": "en_US"})

    def round(self, user, way, order_ids, watch=contextlib.nullcontext):
        """Take one way with cold caches, and roll everything back.

        :param watch: context manager factory that is entered while it is measured
        :rtype: Cost
        """
        with self.environment(user) as env:
            try:
                orders = env["sale.order"].browse(order_ids)
                self.registry.clear_all_caches()
                self.registry.cache_invalidated.clear()
                credit_notes, cost = self._measure(way, orders, watch)
                self._check(credit_notes, orders)
                return cost
            finally:
                env.cr.rollback()

    def decide(self, user, watch=contextlib.nullcontext):
        """Let policy decide many lines, and roll everything back.

        Some were decided before, so that what Odoo keeps for all transactions (rights,
        names of models, compiled rules) is known, and nothing of any record.

        :param watch: context manager factory that is entered while it is measured
        :rtype: Cost
        """
        with self.environment(user) as env:
            try:
                lines = deciding.choose(env)
                deciding.decide(lines[:100])
                verdicts, cost = self._measure(deciding.decide, lines, watch)
                deciding.check(verdicts, lines)
                return cost
            finally:
                env.cr.rollback()

    def _measure(self, way, records, watch):
        env = records.env
        env.invalidate_all()
        gc.collect()
        before, start = env.cr.sql_log_count, time.perf_counter()
        with watch():
            found = way(records)
            env.cr.flush()
        milliseconds = (time.perf_counter() - start) * 1000
        return found, Cost(env.cr.sql_log_count - before, milliseconds)

    def _check(self, credit_notes, orders):
        """Only what came to its end is a measurement."""
        credited = sum(credit_notes.sudo().mapped("amount_untaxed"))
        sold = sum(orders.sudo().mapped("amount_untaxed"))
        assert set(credit_notes.mapped("state")) == {"posted"}, "not posted"
        assert abs(credited - sold) < 0.01 * len(orders), "not all was credited"
        if "reverse_settlement_id" in credit_notes:
            rmas = credit_notes.sudo().reverse_settlement_id.rma_id
            assert set(rmas.mapped("stage")) <= {"settled"}, "not all was put away"
