"""What it costs to open a list, beside Odoo's own list of sales orders."""

import gc
import time

from odoo import Command

from .views_common import ViewsCase

RECORDS = 80
FACTOR = 1.5
#: time of a list that says in a sentence what each of its documents asks for
SENTENCES = 2.5
ROUNDS = 3
#: how often a list that seems too slow is measured again
TRIES = 6
#: what a busy machine adds to either side, in seconds
NOISE = 0.004


class ListBudgetCase(ViewsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(RECORDS)]
        )
        cls.orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": cls.product.id})],
                }
                for partner in cls.partners
            ]
        )
        cls.sales = cls.env.ref("sale.action_orders")

    def _read(self, action, role, limit=RECORDS):
        """Prepare what the client reads to show the list of an action; give a call.

        The arch stays with the client, so it is no part of the cost.
        """
        arch, model = self._arch(action, "list", role)
        specification = self._specification(model, arch)
        model = model.with_context(**self._action_context(action))

        def read():
            self.env.invalidate_all()
            return model.web_search_read([], specification, limit=limit)

        return read

    def _count(self, action, role, limit=RECORDS):
        """Queries and records of a list, with everything cold."""
        read = self._read(action, role, limit)
        self.env.flush_all()
        self.env.cr.flush()
        self.env.registry.clear_all_caches()
        before = self.env.cr.sql_log_count
        found = read()
        return self.env.cr.sql_log_count - before, len(found["records"])

    def _analyze(self):
        """Let the database know what its tables hold, as a running server's does.

        Without that it guesses, and whether it guesses well is no cost of a list.
        """
        self.env.flush_all()
        self.env.cr.execute("ANALYZE")

    def _measure(self, *reads):
        """Seconds of each, taking turns, as in a server that has been running.

        The best of several, without what Python tidies up meanwhile of other tests:
        what a busy machine adds is no cost of a list.
        """
        seconds = [[] for _read in reads]
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        for _round in range(ROUNDS + 1):
            for read, taken in zip(reads, seconds, strict=True):
                start = time.perf_counter()
                read()
                taken.append(time.perf_counter() - start)
        gc.enable()
        # the first round fills the caches
        return [min(taken[1:]) for taken in seconds]

    def _assert_queries(self, action, role="administrator"):
        cost, number = self._count(action, role)
        theirs, orders = self._count(self.sales, role, limit=number or RECORDS)
        self.assertGreaterEqual(orders, number or 1)
        self.assertLessEqual(
            cost,
            theirs * FACTOR,
            f"{action.name}: {cost} queries for {number} records, sales orders take "
            f"{theirs}",
        )
        return number

    def _assert_time(self, action, role="administrator"):
        factor = SENTENCES if action.res_model == "reverse.approval" else FACTOR
        limit = len(self._read(action, role)()["records"])
        self.assertGreater(limit, 0, action.name)
        reads = self._read(action, role, limit), self._read(self.sales, role, limit)
        for _try in range(TRIES):  # somebody else may have had the processor
            ours, theirs = self._measure(*reads)
            if ours <= theirs * factor + NOISE:
                break
        self.assertLessEqual(
            ours,
            theirs * factor + NOISE,
            f"{action.name}: {ours * 1000:.1f} ms for {limit} records, sales orders "
            f"take {theirs * 1000:.1f} ms",
        )
        return ours / theirs
