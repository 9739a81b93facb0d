from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import transitions


class ReverseRma(models.Model):
    """The new order against which an agreement lets goods come back."""

    _inherit = "reverse.rma"

    agreement_order_id = fields.Many2one(
        "sale.order",
        "New Order",
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The order against which goods come back, where an agreement asks for it.",
    )
    wants_agreement_order = fields.Boolean(
        compute="_compute_wants_agreement_order", compute_sudo=True
    )

    _agreement_order_once = models.UniqueIndex(
        "(agreement_order_id) WHERE state IN ('requested', 'authorized', 'done')",
        "Another return was allowed against this order already.",
    )

    @api.depends("commercial_partner_id", "company_id", "line_ids")
    def _compute_wants_agreement_order(self):
        found = self.line_ids._get_agreements()
        for rma in self:
            rma.wants_agreement_order = any(
                found[line].filtered("needs_order") for line in rma.line_ids
            )

    @api.constrains("agreement_order_id", "partner_id", "state")
    def _check_agreement_order(self):
        # sudo: an order of another customer must be seen to be refused
        for rma in self.sudo().filtered("agreement_order_id"):
            order = rma.agreement_order_id
            if order.partner_id.commercial_partner_id != rma.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s belongs to another customer than %(partner)s.",
                        order=order.name,
                        partner=rma.partner_id.display_name,
                    )
                )
            if rma.state in transitions.LIVE:
                rma._check_order_unused()

    def _check_order_unused(self):
        other = self.search(
            [
                ("agreement_order_id", "=", self.agreement_order_id.id),
                ("state", "in", transitions.LIVE),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if other:
            raise ValidationError(
                self.env._(
                    "%(order)s already stands for the return %(other)s. Name another "
                    "new order.",
                    order=self.agreement_order_id.name,
                    other=other.name,
                )
            )

    def _is_order_missing(self, agreement, value):
        """Whether an agreement wants a new order, and none that suffices is named.

        :param reverse.agreement agreement: may be empty
        :param float value: net value under it, in the company's currency
        """
        self.ensure_one()
        if not agreement.needs_order:
            return False
        # sudo: the customer's own order
        order = self.sudo().agreement_order_id
        if order.state != "sale":
            return True
        earliest = self.create_date - timedelta(days=agreement.order_days)
        if self._get_company_day(order.date_order) < self._get_company_day(earliest):
            return True
        net = order.amount_untaxed / (order.currency_rate or 1.0)
        return self.company_id.currency_id.compare_amounts(net, value) < 0

    def _get_company_day(self, moment):
        # sudo: the time zone of the company
        zone = self.sudo().company_id._get_reverse_zone()
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone.zone), moment
        ).date()
