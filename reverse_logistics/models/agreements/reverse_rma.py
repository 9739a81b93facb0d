from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...engine import legal, transitions
from ...engine.days import local_day

#: States in which something still has to be done about a return.
OPEN = ("requested", "authorized")


class ReverseRma(models.Model):
    """Withdrawals and their deadlines, and new orders that agreements ask for."""

    _inherit = "reverse.rma"
    _agreement_order_once = models.UniqueIndex(
        "(agreement_order_id) WHERE state IN ('requested', 'authorized', 'done')",
        "Another return was allowed against this order already.",
    )

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
    basis = fields.Selection(
        [("withdrawal", "Withdrawal by a consumer")],
        copy=False,
        index="btree_not_null",
        help="Empty: a return under your policy. A withdrawal is acknowledged as soon "
        "as it is requested; neither a rule, a proof nor an approval stops it.",
    )
    stated_on = fields.Date(
        compute="_compute_stated_on",
        store=True,
        readonly=False,
        copy=False,
        help="The day on which the customer said it, by whatever way: it decides "
        "whether the withdrawal is in time. A letter counts by the day it was sent.",
    )
    word_by_ids = fields.Many2many(
        "res.users",
        "reverse_rma_word_rel",
        string="Noted by Hand by",
        readonly=True,
        copy=False,
        help="Who noted on deliveries and orders what alone makes the withdrawal hold, "
        "or changed a delivery after it was done: somebody else authorizes it.",
        guarded=True,
    )
    acknowledged_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    information = fields.Selection(
        [
            ("order", "With the order"),
            ("later", "Later"),
            ("no", "Not at all"),
        ],
        "Told of the Right",
        readonly=True,
        copy=False,
        help="As order and legal rules said when the withdrawal was acknowledged.",
        guarded=True,
    )
    refund_days = fields.Integer(readonly=True, copy=False, guarded=True)
    refund_may_wait = fields.Boolean(readonly=True, copy=False, guarded=True)
    dispatch_proved_on = fields.Date(
        "Proof of Dispatch",
        copy=False,
        help="The day on which the customer showed that the goods were sent: from then "
        "on the money is not held back.",
        unlocked=True,
    )
    refund_due_on = fields.Date(
        "Pay Back by",
        compute="_compute_refund_due_on",
        store=True,
        index="btree_not_null",
    )
    refund_waits = fields.Boolean(
        "May Be Held Back",
        compute="_compute_refund_due_on",
        store=True,
        help="Until the goods are here, or the customer has proved that they were "
        "sent.",
    )
    withdrawal_summary = fields.Text(
        "Withdrawal", compute="_compute_withdrawal_summary"
    )
    refund_is_due = fields.Boolean(
        "Refund Due in 3 Days",
        compute="_compute_refund_is_due",
        search="_search_refund_is_due",
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
        # sudo: the user need not have access to the order
        for rma in self.sudo().filtered(lambda rma: rma._is_order_returned()):
            raise ValidationError(
                self.env._(
                    "Goods of %(order)s itself come back with this "
                    "return: name a new order.",
                    order=rma.agreement_order_id.name,
                )
            )

    def _is_order_returned(self):
        """Tell whether goods of the order named as new come back themselves."""
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
        """Refuse orders that another return names; the database refuses them, too."""
        if not orders:
            return
        # sudo: returns of all users count
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

    def _choose_agreement_order(self, order_id):
        """Let a person name the new order.

        Until the authorization this is a step of customer service.

        :return: the returns for which it was one
        """
        waiting = self.filtered(lambda rma: rma.state == "requested")
        if waiting:
            waiting._name_agreement_order(order_id)
        return waiting

    def _name_agreement_order(self, order_id):
        """Name the new order as customer service; policy decides again."""
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
        """Tell the users responsible for the returns that their new order is gone."""
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
        """Tell the users responsible for the returns that their new order shrank."""
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
        """Tell whether the new order is worth less than what was decided under it."""
        self.ensure_one()
        return any(
            self._is_order_missing(agreement, sum(lines.mapped("agreement_value")))
            for agreement, lines in self.line_ids.grouped("agreement_id").items()
        )

    def _is_order_missing(self, agreement, value):
        """Tell whether an agreement asks for a new order that is missing or too small.

        :param reverse.agreement agreement: may be empty
        :param float value: net value of the goods under it, in the company's currency
        """
        self.ensure_one()
        if not agreement.needs_order:
            return False
        # sudo: the user need not have access to the order
        order = self.sudo().agreement_order_id
        if order.state != "sale" or self.sudo()._is_order_returned():
            return True
        earliest = self.create_date - timedelta(days=agreement.order_days)
        if self._get_company_day(order.date_order) < self._get_company_day(earliest):
            return True
        net = order.amount_untaxed / order._get_reverse_rates()[order.id]
        return self.company_id.currency_id.compare_amounts(net, value) < 0

    def _get_company_day(self, moment):
        # sudo: only the time zone of the company is read
        return local_day(moment, self.sudo().company_id._get_reverse_zone())

    # ------------------------------------------------------------------
    # Withdrawals: a consumer states on a day that they take back their purchase
    #
    # A withdrawal takes effect when it arrives. Requesting the return acknowledges it
    # and starts its deadlines, whatever policy says. A person decides afterwards about
    # what is not clear.
    # ------------------------------------------------------------------
    @api.depends("basis")
    def _compute_stated_on(self):
        for rma in self:
            day = rma.stated_on or rma.company_id._get_reverse_today()
            rma.stated_on = rma.basis == "withdrawal" and day

    @api.depends(
        "acknowledged_at",
        "stated_on",
        "refund_days",
        "refund_may_wait",
        "received_at",
        "dispatch_proved_on",
    )
    def _compute_refund_due_on(self):
        for rma in self:
            if not (rma.acknowledged_at and rma.stated_on):
                rma.refund_due_on, rma.refund_waits = False, False
                continue
            days = [rma.dispatch_proved_on]
            if rma.received_at:
                days.append(rma.company_id._to_reverse_day(rma.received_at))
            rma.refund_due_on, rma.refund_waits = legal.refund_due(
                rma.stated_on,
                rma.refund_days,
                rma.refund_may_wait,
                min(filter(None, days), default=None),
            )

    @api.depends("refund_due_on", "refund_waits", "state", "stage")
    def _compute_refund_is_due(self):
        for rma in self:
            soon = rma.company_id._get_reverse_today() + timedelta(3)
            rma.refund_is_due = bool(
                rma._owes_refund()
                and not rma.refund_waits
                and rma.refund_due_on
                and rma.refund_due_on <= soon
            )

    @api.model
    def _search_refund_is_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        soon = self.env.company._get_reverse_today() + timedelta(3)
        due = (
            Domain("refund_due_on", "<=", soon)
            & Domain("refund_waits", "=", False)
            & Domain("state", "in", OPEN)
            & Domain("stage", "!=", "settled")
        )
        return Domain.OR(due if wanted else ~due for wanted in value)

    def _owes_refund(self):
        return self.state in OPEN and self.stage != "settled"

    @api.depends(
        "acknowledged_at",
        "stated_on",
        "refund_due_on",
        "refund_waits",
        "information",
        "state",
        "stage",
    )
    @api.depends_context("lang", "tz")
    def _compute_withdrawal_summary(self):
        for rma in self:
            rma.withdrawal_summary = "\n".join(rma._get_withdrawal_sentences())

    def _get_withdrawal_sentences(self):
        """Say where a withdrawal stands, in a sentence for each fact."""
        self.ensure_one()
        if not self.acknowledged_at:
            return
        lines = self.line_ids
        moment = fields.Datetime.context_timestamp(self, self.acknowledged_at)
        yield self.env._(
            "The customer withdrew on %(stated)s. This was acknowledged on %(day)s at "
            "%(time)s.",
            stated=lines._format_day(self.stated_on),
            day=lines._format_day(moment.date()),
            time=moment.strftime("%H:%M"),
        )
        due = lines._format_day(self.refund_due_on)
        if not self._owes_refund():
            yield self.env._("Nothing more is to be paid back.")
        elif self.refund_waits:
            yield self.env._(
                "Pay back by %(day)s. You may hold it back until the goods are here, "
                "or the customer proves that they were sent.",
                day=due,
            )
        else:
            yield self.env._("Pay back by %(day)s, whatever else is open.", day=due)
        yield {
            "order": self.env._("The customer was told of the right with the order."),
            "later": self.env._("The customer was told of the right after the order."),
            "no": self.env._("The customer was not told of the right."),
        }.get(self.information, "")

    @api.constrains("basis", "stated_on")
    def _check_stated_on(self):
        for rma in self.filtered("basis"):
            if not rma.stated_on:
                raise UserError(
                    self.env._("Enter the day on which the customer withdrew.")
                )
            if rma.stated_on > rma.company_id._get_reverse_today():
                raise UserError(
                    self.env._(
                        "The customer cannot have withdrawn on a day to come: enter "
                        "the day on which you were told."
                    )
                )

    def _acknowledge_withdrawals(self):
        """Start the deadlines of stated withdrawals, and tell the customers."""
        stated = self.filtered(lambda rma: rma.basis == "withdrawal")
        if not stated:
            return
        terms = stated.line_ids._get_withdrawal_terms()
        now = fields.Datetime.now()
        for rma in stated:
            own = [terms[line] for line in rma.line_ids]
            rma._guarded_write(
                {
                    "acknowledged_at": now,
                    "information": rma._get_information(own),
                    "refund_days": min(each.refund_days for each in own),
                    "refund_may_wait": all(each.may_wait for each in own)
                    and not all(line.undelivered for line in rma.line_ids),
                }
            )
        self.env["reverse.event"]._log(
            stated,
            "WithdrawalAcknowledged",
            lambda rma: {
                "stated_on": fields.Date.to_string(rma.stated_on),
                "refund_due_on": fields.Date.to_string(rma.refund_due_on),
                "information": rma.information,
            },
        )
        template = self.env.ref("reverse_logistics.mail_template_withdrawal", False)
        if template:
            # sudo: customer service need not have the right to create mails
            template.sudo().send_mail_batch(stated.ids)
        stated._end_offers_of_orders()

    def _get_information(self, terms):
        """Give the code of whether and when the customer was told of the right.

        Of several orders, the one with the least information counts.
        """
        orders = self.line_ids.sale_line_id.order_id
        told = set(orders.mapped("reverse_informed"))
        if told - {"order", "later", "no"} or not orders:
            by_rule = "order" if all(each.informed for each in terms) else "no"
            told = (told & {"order", "later", "no"}) | {by_rule}
        return next(each for each in ("no", "later", "order") if each in told)

    def _is_by_right(self):
        """Tell whether the goods come back by right: then nobody has to allow it.

        reverse_logistics_recall: goods that were recalled, too.
        """
        self.ensure_one()
        return self.basis == "withdrawal" and all(
            line.decision_code == "withdrawal" for line in self.line_ids
        )
