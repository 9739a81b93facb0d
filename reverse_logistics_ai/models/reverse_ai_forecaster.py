from collections import defaultdict
from datetime import timedelta

import numpy as np

from odoo import api, fields, models
from odoo.tools import float_round

from ..engine import alarms, forecast

#: Weeks that are looked at.
WEEKS = 78
#: How many returns of all goods count for where those of a category go.
PRIOR = 5.0


class ReverseAiForecaster(models.AbstractModel):
    """How many pieces come back in the next weeks, by facility and category.

    Nothing is learned from people: it follows from deliveries, from how many of them
    came back and when, and from where goods of a category went.
    """

    _name = "reverse.ai.forecaster"
    _inherit = ["reverse.ai.worker"]
    _description = "Forecast"
    _compares = True

    @api.model
    def _work(self, task, model, records):
        self._clear(task)
        self.env["reverse.ai.forecast"].create(self._prepare(task.company_id))
        records._note_looked()

    @api.model
    def _clear(self, task):
        # sudo: nobody may delete forecasts; whoever may switch the task ends them
        weeks = self.env["reverse.ai.forecast"].sudo()
        weeks.search([("company_id", "=", task.company_id.id)]).unlink()

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    @api.model
    def _prepare(self, company):
        """Give the values of each facility's weeks: in all, and by category."""
        end = self._get_week(company._get_reverse_today())
        start = end - timedelta(weeks=WEEKS)
        delivered = self._count_deliveries(company, start, end)
        received, minutes = self._count_receipts(company, start, end)
        if not received:
            return []
        keys = sorted(received)
        sent = np.array(self._share_deliveries(keys, delivered, received))
        came = np.array([received[key] for key in keys])
        first = int(np.argmax((sent + came).any(axis=0)))
        curve = alarms.learn_curve(self._get_lags(company, start))
        values = self._tell(keys, sent[:, first:], came[:, first:], curve, minutes)
        places = sorted({facility for facility, _category in keys})
        rows = [[key[0] == place for key in keys] for place in places]
        together = np.array(rows, dtype=float)
        values += self._tell(
            [(place, False) for place in places],
            (together @ sent)[:, first:],
            (together @ came)[:, first:],
            curve,
            minutes,
        )
        return [
            {
                **each,
                "company_id": company.id,
                "week": end + timedelta(weeks=each["week"]),
            }
            for each in values
        ]

    @api.model
    def _tell(self, keys, sent, came, curve, minutes):
        expected, low, high = forecast.tell(sent, came, curve)
        return [
            {
                "facility_id": facility,
                "categ_id": category,
                "week": week,
                "expected": float_round(expected[row, week], 2),
                "low": float_round(low[row, week], 2),
                "high": float_round(high[row, week], 2),
                "minutes": expected[row, week] * minutes[facility, category],
                "high_minutes": high[row, week] * minutes[facility, category],
            }
            for row, (facility, category) in enumerate(keys)
            for week in range(forecast.AHEAD)
            if high[row, week] > 0
        ]

    @api.model
    def _share_deliveries(self, keys, delivered, received):
        """Give the deliveries of each facility and category.

        A delivery does not say where it would come back to: as many as of the returns
        of its category, and of a category with few returns, as of all.
        """
        places, categories = defaultdict(float), defaultdict(float)
        for (facility, category), weeks in received.items():
            places[facility] += weeks.sum()
            categories[category] += weeks.sum()
        total = sum(places.values())
        none = np.zeros(WEEKS)
        return [
            delivered.get(category, none)
            * (received[facility, category].sum() + PRIOR * places[facility] / total)
            / (categories[category] + PRIOR)
            for facility, category in keys
        ]

    @api.model
    def _count_deliveries(self, company, start, end):
        """Give ``{category id: pieces of each week}`` of what customers got."""
        found = defaultdict(lambda: np.zeros(WEEKS))
        for category, day, quantity in self.env["stock.move.line"]._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "=", "done"),
                ("location_dest_id.usage", "=", "customer"),
                ("move_id.origin_returned_move_id", "=", False),
                ("move_id.reverse_done_at", ">=", start),
                ("move_id.reverse_done_at", "<", end),
            ],
            ["product_id.categ_id", "move_id.reverse_done_at:day"],
            ["quantity_product_uom:sum"],
        ):
            week = (fields.Date.to_date(day) - start).days // 7
            found[category.id][week] += quantity
        return found

    @api.model
    def _count_receipts(self, company, start, end):
        """Give what facilities received of each category, and what inspecting takes.

        :return: ``({(facility, category): pieces of each week}, {(facility, category):
            minutes of a piece})``; a category of False is all of them
        """
        pieces = defaultdict(lambda: np.zeros(WEEKS))
        work = defaultdict(float)
        for facility, product, uom, day, quantity, minutes in self.env[
            "reverse.inspection"
        ]._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("draft", "done")),
                ("facility_id", "!=", False),
                ("not_inspected", "=", False),
                ("receipt_move_id.reverse_done_at", ">=", start),
                ("receipt_move_id.reverse_done_at", "<", end),
            ],
            [
                "facility_id",
                "product_id",
                "line_id.uom_id",
                "receipt_move_id.reverse_done_at:day",
            ],
            ["quantity:sum", "minutes:sum"],
        ):
            week = (fields.Date.to_date(day) - start).days // 7
            key = facility.id, product.categ_id.id
            pieces[key][week] += uom._compute_quantity(quantity, product.uom_id)
            for each in (key, (facility.id, False)):
                work[each] += minutes
        total = defaultdict(float)
        for (facility, category), weeks in pieces.items():
            total[facility, category] += weeks.sum()
            total[facility, False] += weeks.sum()
        return dict(pieces), {
            key: work[key] / count if count else 0.0 for key, count in total.items()
        }

    @api.model
    def _get_lags(self, company, start):
        """Give the days from delivery to receipt of the newest returns."""
        parts = self.env["reverse.inspection"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("draft", "done")),
                ("line_id.move_id.reverse_done_at", "!=", False),
                ("receipt_move_id.reverse_done_at", ">=", start),
            ],
            order="id desc",
            limit=2000,
        )
        return [
            (
                part.receipt_move_id.reverse_done_at
                - part.line_id.move_id.reverse_done_at
            ).days
            for part in parts
        ]
