from dateutil.relativedelta import relativedelta

from odoo import fields, models


class ReverseSupplierClaimLine(models.Model):
    """Whether a part failed for the same reason before."""

    _inherit = "reverse.supplier.claim.line"

    is_repeat = fields.Boolean(
        "Happened Before", compute="_compute_is_repeat", compute_sudo=True
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

    def _get_failure(self):
        self.ensure_one()
        return self.product_id, self.partner_id, self.inspection_id.reason_id
