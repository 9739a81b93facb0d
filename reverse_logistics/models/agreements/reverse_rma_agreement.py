from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import transitions
from ...engine.days import local_day


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

    @api.constrains("agreement_order_id", "line_ids")
    def _check_agreement_order_is_new(self):
        # sudo: the customer's own order
        for rma in self.sudo().filtered(lambda rma: rma._is_order_returned()):
            raise ValidationError(
                self.env._(
                    "Goods of %(order)s itself come back with this return: name a new "
                    "order.",
                    order=rma.agreement_order_id.name,
                )
            )

    def _is_order_returned(self):
        """Whether the order that is named as new is one that goods come back of."""
        self.ensure_one()
        return bool(self.agreement_order_id & self.line_ids.sale_line_id.order_id)

    @api.constrains("agreement_order_id", "partner_id")
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

    def _check_order_unused(self, orders):
        """Refuse orders that stand for another return; the database does so, too."""
        # sudo: returns of every user count
        other = self.sudo().search(
            [
                ("agreement_order_id", "in", orders.ids),
                ("state", "in", transitions.LIVE),
                ("id", "not in", self.ids),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "%(order)s already stands for the return %(other)s. Name another "
                    "new order.",
                    order=other.agreement_order_id.name,
                    other=other.name,
                )
            )

    def _request(self):
        if self.agreement_order_id:
            self._check_order_unused(self.agreement_order_id)
        return super()._request()

    def write(self, vals):
        """A new order can be named until the return is authorized."""
        named = set(vals) & {"agreement_order_id"}
        waiting = self.filtered(lambda rma: rma.state == "requested")
        if not (named and waiting) or self._in_workflow():
            return super().write(vals)
        waiting._name_agreement_order(vals["agreement_order_id"])
        rest = {name: value for name, value in vals.items() if name not in named}
        super(ReverseRma, self - waiting).write(vals)
        return super(ReverseRma, waiting).write(rest)

    def _name_agreement_order(self, order_id):
        """Let customer service name the new order; policy decides anew."""
        self._check_duty("service")
        self._check_order_unused(self.agreement_order_id.browse(order_id or ()))
        self._note_source_named()
        self._guarded_write({"agreement_order_id": order_id})
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        self.line_ids._decide(versions)
        self.env["reverse.event"]._log(
            self,
            "ReturnOrderNamed",
            lambda rma: {
                "order": rma.agreement_order_id.id,
                "lines": rma.line_ids._event_data(),
            },
        )

    def _report_order_cancelled(self):
        """Tell whoever looks after the returns that their new order is gone."""
        for rma in self:
            rma._warn_of_order(
                self.env._("New order cancelled"),
                self.env._(
                    "%(order)s, against which these goods come back, was cancelled. "
                    "Agree on another one with the customer.",
                    order=rma.agreement_order_id.name,
                ),
            )

    def _report_order_short(self):
        """Tell whoever looks after the returns that their new order shrank."""
        for rma in self:
            rma._warn_of_order(
                self.env._("New order worth less"),
                self.env._(
                    "%(order)s is no longer worth as much as the goods that come back "
                    "against it. Agree on another one with the customer.",
                    order=rma.agreement_order_id.name,
                ),
            )

    def _warn_of_order(self, summary, note):
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary,
            note=note,
            user_id=self.user_id.id or self.env.uid,
        )

    def _is_order_short(self):
        """Whether the new order does not suffice for what was decided under it."""
        self.ensure_one()
        return any(
            self._is_order_missing(agreement, sum(lines.mapped("agreement_value")))
            for agreement, lines in self.line_ids.grouped("agreement_id").items()
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
        if order.state != "sale" or self.sudo()._is_order_returned():
            return True
        earliest = self.create_date - timedelta(days=agreement.order_days)
        if self._get_company_day(order.date_order) < self._get_company_day(earliest):
            return True
        net = order.amount_untaxed / (order.currency_rate or 1.0)
        return self.company_id.currency_id.compare_amounts(net, value) < 0

    def _get_company_day(self, moment):
        # sudo: the time zone of the company
        return local_day(moment, self.sudo().company_id._get_reverse_zone())


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnOrderNamed": self.env._("New order named"),
        }


class ReversePolicyVersion(models.Model):
    _inherit = "reverse.policy.version"

    def _get_agreements_by_rule(self):
        """Give what rules are about agreements: ``{rule id: agreement ids}``."""
        return {
            rule.id: rule.allowed["agreement"]
            for rule in self._get_rules("policy").ruleset.rules
            if "agreement" in rule.allowed
        }
