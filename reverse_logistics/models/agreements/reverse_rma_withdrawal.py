from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import legal
from ...engine.exceptions import ExceptionType, Resolution

#: States in which something is still to be done about a return.
OPEN = ("requested", "authorized")


class ReverseRma(models.Model):
    """Withdrawals: consumers take back their purchase, stated on a day.

    A withdrawal works by arriving. Requesting the return acknowledges it and starts its
    clocks, whatever policy says; of what is not clear a person decides afterwards.
    """

    _inherit = "reverse.rma"

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

    # ------------------------------------------------------------------
    # Clocks
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
        """Say in plain words where a withdrawal stands."""
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

    # ------------------------------------------------------------------
    # Acknowledgement
    # ------------------------------------------------------------------

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
        """Start the clocks of stated withdrawals, and tell the customer so."""
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
            # sudo: customer service need not be able to write every mail
            template.sudo().send_mail_batch(stated.ids)

    def _get_information(self, terms):
        """Say whether the customer was told of the right; of several orders, the
        least counts.
        """
        orders = self.line_ids.sale_line_id.order_id
        told = set(orders.mapped("reverse_informed"))
        if told - {"order", "later", "no"} or not orders:
            by_rule = "order" if all(each.informed for each in terms) else "no"
            told = (told & {"order", "later", "no"}) | {by_rule}
        return next(each for each in ("no", "later", "order") if each in told)

    def _is_clear_withdrawal(self):
        """Whether the customer withdraws by right, so that nobody has to allow it."""
        self.ensure_one()
        return self.basis == "withdrawal" and all(
            line.decision_code == "withdrawal" for line in self.line_ids
        )


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    undelivered = fields.Boolean(
        "Not Delivered Yet",
        readonly=True,
        copy=False,
        help="The customer withdrew before the goods were delivered: they are taken "
        "off the order, and nothing comes back.",
        guarded=True,
    )

    def _get_withdrawal_terms(self):
        """Give the terms of the right to withdraw: of the rule that grants it, else
        those that a new rule would have.

        :return: ``{line: engine.legal.LegalTerms}``
        """
        rules = self.env["reverse.legal.rule"]
        usual = rules._to_engine(None, {"basis": legal.WITHDRAWAL})
        found = {}
        for line in self:
            # sudo: rules apply to everybody
            rule = line.sudo().legal_basis_id
            terms = rule.version_id._get_rules("legal").terms.get(rule.id)
            found[line] = rules._to_engine(rule.id, terms) if terms else usual
        return found

    # ------------------------------------------------------------------
    # Before the goods are delivered
    # ------------------------------------------------------------------
    def _split_undelivered(self, preview=False):
        """Say of withdrawals which goods have not been delivered yet.

        Of an order line of which a part was delivered, what was not comes first: it
        need not be sent back.

        :param bool preview: claim nothing
        """
        self.filtered("undelivered")._guarded_write({"undelivered": False})
        lines = self.filtered(
            lambda line: (
                line.rma_id.basis == "withdrawal"
                and line.sale_line_id
                and not (line.move_id or line.lot_id or line.claim)
            )
        )
        if not lines:
            return self
        # sudo: the customer's own order, whoever asks
        order_lines = lines.sudo().sale_line_id
        if not preview:
            self.env.flush_all()
            order_lines._reverse_touch()
        left = {own: own._get_reverse_open() for own in order_lines}
        vals_list = []
        for line in lines:
            own = line.sudo().sale_line_id  # sudo: as above
            if own.product_id != line.product_id:
                continue
            waiting = own.product_uom_id._compute_quantity(
                left[own], line.uom_id, rounding_method="HALF-UP"
            )
            taken = min(line.quantity, waiting)
            if line.uom_id.compare(taken, 0) <= 0:
                continue
            left[own] -= line._to_order_quantity(taken)
            rest = line.uom_id.round(line.quantity - taken)
            if not line.uom_id.is_zero(rest):
                vals_list += [
                    {**data, "quantity": rest}
                    for data in line.copy_data({"rma_id": line.rma_id.id})
                ]
            line._guarded_write({"quantity": taken, "undelivered": True})
        return self | self._guarded_create(vals_list)

    def _cancel_undelivered(self):
        """Take what was withdrawn off the orders; credit what was invoiced of it."""
        lines = self.filtered(
            lambda line: (
                line.undelivered
                and not line.inspection_ids
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            )
        )
        if not lines:
            return
        # before it is settled: what waits for a person does not close
        lines._ask_to_pay_back()
        for order_line, own in lines.grouped("sale_line_id").items():
            order_line._withdraw_reverse(
                sum(line._to_order_quantity(line.quantity) for line in own)
            )
        disposition = self.env.ref("reverse_logistics.disposition_undelivered")
        lines._note_not_coming(disposition)

    def _ask_to_pay_back(self):
        """Have a person give back what was paid and no invoice of the goods says."""
        unbilled = self.filtered(lambda line: line.sale_line_id._is_reverse_unbilled())
        paid = unbilled.filtered(
            lambda line: (
                line.sale_line_id.order_id.amount_paid > 0
                or any(
                    own.is_downpayment and own.qty_invoiced
                    for own in line.sale_line_id.order_id.order_line
                )
            )
        )
        self.env["reverse.exception"]._raise_for(paid, "paid_ahead")


class ReverseException(models.Model):
    """Money that came before an invoice did, and goes back without one."""

    _inherit = "reverse.exception"

    type = fields.Selection(
        selection_add=[("paid_ahead", "Paid ahead, to be paid back")],
        ondelete={"paid_ahead": "cascade"},
    )

    @api.model
    def _get_types(self):
        return {**super()._get_types(), "paid_ahead": self._get_type_paid_ahead()}

    @api.model
    def _get_type_paid_ahead(self):
        paid = Resolution(
            "paid_back",
            self.env._("Paid Back"),
            stock=self.env._("Nothing was delivered, nothing comes back."),
            money=self.env._(
                "Note that the customer has the money back, by the payment or the down "
                "payment it came with."
            ),
            done=self.env._("Paid back"),
            primary=True,
        )
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "The customer paid for %(product)s before it was invoiced, and "
                "withdrew before it was delivered."
            ),
            todo=self.env._(
                "Refund the payment of the order, or credit its down payment, by the "
                "day the return names."
            ),
            resolutions=(paid,),
        )

    def action_paid_back(self):
        """Note that what was paid ahead was given back."""
        self._check_resolution("paid_back")
        self._resolve("paid_back")
        return True
