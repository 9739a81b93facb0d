from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain


class ReverseRateMixin(models.AbstractModel):
    """A record with the share of what was delivered in twelve months that came back.

    It takes two grouped queries, whatever the number of records. They count done
    transfers, so that a return that never arrived does not raise the rate, and goods
    sent back to the customer do not count as delivered again.
    """

    _name = "reverse.rate.mixin"
    _description = "Rate of Returns"
    #: Path of fields from a stock move line to records of this model.
    _reverse_rate_path = ""

    reverse_delivered = fields.Float(
        "Delivered in 12 Months",
        digits="Product Unit",
        compute="_compute_reverse_rate",
        compute_sudo=True,
    )
    reverse_returned = fields.Float(
        "Returned in 12 Months",
        digits="Product Unit",
        compute="_compute_reverse_rate",
        compute_sudo=True,
    )
    reverse_rate = fields.Float(
        "Return Rate", compute="_compute_reverse_rate", compute_sudo=True
    )

    def _get_reverse_rate_owner(self):
        """Give the record whose movements count for this one."""
        return self

    def _get_reverse_rate_start(self):
        return fields.Date.context_today(self) - relativedelta(months=12)

    @api.depends_context("company", "allowed_company_ids")
    def _compute_reverse_rate(self):
        delivered = self._sum_reverse_moves(
            Domain("location_dest_id.usage", "=", "customer")
            & Domain("location_id.usage", "!=", "customer")
            & Domain("move_id.origin_returned_move_id", "=", False)
        )
        returned = self._sum_reverse_moves(
            Domain("location_id.usage", "=", "customer")
            & Domain("location_dest_id.usage", "!=", "customer")
        )
        for record in self:
            owner = record._get_reverse_rate_owner()._origin
            record.reverse_delivered = delivered.get(owner, 0.0)
            record.reverse_returned = returned.get(owner, 0.0)
            record.reverse_rate = record.reverse_delivered and (
                record.reverse_returned / record.reverse_delivered
            )

    def _sum_reverse_moves(self, direction):
        """Give done quantities in the products' own units: ``{record: quantity}``."""
        path = self._reverse_rate_path
        owners = self.browse().union(
            *(record._get_reverse_rate_owner() for record in self)
        )
        domain = (
            direction
            & Domain(path, "in", owners._origin.ids)
            & Domain("state", "=", "done")
            & Domain("date", ">=", self._get_reverse_rate_start())
            & Domain("company_id", "in", self.env.companies.ids)
        )
        return dict(
            self.env["stock.move.line"]._read_group(
                domain, [path], ["quantity_product_uom:sum"]
            )
        )
