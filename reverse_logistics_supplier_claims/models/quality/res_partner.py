from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...engine import quality
from ..goods.stock_move import REFUSED


class ResPartner(models.Model):
    """Numbers by which a supplier is judged."""

    _inherit = "res.partner"

    def _get_reverse_scorecard(self, date_from=None, date_to=None):
        """Give the numbers of a supplier's scorecard, of the last twelve months.

        :return: dict; what there is nothing to count of is None
        """
        self.ensure_one()
        date_to = date_to or fields.Date.context_today(self)
        date_from = date_from or date_to - relativedelta(years=1, days=-1)
        # Whoever may read the analysis; a report can be asked for past its menu.
        self.env["reverse.supplier.report"].check_access("read")
        # sudo: only sums are shown of purchases, receipts and inspections
        partner = self.sudo().commercial_partner_id
        receipts = partner._count_reverse_receipts(date_from, date_to)
        received, defective = partner._sum_reverse_defects(date_from, date_to)
        promised, punctual = partner._count_reverse_promised(date_from, date_to)
        found = partner._count_reverse_defects(date_from, date_to)
        claims = partner._sum_reverse_claims(date_from, date_to)
        return {
            "date_from": date_from,
            "date_to": date_to,
            "currency": self.env.company.currency_id,
            "rate": quality.rate(defective, received),
            "complaints": quality.ratio(found["complaints"], receipts, 100),
            "on_time": quality.ratio(punctual, promised, 100),
            "no_trouble": quality.ratio(found["no_trouble_parts"], found["parts"], 100),
            "receipts": receipts,
            "promised": promised,
            **partner._count_reverse_reports(date_from, date_to),
            **claims,
            "parts": found["parts"],
            "no_trouble_parts": found["no_trouble_parts"],
        }

    @api.model
    def _get_reverse_last_month(self):
        """Give the first and the last day of the month that is over."""
        last = fields.Date.context_today(self).replace(day=1) - relativedelta(days=1)
        return last.replace(day=1), last

    def _get_reverse_period(self, name, date_from, date_to):
        """Give the domain of moments within these days of the company."""
        company = self.env.company
        first = company._get_reverse_midnight(date_from)
        end = company._get_reverse_midnight(date_to + relativedelta(days=1))
        return Domain(name, ">=", first) & Domain(name, "<", end)

    def _get_reverse_sent_domain(self):
        """Give the domain of what came from suppliers, as all beside it."""
        return ~REFUSED & Domain(
            [
                ("state", "=", "done"),
                ("company_id", "=", self.env.company.id),
                ("location_id.usage", "=", "supplier"),
                ("purchase_line_id.partner_id", "child_of", self.ids),
            ]
        )

    def _count_reverse_receipts(self, date_from, date_to):
        """Count the receipts from the supplier in the period."""
        moves = self.env["stock.move"].search_fetch(
            self._get_reverse_sent_domain()
            & self._get_reverse_period("reverse_done_at", date_from, date_to),
            ["picking_id"],
        )
        return len(moves.picking_id)

    def _sum_reverse_defects(self, date_from, date_to):
        """Sum the pieces of the period as the analysis does: ``(received, defective)``.

        What was found in our own stock and on receipt is a defect as well.
        """
        domain = [
            ("company_id", "=", self.env.company.id),
            ("partner_id", "in", self.ids),
            ("day", ">=", date_from),
            ("day", "<=", date_to),
        ]
        [sums] = self.env["reverse.defect.report"]._read_group(
            domain, [], ["received:sum", "defective:sum"]
        )
        return tuple(each or 0.0 for each in sums)

    def _count_reverse_promised(self, date_from, date_to):
        """Count pieces that were due in the period, and those that came in time.

        What never came was due as well. What is due today has time until tonight.
        """
        company = self.env.company
        lines = self.env["purchase.order.line"].search_fetch(
            self._get_reverse_period("date_planned", date_from, date_to)
            & Domain(
                [
                    ("company_id", "=", company.id),
                    ("order_id.state", "=", "purchase"),
                    ("partner_id", "child_of", self.ids),
                    ("product_id.type", "=", "consu"),
                ]
            ),
            ["date_planned", "product_qty", "product_uom_id", "product_id"],
        )
        moves = self.env["stock.move"].search_fetch(
            self._get_reverse_sent_domain()
            & Domain("purchase_line_id", "in", lines.ids),
            ["quantity", "product_uom", "purchase_line_id", "reverse_done_at"],
        )
        pieces = moves._get_reverse_parts_sum()
        by_line = moves.grouped("purchase_line_id")
        today = company._get_reverse_today()
        promised = punctual = 0.0
        for line in lines:
            day = company._to_reverse_day(line.date_planned)
            ordered = line.product_uom_id._compute_quantity(
                line.product_qty, line.product_id.uom_id
            )
            came = sum(
                pieces[move]
                for move in by_line.get(line, ())
                if company._to_reverse_day(move.reverse_done_at) <= day
            )
            came = min(came, ordered)
            punctual += came
            promised += ordered if day < today else came
        return promised, punctual

    def _count_reverse_reports(self, date_from, date_to):
        """Count the 8D reports of the period, and those of what happened before."""
        reports = self.env["reverse.corrective.action"].search(
            self._get_reverse_period("create_date", date_from, date_to)
            & Domain("partner_id", "in", self.ids)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("state", "!=", "cancelled")
        )
        return {
            "reports": len(reports),
            "repeated": len(reports.filtered("repeat_of_id")),
        }

    def _count_reverse_defects(self, date_from, date_to):
        """Count parts that were inspected in the period.

        They are the supplier's fault, or as they should be, whoever is to blame.
        """
        at_fault = Domain("claim_partner_id", "in", self.ids) & Domain(
            "liability", "=", "supplier"
        )
        faultless = Domain("no_trouble_seller_id", "in", self.ids) & Domain(
            "no_trouble_found", "=", True
        )
        parts = self.env["reverse.inspection"].search_fetch(
            (at_fault | faultless)
            & Domain("state", "=", "done")
            & Domain("company_id", "=", self.env.company.id)
            & self._get_reverse_period("inspected_at", date_from, date_to),
            ["no_trouble_found", "rma_id"],
        )
        real = parts.filtered(lambda part: not part.no_trouble_found)
        return {
            "parts": len(parts),
            "no_trouble_parts": len(parts - real),
            "complaints": len(real.rma_id),
        }

    def _sum_reverse_claims(self, date_from, date_to):
        """Sum what was claimable and what became of it, in the company's currency."""
        domain = [
            ("company_id", "=", self.env.company.id),
            ("partner_id", "in", self.ids),
            ("day", ">=", date_from),
            ("day", "<=", date_to),
        ]
        names = ("claimable", "claimed", "approved", "recovered", "written_off")
        ((*sums, answer, days),) = self.env["reverse.supplier.report"]._read_group(
            domain,
            [],
            [*(f"{name}:sum" for name in names), "days_answer:avg", "days:avg"],
        )
        amounts = {name: value or 0.0 for name, value in zip(names, sums, strict=True)}
        today = fields.Date.context_today(self)
        return {
            **amounts,
            "claimed_share": quality.ratio(
                amounts["claimed"], amounts["claimable"], 100
            ),
            "recovered_share": quality.ratio(
                amounts["recovered"], amounts["claimed"], 100
            ),
            # An answer on the same day took none; without any there is nothing.
            "days_answer": None if answer is False else answer,
            "days": None if days is False else days,
            "overdue": self.env["reverse.supplier.claim"].search_count(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "=", self.env.company.id),
                    ("is_awaited", "=", True),
                    ("response_due", "<", today),
                ]
            ),
        }
