from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, split_every

from ...engine import offers, transitions
from ..base.reverse_retry import run_batch

BATCH = 50
#: Answers, and the states that they lead to.
ANSWERS = {"accept": "accepted", "refuse": "refused"}


class ReverseOffer(models.Model):
    """What a customer is asked to agree to, before it is given.

    *Keep*: the goods stay with the customer, who gets a share of the credit, and no
    parcel travels. *Reduced*: after the inspection less is credited than was paid. The
    offer is of a settlement: its lines say the amount, and it is approved like any
    other before the customer hears of it. Approving it sends the offer, and nothing is
    released before the customer has accepted.

    ``draft`` until the settlement is approved, then ``sent`` and frozen; ``accepted``,
    ``refused``, ``expired`` unanswered, or ``withdrawn`` because its settlement was
    sent back or cancelled, or the goods came after all.
    """

    _name = "reverse.offer"
    _inherit = ["reverse.guarded.mixin", "reverse.touch.mixin"]
    _description = "Offer to a Customer"
    _order = "id desc"
    _check_company_auto = True
    _steps = transitions.OFFER
    _fixed_fields = frozenset({"settlement_id"})
    _percent_in_range = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "The share that the customer gets is above 0 and at most 100 %.",
    )

    settlement_id = fields.Many2one(
        "reverse.settlement",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    rma_id = fields.Many2one(
        related="settlement_id.rma_id", string="Return", store=True, index=True
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="rma_id.partner_id", store=True, string="Customer"
    )
    customer_user_ids = fields.Many2many(related="rma_id.customer_user_ids")
    kind = fields.Selection(
        [
            ("keep", "Keep the goods for part of the price"),
            ("reduced", "Lower credit after the inspection"),
        ],
        "Offer",
        required=True,
        readonly=True,
        guarded=True,
    )
    percent = fields.Float(
        "Share the Customer Gets (%)",
        default=100.0,
        digits=(5, 2),
        help="Of the credit that a return of these goods would give. The settlement "
        "computes the amount.",
    )
    valid_until = fields.Date(
        "Answer by",
        required=True,
        help="The last day on which the customer can answer.",
    )
    state = fields.Selection(
        [
            ("draft", "Not sent yet"),
            ("sent", "Sent"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("expired", "Not Answered"),
            ("withdrawn", "Withdrawn"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    terms = fields.Json(
        readonly=True,
        copy=False,
        help="What the customer was told, frozen when the offer was sent: with tax, "
        "for each line of the return.",
        guarded=True,
    )
    reasons = fields.Json(
        readonly=True,
        copy=False,
        help="Why something is deducted, by line of the return, as it was sent.",
        guarded=True,
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount_full = fields.Monetary(
        "Without Deductions",
        compute="_compute_amounts",
        store=True,
        help="What these goods would be credited with, with tax.",
    )
    amount_total = fields.Monetary(
        "Offered",
        compute="_compute_amounts",
        store=True,
        help="What the customer gets, with tax.",
    )
    made_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        help="Empty where policy made it.",
        guarded=True,
    )
    sent_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    reminded_on = fields.Date(
        "Customer Reminded On", readonly=True, copy=False, guarded=True
    )
    answered_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    answered_by_id = fields.Many2one(
        "res.users", "Answer Given by", readonly=True, copy=False, guarded=True
    )
    answered_through = fields.Selection(
        [
            ("portal", "Signed in on the site"),
            ("link", "By the link in the mail"),
            ("user", "Told to a user"),
        ],
        readonly=True,
        copy=False,
        guarded=True,
    )
    approval_note = fields.Text(related="settlement_id.approval_note")
    is_send_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_withdraw_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_note_answer_allowed = fields.Boolean(compute="_compute_steps_allowed")

    @api.depends("rma_id.name", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for offer in self:
            offer.display_name = self.env._("%(rma)s: offer", rma=offer.rma_id.name)

    @api.depends(
        "terms",
        "settlement_id.line_ids.amount",
        "settlement_id.line_ids.amount_total",
    )
    def _compute_amounts(self):
        for offer in self:
            terms = offer.terms or offer._get_terms()
            offer.amount_total = sum(term["total"] for term in terms)
            offer.amount_full = sum(term["full"] for term in terms)

    @api.depends("state", "settlement_id.state")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        service = self._has_duty("service")
        for offer in self:
            proposed = offer.settlement_id.state == "draft"
            offer.is_send_allowed = service and offer._may("send") and proposed
            offer.is_withdraw_allowed = service and offer._may("withdraw")
            offer.is_note_answer_allowed = service and offer._may("accept")

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._(
                "Make an offer with the button “Offer to Keep” of a return, or “Offer "
                "to Customer” of a settlement."
            )
        )

    def _check_editable(self):
        """Nothing is changed of what was submitted: others approve what they read."""
        self.settlement_id._check_editable()
        return super()._check_editable()

    def write(self, vals):
        """Another share is computed anew, by whoever enters it."""
        res = super().write(vals)
        if "percent" in vals and not self._in_workflow():
            self.settlement_id._note_author()
            self._withhold()
        return res

    # ------------------------------------------------------------------
    # Making it
    # ------------------------------------------------------------------
    @api.model
    def _make(self, settlements, kind, percent=100.0):
        """Make offers of proposed settlements.

        :param settlements: in draft, of returns whose customer may get an offer
        :param float percent: the share that the customer gets who keeps the goods
        :return: the offers, which nobody has sent yet
        """
        made = self._guarded_create(
            [
                {
                    "settlement_id": settlement.id,
                    "kind": kind,
                    "percent": percent,
                    "valid_until": settlement._plan_offer_end(),
                }
                for settlement in settlements
            ]
        )
        for offer in made:
            offer.settlement_id._guarded_write({"offer_id": offer.id})
        made._withhold()
        made.rma_id._update_offer_state()
        return made

    def _withhold(self):
        """Withhold from the settlements what the customer does not get of the share."""
        for offer in self.filtered(lambda own: own.kind == "keep"):
            reason = self.env._(
                "You keep the goods and get %(percent).12g %% of their price",
                percent=offer.percent,
            )
            for line in offer.settlement_id.line_ids:
                whole = line.amount + line.deduction
                step = line.currency_id.rounding
                withheld = offers.withheld(whole, offer.percent, step)
                line._guarded_write(
                    {
                        "deduction": withheld,
                        "deduction_reason": withheld and reason,
                    }
                )

    def action_send(self):
        """Submit the settlement; once it is approved, the customer gets the offer.

        :raises AccessError: without the role customer service
        """
        self._check_duty("service")
        self.settlement_id.action_submit()
        return True

    def _sign(self):
        """Check what is about to be submitted, and keep who makes the offer.

        Nobody makes an offer to themselves.
        """
        self._refuse_customers()
        for offer in self:
            offer._check_may_offer()
            today = offer.company_id._get_reverse_today()
            if offer.valid_until < today:
                raise UserError(
                    self.env._(
                        "%(offer)s: give the customer until today at least to answer.",
                        offer=offer.display_name,
                    )
                )
            if offer._is_nothing():
                raise UserError(
                    self.env._(
                        "%(offer)s offers nothing. Withhold less, or cancel the "
                        "settlement.",
                        offer=offer.display_name,
                    )
                )
        self._guarded_write({"made_by_id": self.env.uid})

    def _is_nothing(self):
        self.ensure_one()
        return self.currency_id.compare_amounts(self.amount_total, 0) <= 0

    def _refuse_customers(self):
        # sudo: actors only
        own = self.sudo().filtered(lambda o: self.env.user in o.customer_user_ids)
        own._refuse_own_step(dict.fromkeys(own, ["customer_user_ids"]))

    def _check_may_offer(self):
        self.ensure_one()
        if not self._is_about_what_is_there():
            raise UserError(
                self.env._(
                    "The goods of %(rma)s are on their way, here, or no longer "
                    "expected: there is nothing to be kept for this offer. Withdraw "
                    "it.",
                    rma=self.rma_id.display_name,
                )
            )
        self.rma_id._check_may_offer()

    def _is_about_what_is_there(self):
        """Whether goods that may be kept are still with the customer, all of them."""
        self.ensure_one()
        # sudo: what is settled, for whoever answers or moves goods
        lines = self.sudo().settlement_id.line_ids
        return self.kind != "keep" or (
            not (self.rma_id.shipped_at or self.rma_id.basis == "withdrawal")
            and all(line._is_still_expected() for line in lines)
        )

    def _send(self):
        """Freeze the offers of settlements that were approved, and tell customers."""
        self = self.filtered(lambda offer: offer._may("send"))
        if not self:
            return
        self._reverse_touch()
        for offer in self:
            today = offer.company_id._get_reverse_today()
            vals = {
                "sent_at": fields.Datetime.now(),
                "terms": offer._get_terms(),
                "reasons": offer._get_reasons(),
            }
            if offer.valid_until < today:  # the approval took that long
                vals["valid_until"] = offer.settlement_id._plan_offer_end()
            offer._transition(transitions.OFFER, "send", vals)
        self._log_step("OfferMade")
        self.rma_id._update_offer_state()
        self.rma_id._tell_customers("offer")

    def _get_terms(self):
        """Say what the offer gives, line by line, with tax: numbers and references."""
        self.ensure_one()
        # sudo: what is offered to the customer, for whoever looks
        return [line._get_offer_term() for line in self.sudo().settlement_id.line_ids]

    def _get_reasons(self):
        # sudo: as above
        lines = self.sudo().settlement_id.line_ids
        return {
            str(line.id): line.deduction_reason
            for line in lines
            if line.deduction and line.deduction_reason
        }

    # ------------------------------------------------------------------
    # The answer
    # ------------------------------------------------------------------
    def action_note_accepted(self):
        """Note that the customer accepted, as they told a user.

        :raises UserError: for whoever made the offer or, where policy made it and
            releases it at once, the return: one word pays nothing
        """
        rmas = self.filtered(lambda offer: not offer.made_by_id).rma_id
        if rmas:
            rmas._check_duty("service", excluded=rmas._gate_actors)
        self._note_answer("accept")
        return True

    def action_note_refused(self):
        """Note that the customer refused, as they told a user."""
        self._note_answer("refuse")
        return True

    def _note_answer(self, answer):
        self._check_duty("service", excluded=("made_by_id",))
        self._refuse_customers()
        for offer in self:
            offer._answer(answer, "user")

    def _answer(self, answer, through):
        """Take the customer's answer, once; sending it again changes nothing.

        :param str answer: ``accept`` or ``refuse``
        :param str through: which way it came, see ``answered_through``
        :raises UserError: when it was answered otherwise, or is no longer open
        """
        self.ensure_one()
        self._reverse_touch()
        if self.state == ANSWERS[answer]:
            return
        if not self._is_open():
            raise UserError(self._say_ended())
        if answer == "accept" and not self._is_about_what_is_there():
            raise UserError(
                self.env._(
                    "The goods are on their way, so the offer to keep them is over."
                )
            )
        self._transition(
            transitions.OFFER,
            answer,
            {
                "answered_at": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
                "answered_through": through,
            },
        )
        self._log_step("OfferAnswered")
        self.rma_id._update_offer_state()
        if answer == "accept":
            self._on_accepted()
        else:
            self._on_not_accepted()

    def _is_open(self):
        """Whether the customer can still answer."""
        self.ensure_one()
        # sudo: only the company's time zone is read
        today = self.sudo().company_id._get_reverse_today()
        return self.state == "sent" and today <= self.valid_until

    def _say_ended(self):
        self.ensure_one()
        if self.state == "accepted":
            return self.env._("You have accepted this offer.")
        if self.state == "refused":
            return self.env._("You have declined this offer.")
        if self.state == "withdrawn":
            return self.env._("This offer is no longer open. Please write to us below.")
        return self.env._(
            "This offer was open until %(day)s. Please write to us below.",
            day=format_date(self.env, self.valid_until),
        )

    def _on_accepted(self):
        """Leave the goods to the customer who keeps them; the settlement goes on.

        What policy offered is released at once; a person's waits for its release.
        """
        # sudo: what was approved before it was sent follows from the answer
        settlement = self.sudo().settlement_id
        if self.kind == "keep":
            disposition = self.env.ref("reverse_logistics.disposition_keep")
            lines = settlement.line_ids.rma_line_id
            lines._note_not_coming(disposition, offer=self)
        if self._is_own_answer():
            settlement.filtered("policy_version_id")._work("_release")
        else:
            self.rma_id.sudo()._message_log(  # sudo: whoever answers need not read it
                body=self.env._(
                    "Who asked for the return could have read the customer's mail, so "
                    "a credit releaser releases what was accepted."
                )
            )
        self.rma_id._update_progress()

    def _is_own_answer(self):
        """Tell whether nobody who asked for the return can have given the answer.

        The customer answers by a link in a mail, or signed in.
        """
        self.ensure_one()
        if self.answered_through == "user":
            return True
        rma = self.sudo().rma_id  # sudo: who took which step
        persons = rma.env["res.partner"].union(
            *(rma[name] for name in rma._get_person_fields())
        )
        return not persons._get_reverse_let_in() & rma._get_gate_actors()

    def _on_not_accepted(self):
        """Go on as if nothing had been offered, or have a person decide.

        Goods that were to be kept are simply to be sent, but of an offer that nobody
        answered a person hears. A lower credit is not given against the customer's
        will, nor another one without a person.
        """
        # sudo: what follows is the system's, whoever answered
        own = self.sudo()
        keeps = own.filtered(lambda offer: offer.kind == "keep")
        keeps.settlement_id._drop_offered()
        exceptions = own.env["reverse.exception"]
        for offer in keeps.filtered(lambda offer: offer.state == "expired"):
            exceptions._raise_for(offer.rma_id, "offer_lapsed", **offer._point_to())
        for offer in own - keeps:
            exceptions._raise_for(offer.rma_id, "offer_refused", **offer._point_to())
        own.rma_id._update_progress()

    def _point_to(self):
        """Give what an exception keeps of this offer."""
        self.ensure_one()
        answered = self.state == "refused"
        values = {
            "amount": self.currency_id.format(self.amount_total),
            "full": self.currency_id.format(self.amount_full),
            "day": format_date(self.env, self.valid_until),
        }
        if answered:
            message = self.env._(
                "The customer refused %(amount)s instead of %(full)s.", **values
            )
        else:
            message = self.env._(
                "The customer did not answer by %(day)s to the offer of %(amount)s "
                "instead of %(full)s.",
                **values,
            )
        return {"message": message, "res_model": self._name, "res_id": self.id}

    # ------------------------------------------------------------------
    # No answer, or no offer any more
    # ------------------------------------------------------------------
    def action_withdraw(self):
        """Offer it no longer. The goods are credited as if nothing had been offered.

        :raises AccessError: without the role customer service
        :raises UserError: once the customer has answered
        """
        self._check_duty("service")
        self._reverse_touch()
        for offer in self:
            if not offer._may("withdraw"):
                raise UserError(
                    self.env._(
                        "%(offer)s is %(state)s and can no longer be withdrawn.",
                        offer=offer.display_name,
                        state=offer._state_label(),
                    )
                )
        self._give_up()
        return True

    def _give_up(self):
        """Withdraw these offers, by ending or sending back their settlements."""
        # sudo: their settlements, for whoever moves goods or ends the return
        own = self.sudo()
        keeps = own.filtered(lambda offer: offer.kind == "keep")
        keeps.settlement_id._drop_offered()
        (own - keeps).settlement_id._reopen_offered()

    def _withdraw(self):
        """Note that these, as far as they are open, are offered no longer."""
        self = self.filtered(lambda offer: offer._may("withdraw"))
        if not self:
            return
        self._reverse_touch()
        told = self.filtered(lambda offer: offer.state == "sent")
        self._transition(transitions.OFFER, "withdraw")
        told._log_step("OfferWithdrawn")
        self.rma_id._update_offer_state()

    @api.model
    def _cron_follow_up(self):
        """Remind customers of offers, and end those that nobody answered."""
        waiting = self.search([("state", "=", "sent")], order="id")
        due = {"remind": self.browse(), "expire": self.browse()}
        for offer in waiting:
            if step := offer._get_next_step():
                due[step] |= offer
        total = len(due["remind"]) + len(due["expire"])
        self.env["ir.cron"]._commit_progress(remaining=total)
        for step, method in (("remind", "_remind"), ("expire", "_expire")):
            for ids in split_every(BATCH, due[step].ids):
                records = self.browse(ids)
                work = getattr(records, method)
                if not run_batch(self.env, work, len(ids)):
                    return

    def _get_next_step(self):
        self.ensure_one()
        company = self.company_id
        reminded = company.reverse_portal != "no" and company.reverse_remind_days
        return offers.next_step(
            company._get_reverse_today(),
            self.valid_until,
            self.reminded_on or None,
            reminded,
        )

    def _filter_due(self, step):
        """Give those of these that still wait, once nobody else writes to them."""
        waiting = self.exists()
        waiting._reverse_touch()
        return waiting.filtered(
            lambda offer: offer.state == "sent" and offer._get_next_step() == step
        )

    def _remind(self):
        due = self._filter_due("remind")
        for company, own in due.grouped("company_id").items():
            own._guarded_write({"reminded_on": company._get_reverse_today()})
        due.rma_id._tell_customers("offer_ends")

    def _expire(self):
        due = self._filter_due("expire")
        if due:
            due._transition(transitions.OFFER, "expire")
            due._log_step("OfferExpired")
            due.rma_id._update_offer_state()
            due._on_not_accepted()

    # ------------------------------------------------------------------
    # What others read of it
    # ------------------------------------------------------------------
    def _log_step(self, name):
        self.env["reverse.event"]._log(
            self,
            name,
            lambda offer: {
                "offer": offer.id,
                "offer_kind": offer.kind,
                "settlement": offer.settlement_id.id,
                "amount": offer.amount_total,
                "currency": offer.currency_id.name,
                **(
                    {"decider": offer.settlement_id._get_decider()}
                    if name == "OfferMade"
                    else {}
                ),
                **(
                    {"answer": offer.state, "through": offer.answered_through}
                    if name == "OfferAnswered"
                    else {}
                ),
            },
        )

    def _get_customer_rows(self):
        """Give what the customer reads of each line.

        :return: ``[{"line", "quantity", "full", "rows": [(words, amount)], "total"}]``
        """
        self.ensure_one()
        lines = self.rma_id.line_ids
        rows = []
        for term in self.terms or ():
            line = lines.filtered(lambda own, term=term: own.id == term["line"])
            usual = self.env._("Deduction")
            reason = (self.reasons or {}).get(str(term["settled"])) or usual
            withheld = [(reason, term["deduction"]), (self.env._("Fee"), term["fee"])]
            rows.append(
                {
                    **term,
                    "line": line,
                    "rows": [(words, amount) for words, amount in withheld if amount],
                }
            )
        return rows

    def action_view_settlement(self):
        return self.rma_id._open(self.settlement_id, self.env._("Settlements"))

    def action_view_rma(self):
        return self.rma_id._open(self.rma_id, self.env._("Return"))
