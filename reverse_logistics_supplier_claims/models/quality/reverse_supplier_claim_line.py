from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL


class ReverseSupplierClaimLine(models.Model):
    """Whether a part failed for the same reason before."""

    _inherit = "reverse.supplier.claim.line"

    is_repeat = fields.Boolean(
        "Happened Before",
        compute="_compute_is_repeat",
        search="_search_is_repeat",
        compute_sudo=True,
    )

    def _compute_is_repeat(self):
        """The same part, supplier and reason, claimed within a year before."""
        goods = self.filtered(lambda line: line.kind == "goods" and line.inspection_id)
        earliest = {}
        if goods:
            start = min(goods.mapped("create_date")) - relativedelta(years=1)
            others = self.search_fetch(
                [
                    ("kind", "=", "goods"),
                    ("state", "!=", "cancelled"),
                    ("create_date", ">=", start),
                    ("product_id", "in", goods.product_id.ids),
                    ("partner_id", "in", goods.partner_id.ids),
                ],
                ["product_id", "partner_id", "inspection_id", "create_date"],
            )
            earliest = others.grouped(lambda line: line._get_failure())
        for line in self:
            line.is_repeat = line in goods and any(
                other.id < line.id
                and other.claim_id != line.claim_id
                and other.create_date + relativedelta(years=1) >= line.create_date
                for other in earliest.get(line._get_failure(), ())
            )

    def _search_is_repeat(self, operator, value):
        """Find them as :meth:`_compute_is_repeat` does, all at once."""
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        repeats = SQL(
            """(
            SELECT line.id
              FROM reverse_supplier_claim_line line
              JOIN reverse_inspection part ON part.id = line.inspection_id
             WHERE line.kind = 'goods' AND EXISTS (
                   SELECT FROM reverse_supplier_claim_line other
                     LEFT JOIN reverse_inspection before
                            ON before.id = other.inspection_id
                    WHERE other.kind = 'goods' AND other.state != 'cancelled'
                      AND other.id < line.id AND other.claim_id != line.claim_id
                      AND other.product_id = line.product_id
                      AND other.partner_id = line.partner_id
                      AND before.reason_id IS NOT DISTINCT FROM part.reason_id
                      AND other.create_date + INTERVAL '1 year' >= line.create_date
                   )
            )"""
        )
        return [("id", "in", repeats)]

    def _get_failure(self):
        self.ensure_one()
        return self.product_id, self.partner_id, self.inspection_id.reason_id
