from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Domain

from ...engine import quality


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
        received, receipts, punctual = partner._count_reverse_receipts(
            date_from, date_to
        )
        found = partner._count_reverse_defects(date_from, date_to)
        claims = partner._sum_reverse_claims(date_from, date_to)
        return {
            "date_from": date_from,
            "date_to": date_to,
            "currency": self.env.company.currency_id,
            "rate": quality.rate(found["defective"], received),
            "complaints": quality.ratio(found["complaints"], receipts, 100),
            "on_time": quality.ratio(punctual, received, 100),
            "no_trouble": quality.ratio(found["no_trouble_parts"], found["parts"], 100),
            "receipts": receipts,
            **claims,
            "parts": found["parts"],
            "no_trouble_parts": found["no_trouble_parts"],
        }

    def _count_reverse_receipts(self, date_from, date_to):
        """Count what the supplier sent: ``(pieces, receipts, pieces in time)``.

        Of this company, period and supplier, as all that stands beside it.
        """
        moves = self.env["stock.move"].search_fetch(
            [
                ("state", "=", "done"),
                ("company_id", "=", self.env.company.id),
                ("location_id.usage", "=", "supplier"),
                ("purchase_line_id.partner_id", "child_of", self.ids),
                ("reverse_back_line_id", "=", False),
                ("reverse_done_at", ">=", date_from),
                ("reverse_done_at", "<", date_to + relativedelta(days=1)),
            ],
            [
                "quantity",
                "product_uom",
                "product_id",
                "picking_id",
                "purchase_line_id",
                "reverse_done_at",
            ],
        )
        pieces = moves._get_reverse_parts_sum()
        punctual = sum(
            pieces[move]
            for move in moves
            if move.reverse_done_at.date() <= move.purchase_line_id.date_planned.date()
        )
        return sum(pieces.values()), len(moves.picking_id), punctual

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
            & Domain("inspected_at", ">=", date_from)
            & Domain("inspected_at", "<", date_to + relativedelta(days=1)),
            ["quantity", "no_trouble_found", "line_id", "rma_id"],
        )
        real = parts.filtered(lambda part: not part.no_trouble_found)
        return {
            "parts": len(parts),
            "no_trouble_parts": len(parts - real),
            "complaints": len(real.rma_id),
            "defective": sum(
                part.line_id._in_product_uom(part.quantity) for part in real
            ),
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
            "days_answer": answer or None,
            "days": days or None,
            "overdue": self.env["reverse.supplier.claim"].search_count(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "=", self.env.company.id),
                    ("state", "in", ("submitted", "acknowledged")),
                    ("response_due", "<", today),
                ]
            ),
        }
