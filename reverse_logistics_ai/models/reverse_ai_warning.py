from collections import defaultdict
from datetime import timedelta

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine import alarms

#: Weeks that are looked at: what is usual, and what is watched.
WEEKS = 52 + alarms.WATCHED
#: Months of deliveries whose goods are followed.
MONTHS = 12
#: Returns from which the time until goods come back is learned.
LAGS = 2000
RISING = "rising"


class ReverseAiWarning(models.AbstractModel):
    """Products, lots and suppliers whose goods come back more often than they did.

    Nothing is learned from people: weekly deliveries and returns are compared with what
    was usual for the same goods. A warning asks for a look and does nothing.
    """

    _name = "reverse.ai.warning"
    _inherit = ["reverse.ai.worker"]
    _description = "Early Warning"
    _compares = True

    @api.model
    def _work(self, task, model, records):
        records._note_looked()
        return self._renew(task, self._find_rising(task))

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    @api.model
    def _find_rising(self, task):
        """Give the values of a warning for each product, lot or supplier that rises."""
        end = self._get_week(task.company_id._get_reverse_today())
        start = end - timedelta(weeks=WEEKS)
        moves = self._count_deliveries(task.company_id, start, end)
        lines = self._count_returns(task.company_id, start, end)
        curve = alarms.learn_curve(self._get_lags(task.company_id, start))
        values = []
        for name, key in self._get_groups(moves, lines):
            delivered, returned = (
                self._tabulate(rows, key, start) for rows in (moves, lines)
            )
            goods = sorted(delivered)
            empty = np.zeros(WEEKS)
            rising, usual, seen = alarms.watch(
                np.array([delivered[each] for each in goods]).reshape(-1, WEEKS),
                np.array([returned.get(each, empty) for each in goods]).reshape(
                    -1, WEEKS
                ),
                curve,
            )
            told = np.flatnonzero(rising)
            cohorts = (
                self._follow(task.company_id, end, key)
                if len(told)
                else defaultdict(list)
            )
            values += [
                {
                    "res_model": name,
                    "res_id": goods[row],
                    "answer": RISING,
                    "confidence": 1.0,
                    "state": "open",
                    "details": {
                        "seen": float(seen[row]),
                        "usual": round(float(usual[row]), 1),
                        "weeks": alarms.COMPARED,
                        "until": fields.Date.to_string(end),
                        "cohort": cohorts[goods[row]],
                    },
                }
                for row in told
            ]
        return values

    @api.model
    def _follow(self, company, end, key):
        """Give ``{id: [(month, pieces delivered in it, pieces of these that came
        back)]}`` of the last months of deliveries.
        """
        first = fields.Date.subtract(end.replace(day=1), months=MONTHS - 1)
        found = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
        for column, rows in enumerate(
            (
                self._count_deliveries(company, first, end),
                self._count_by_delivery(company, first, end),
            )
        ):
            for row in rows:
                if key(row):
                    month = fields.Date.to_date(row[2]).replace(day=1)
                    found[key(row)][month][column] += row[3]
        return defaultdict(
            list,
            {
                id_: [
                    (fields.Date.to_string(month), *counts)
                    for month, counts in sorted(months.items())
                ]
                for id_, months in found.items()
            },
        )

    @api.model
    def _count_deliveries(self, company, start, end):
        """Give ``(product, lot, day, pieces)`` of what customers got, by day."""
        return [
            (product, lot, day, quantity)
            for product, lot, day, quantity in self.env["stock.move.line"]._read_group(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "done"),
                    ("location_dest_id.usage", "=", "customer"),
                    ("move_id.origin_returned_move_id", "=", False),
                    ("move_id.reverse_done_at", ">=", start),
                    ("move_id.reverse_done_at", "<", end),
                ],
                ["product_id", "lot_id", "move_id.reverse_done_at:day"],
                ["quantity_product_uom:sum"],
            )
        ]

    @api.model
    def _count_returns(self, company, start, end):
        """Give ``(product, lot, day, pieces)`` of what was asked back, by day."""
        return self._count_asked(company, "requested_at", start, end)

    @api.model
    def _count_by_delivery(self, company, start, end):
        """Give the same by the day on which it had been delivered."""
        return self._count_asked(company, "move_id.reverse_done_at", start, end)

    @api.model
    def _count_asked(self, company, moment, start, end):
        return [
            (product, lot, day, uom._compute_quantity(quantity, product.uom_id))
            for product, lot, uom, day, quantity in self.env[
                "reverse.rma.line"
            ]._read_group(
                [
                    ("company_id", "=", company.id),
                    ("state", "not in", ("draft", "cancelled")),
                    (moment, ">=", start),
                    (moment, "<", end),
                ],
                ["product_id", "lot_id", "uom_id", f"{moment}:day"],
                ["quantity:sum"],
            )
        ]

    @api.model
    def _get_lags(self, company, start):
        """Give the days from delivery to request of the newest returns."""
        lines = self.env["reverse.rma.line"].search(
            [
                ("company_id", "=", company.id),
                ("move_id.reverse_done_at", "!=", False),
                ("requested_at", ">=", start),
            ],
            order="requested_at desc",
            limit=LAGS,
        )
        return [
            (line.requested_at - line.move_id.reverse_done_at).days for line in lines
        ]

    @api.model
    def _get_groups(self, moves, lines):
        """Give ``(model, function that gives the id of a row or None)`` of what is
        watched.
        """
        rows = moves + lines
        products = self.env["product.product"].union(*(row[0] for row in rows))
        suppliers = {
            product.id: product.seller_ids[:1].partner_id.id for product in products
        }
        return [
            ("product.product", lambda row: row[0].id),
            ("stock.lot", lambda row: row[1].id),
            ("res.partner", lambda row: suppliers.get(row[0].id)),
        ]

    @api.model
    def _tabulate(self, rows, key, start):
        """Give ``{id: pieces of each week}``."""
        found = defaultdict(lambda: np.zeros(WEEKS))
        for row in rows:
            week = (fields.Date.to_date(row[2]) - start).days // 7
            if key(row) and 0 <= week < WEEKS:
                found[key(row)][week] += row[3]
        return found

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.model
    def _name_answer(self, answer):
        labels = {
            RISING: self.env._("Comes back more often"),
            "wrong": self.env._("Nothing unusual"),
        }
        return labels.get(answer, "")

    @api.model
    def _explain(self, answer, details):
        if not details:
            return []
        return [
            self.env._(
                "In the %(weeks)s weeks before %(day)s %(seen)s came back; %(usual)s "
                "were usual for what was delivered.",
                weeks=details["weeks"],
                day=format_date(self.env, details["until"]),
                seen=f"{details['seen']:g}",
                usual=f"{details['usual']:g}",
            )
        ]

    @api.model
    def _make_cohort(self, details):
        """Give a table of what came back, by the month in which it was delivered."""
        months = details.get("cohort", ())
        if not months:
            return False
        head = [
            self.env._("Delivered in"),
            self.env._("Delivered"),
            self.env._("Came back"),
            self.env._("Share (%)"),
        ]
        rows = [
            [
                format_date(self.env, month, date_format="MMM y"),
                f"{delivered:g}",
                f"{returned:g}",
                f"{100 * returned / delivered:.1f}" if delivered else "–",
            ]
            for month, delivered, returned in months
        ]
        return self.env["reverse.ai.model"]._make_table([head, *rows])

    @api.model
    def _check_may_choose(self, record):
        """Whoever reads the goods may say whether the warning was right."""
        record.check_access("read")

    # ------------------------------------------------------------------
    # What people do about it
    # ------------------------------------------------------------------
    @api.model
    def _get_goods(self, record):
        """Give the products, and the lots of these, that a warning is about."""
        lots, products = self.env["stock.lot"], self.env["product.product"]
        if record._name == lots._name:
            return record.product_id, record
        if record._name == products._name:
            return record, lots
        mine = products.search([("seller_ids.partner_id", "=", record.id)])
        return mine.filtered(lambda p: p.seller_ids[:1].partner_id == record), lots

    @api.model
    def _recall(self, record, details):
        """Give the form of a new recall of these goods, which nobody has saved yet.

        A person of its own rights writes what is unsafe, and another one starts it.
        """
        products, lots = self._get_goods(record)
        until = fields.Date.to_date(details["until"])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Recall"),
            "res_model": "reverse.recall",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
            "context": {
                "default_title": record.display_name,
                "default_product_ids": products.ids,
                "default_lot_ids": lots.ids,
                "default_delivered_from": fields.Date.to_string(
                    until - timedelta(weeks=alarms.WATCHED)
                ),
                "default_delivered_to": fields.Date.to_string(until),
            },
        }

    @api.model
    def _claim(self, record, details):
        """Show what was inspected of these goods, for the acting user to claim it.

        Some of it may be somebody else's fault, or not claimable for a reason that its
        inspection tells: a person chooses.

        :raises UserError: where nothing of it can be claimed
        """
        products, lots = self._get_goods(record)
        until = fields.Date.to_date(details["until"])
        parts = self.env["reverse.inspection"].search(
            [
                ("company_id", "in", self.env.companies.ids),
                ("product_id", "in", products.ids),
                *([("lot_id", "in", lots.ids)] if lots else []),
                ("state", "=", "done"),
                ("inspected_at", ">=", until - timedelta(weeks=alarms.WATCHED)),
            ]
        )
        claimable = parts._filter_claimable()
        if not claimable:
            raise UserError(
                self.env._(
                    "Nothing that came back of %(goods)s can be claimed as yet: goods "
                    "are claimed once they were inspected, and their supplier is "
                    "liable.",
                    goods=record.display_name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Can Be Claimed"),
            "res_model": claimable._name,
            "view_mode": "list,form",
            "domain": [("id", "in", claimable.ids)],
            "context": {"create": False},
        }
