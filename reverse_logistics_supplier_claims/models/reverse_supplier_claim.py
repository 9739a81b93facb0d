import re
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..engine import amounts, transitions

#: Answers of a supplier that decide about a claim.
DECIDING = ("approve", "approve_part", "refuse")
#: Answers that are about goods, and about no amounts.
PARTS = ("request", "arrive")
#: Who took an earlier step of a claim: what no document proves is for somebody else.
CLAIMANTS = ("opened_by_id", "changed_by_ids", "submitter_ids")


class ReverseSupplierClaim(models.Model):
    """What we want back from a supplier or carrier for goods that came back to us.

    Opened for inspections (``_create_claims`` there) or entered by hand, then
    submitted, answered, paid and closed by the steps of ``engine.transitions``. What
    was written about it, in either direction, is a frozen ``reverse.supplier.answer``;
    the amounts of each answer are kept there, the present ones on the lines.

    What was recovered is counted from posted vendor credit notes that name the lines,
    and from payments noted by hand. More than was approved is accepted and shown.
    """

    _name = "reverse.supplier.claim"
    _inherit = ["reverse.authored.mixin", "reverse.touch.mixin", "mail.thread"]
    _description = "Supplier Claim"
    _order = "id desc"
    _check_company_auto = True
    _steps = transitions.CLAIM
    _said_lines = "line_ids"
    _fixed_fields = frozenset({"company_id", "partner_id", "currency_id"})

    name = fields.Char(readonly=True, copy=False, guarded=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier or Carrier",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
    )
    agreement_id = fields.Many2one(
        "reverse.supplier.agreement",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('partner_id', '=', partner_id), ('is_allowance', '=', False)]",
        help="Empty: what the goods cost is claimed, without terms.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("acknowledged", "Acknowledged"),
            ("approved", "Approved"),
            ("partly", "Partly Approved"),
            ("refused", "Refused"),
            ("sent", "Goods Sent"),
            ("recovered", "Recovered"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        "Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        guarded=True,
    )
    supplier_reference = fields.Char(
        "Supplier's Number",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
        help="With which the supplier authorizes the return of the goods.",
    )
    opened_by_id = fields.Many2one(
        "res.users",
        "Opened by",
        readonly=True,
        copy=False,
        guarded=True,
        help="Empty: an agreement opened it by itself.",
    )
    entered_by_id = fields.Many2one(related="opened_by_id", string="Entered by")
    submitted_by_id = fields.Many2one(
        "res.users", "Submitted by", readonly=True, copy=False, guarded=True
    )
    submitter_ids = fields.Many2many(
        "res.users",
        string="All Who Submitted",
        compute="_compute_submitter_ids",
        compute_sudo=True,
    )
    deadline = fields.Date(
        compute="_compute_deadline",
        store=True,
        index=True,
        help="Until when the agreement lets us claim the first of these goods.",
    )
    response_due = fields.Date(
        "Answer Due", readonly=True, copy=False, index="btree_not_null", guarded=True
    )
    line_ids = fields.One2many("reverse.supplier.claim.line", "claim_id", "Lines")
    answer_ids = fields.One2many("reverse.supplier.answer", "claim_id", "Answers")
    note = fields.Text(unlocked=True)
    amount_claimed = fields.Monetary(
        "Claimed", compute="_compute_amounts", store=True, tracking=True
    )
    amount_approved = fields.Monetary(
        "Approved", compute="_compute_amounts", store=True, tracking=True
    )
    amount_recovered = fields.Monetary(
        "Recovered", compute="_compute_amounts", store=True, tracking=True
    )
    amount_written_off = fields.Monetary(
        "Written Off", compute="_compute_amounts", store=True, tracking=True
    )
    amount_open = fields.Monetary("Open", compute="_compute_amounts", store=True)
    is_over_recovered = fields.Boolean(
        "More than Approved",
        compute="_compute_amounts",
        store=True,
        help="The supplier paid more than it had approved.",
    )
    rma_count = fields.Integer("Returns", compute="_compute_counts", compute_sudo=True)
    picking_count = fields.Integer(
        "Transfers", compute="_compute_counts", compute_sudo=True
    )
    refund_count = fields.Integer(
        "Credit Notes", compute="_compute_counts", compute_sudo=True
    )
    is_submit_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_acknowledge_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_authorize_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_answer_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_remind_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_resubmit_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_send_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_pay_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_note_paid_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_match_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_message_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_write_off_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_close_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")

    # ------------------------------------------------------------------
    # Amounts and dates
    # ------------------------------------------------------------------
    @api.depends(
        "line_ids.amount_claimed",
        "line_ids.amount_approved",
        "line_ids.amount_recovered",
        "line_ids.amount_written_off",
        "line_ids.amount_open",
    )
    def _compute_amounts(self):
        for claim in self:
            for name in ("claimed", "approved", "recovered", "written_off", "open"):
                total = sum(claim.line_ids.mapped(f"amount_{name}"))
                claim[f"amount_{name}"] = total
            over = claim.amount_recovered - claim.amount_approved
            claim.is_over_recovered = claim.currency_id.compare_amounts(over, 0) > 0

    @api.depends(
        "delivered_on",
        "finding",
        "agreement_id.deadline_days",
        "agreement_id.carriage",
    )
    def _compute_deadline(self):
        for claim in self:
            claim.deadline = claim.agreement_id._get_deadline(
                claim.delivered_on, claim.finding
            )

    @api.depends("line_ids.inspection_id", "line_ids.move_ids")
    def _compute_counts(self):
        for claim in self:
            claim.rma_count = len(claim.line_ids.rma_id)
            claim.picking_count = len(claim.line_ids.move_ids.picking_id)
            claim.refund_count = len(claim.line_ids.refund_line_ids.move_id)

    @api.depends("answer_ids.kind", "answer_ids.user_id")
    def _compute_submitter_ids(self):
        """Who submitted it first claimed as well, whoever disputed it since."""
        for claim in self:
            sent = claim.answer_ids.filtered(lambda one: one.kind == "submit")
            claim.submitter_ids = sent.user_id

    def _get_claimants(self):
        """Give all who opened, changed or submitted any of these claims."""
        # sudo: who took earlier steps, for whoever reads the claims
        known = self.sudo()
        return self.env["res.users"].union(*map(known.mapped, CLAIMANTS))

    def _refuse_claimants(self, names=CLAIMANTS):
        """Refuse what is for somebody else than whoever claims.

        :param names: of the fields with the users of earlier steps
        :raises UserError: naming the claims of which the user took such a step
        """
        steps = self._find_earlier_steps(self.env.user, names)
        self.filtered(steps.get)._refuse_own_step(steps)

    def _is_open(self):
        """Whether anything was neither recovered nor written off."""
        self.ensure_one()
        return self.currency_id.compare_amounts(self.amount_open, 0) > 0

    def _is_in_vain(self):
        """Whether it is over and brought nothing, so that others may be asked."""
        self.ensure_one()
        return self.state in ("refused", "closed") and not (
            self.amount_approved or self.amount_recovered
        )

    def _is_late_with(self, lines):
        """Whether a draft is late by what is to be added to it.

        :param list lines: values of lines
        """
        self.ensure_one()
        days = [line["counted_from"] for line in lines if line.get("counted_from")]
        last = days and self.agreement_id._get_deadline(min(days), self.finding)
        return bool(last) and last < fields.Date.context_today(self)

    def _is_short(self):
        """Whether less was approved than is claimed."""
        self.ensure_one()
        return any(line._is_short() for line in self.line_ids)

    def _is_disputable(self):
        """Whether something is open that the supplier would have to think over.

        Of goods that were sent before it answered, it has to answer first.
        """
        self.ensure_one()
        decided = self.state != "sent" or (self.answered_on and self._is_short())
        return bool(self._is_open() and decided)

    @api.depends(
        "state",
        "amount_open",
        "answered_on",
        "is_awaited",
        "agreement_id.goods",
        "supplier_reference",
        "kind",
    )
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        mine = self._has_duty("claims")
        approver = self._has_duty("claims_approver")
        for claim in self:
            still_open = claim._is_open()
            is_own = self.env.user in claim._get_claimants()
            claim.is_submit_allowed = mine and claim._may("submit")
            claim.is_acknowledge_allowed = mine and claim._may("acknowledge")
            claim.is_authorize_allowed = (
                mine
                and claim.agreement_id.authorization_required
                and not claim.supplier_reference
                and claim._may_be_authorized()
            )
            claim.is_answer_allowed = mine and claim._may("approve")
            claim.is_remind_allowed = mine and claim.is_awaited
            claim.is_resubmit_allowed = (
                mine and claim._may("resubmit") and claim._is_disputable()
            )
            claim.is_send_allowed = mine and bool(claim._get_sendable())
            claim.is_pay_allowed = mine and claim._may("recover")
            claim.is_note_paid_allowed = (
                approver and not is_own and claim._may("recover")
            )
            claim.is_match_allowed = (
                mine and claim._is_on_seller() and claim.state in transitions.PAID_IN
            )
            # While an answer is awaited, its form takes messages as well.
            claim.is_message_allowed = (
                mine
                and not claim.is_answer_allowed
                and claim.state not in ("draft", "cancelled")
            )
            claim.is_write_off_allowed = (
                approver and not is_own and claim._may_be_written_off()
            )
            claim.is_close_allowed = mine and not still_open and claim._may("close")
            claim.is_cancel_allowed = (
                mine and claim._may("cancel") and not claim._has_moved()
            )

    # ------------------------------------------------------------------
    # Claims by hand
    # ------------------------------------------------------------------
    @api.constrains("partner_id")
    def _check_partner(self):
        """Agreements and holds are with companies: a contact passes neither by."""
        for claim in self:
            company = claim.partner_id.commercial_partner_id
            if claim.partner_id != company:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s: claim from the "
                        "company.",
                        contact=claim.partner_id.display_name,
                        company=company.display_name,
                    )
                )

    @api.constrains("agreement_id", "kind", "partner_id")
    def _check_agreement(self):
        for claim in self:
            agreement = claim.agreement_id
            if agreement and agreement.kind != claim.kind:
                raise ValidationError(
                    self.env._(
                        "“%(agreement)s” is not an agreement for this kind of claim. "
                        "Choose another one, or leave it empty.",
                        agreement=agreement.name,
                    )
                )
            if agreement.is_allowance and not self._in_workflow():
                raise ValidationError(
                    self.env._(
                        "“%(agreement)s” is a standing allowance that covers these "
                        "goods: its claims open once a month, by its own button.",
                        agreement=agreement.name,
                    )
                )
            if agreement and agreement.partner_id != claim.partner_id:
                raise ValidationError(
                    self.env._(
                        "“%(agreement)s” is an agreement with %(partner)s.",
                        agreement=agreement.name,
                        partner=agreement.partner_id.display_name,
                    )
                )

    @api.model
    def _check_create(self, vals_list):
        self._check_duty("claims")

    @api.model_create_multi
    def create(self, vals_list):
        """Note who opened a claim by hand; others are noted once they have lines."""
        claims = super().create(vals_list)
        if not self._in_workflow():
            claims._log("SupplierClaimOpened")
        return claims

    @api.model
    def _complete_create(self, vals_list):
        """Give each claim its number, and say who entered it by hand."""
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        by_hand = {} if self._in_workflow() else {"opened_by_id": self.env.uid}
        return [
            {
                **vals,
                **by_hand,
                "name": sequence.with_company(vals["company_id"]).next_by_code(
                    self._name
                ),
            }
            for vals in vals_list
        ]

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    def action_submit(self):
        """Submit claims to the supplier.

        Late ones and those below the smallest value of the agreement need an approver.

        :raises UserError: when something is missing, saying what, or the claim says
            something else than on the screen of whoever submits it
        """
        self._check_duty("claims")
        self._check_read()
        for claim in self:
            claim._check_submit()
        self._transition(transitions.CLAIM, "submit", {"submitted_by_id": self.env.uid})
        self.line_ids.inspection_id._note_submitted()
        self._on_submitted()
        return True

    def action_resubmit(self):
        """Dispute what the supplier did not approve: the claim is submitted again."""
        self._check_duty("claims")
        for claim in self:
            if claim._may("resubmit") and not claim._is_disputable():
                raise UserError(
                    self.env._(
                        "%(claim)s: nothing is open that could be disputed. What the "
                        "supplier has not answered yet is reminded of, not disputed.",
                        claim=claim.name,
                    )
                )
        self._transition(
            transitions.CLAIM, "resubmit", {"submitted_by_id": self.env.uid}
        )
        self._check_rotation()
        self._on_submitted()
        return True

    def _on_submitted(self):
        """What customers sent to the supplier counts as sent back with its claim."""
        self.line_ids._send_straight()
        today = fields.Date.context_today(self)
        days = {claim: claim.agreement_id.response_days for claim in self}
        self._guarded_write_each(
            {
                claim: {"response_due": own and today + timedelta(own) or False}
                for claim, own in days.items()
            }
        )
        self.env["reverse.supplier.answer"]._guarded_create(
            [
                claim._prepare_answer(
                    "submit", "out", claim._get_amounts("amount_claimed")
                )
                for claim in self
            ]
        )
        for claim in self:
            short = claim._get_short_lines()
            left = sum(whole - line.amount_claimed for line, whole in short.items())
            more = {"may_be": claim.amount_claimed + left} if short else {}
            claim._log("SupplierClaimSubmitted", **more)
        self._send_packets()

    def _check_submit(self):
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount_claimed, 0) <= 0:
            raise UserError(
                self.env._("%(claim)s claims nothing yet.", claim=self.name)
            )
        for line in self.line_ids:
            if line.source_state == "unclear" and line.kind == "goods":
                raise UserError(
                    self.env._(
                        "%(claim)s: choose the receipt with which %(product)s came in; "
                        "more than one is possible.",
                        claim=self.name,
                        product=line.product_id.display_name,
                    )
                )
        self._check_drawback()
        self._check_rotation()
        if self.agreement_id.proof_required:
            self._check_proof()
        self._check_terms()

    def _check_proof(self):
        """The claim has a file, or the inspection of each part has."""
        if self.with_context(bin_size=True).proof_of_delivery:
            return
        # What anybody wrote or mailed on the claim goes to nobody, and proves nothing.
        if self._get_own_files():
            return
        parts = self.line_ids.inspection_id
        evidence = parts._get_evidence()
        unproved = parts.filtered(lambda part: not evidence[part.id])
        if unproved or not parts:
            raise UserError(
                self.env._(
                    "%(claim)s: the agreement asks for proof. Attach a file to the "
                    "claim, or to each inspection (%(parts)s).",
                    claim=self.name,
                    parts=", ".join(unproved.mapped("display_name")),
                )
            )

    def _check_terms(self):
        """What the agreement does not cover is for an approver who did not write it."""
        own = self.env.user in self._get_claimants()
        if self._has_duty("claims_approver") and not own:
            return
        self._check_limit()
        self._check_agreed()
        self._check_whole()
        today = fields.Date.context_today(self)
        if self.deadline and self.deadline < today:
            raise UserError(
                self.env._(
                    "%(claim)s is late: the agreement's deadline was %(day)s. An "
                    "approver of claims who neither opened nor changed it may submit "
                    "it.",
                    claim=self.name,
                    day=self.deadline,
                )
            )
        self._check_warranty()
        agreement = self.agreement_id
        least = (
            agreement.currency_id._convert(
                agreement.minimum, self.currency_id, self.company_id, today
            )
            if agreement
            else 0.0
        )
        if self.currency_id.compare_amounts(self.amount_claimed, least) < 0:
            raise UserError(
                self.env._(
                    "%(claim)s is below the smallest claim of the agreement, "
                    "%(least)s. An approver of claims who neither opened nor changed "
                    "it may submit it.",
                    claim=self.name,
                    least=self.currency_id.format(least),
                )
            )

    def _check_agreed(self):
        """Another agreement than the one that fits, or a later day, is for an approver.

        Neither deadline nor smallest value would be those that were agreed.
        """
        # sudo: terms count whoever may read them
        for agreement in self.sudo()._find_agreements() - self.agreement_id:
            raise UserError(
                self.env._(
                    "%(claim)s: “%(agreement)s” was agreed for these goods. Choose it, "
                    "or let an approver of claims submit it who neither opened nor "
                    "changed it.",
                    claim=self.name,
                    agreement=agreement.name,
                )
            )
        known = min(filter(None, self.line_ids.mapped("counted_from")), default=False)
        if known and (not self.delivered_on or self.delivered_on > known):
            raise UserError(
                self.env._(
                    "%(claim)s: the deadline counts from %(known)s. Enter that day, or "
                    "let an approver of claims submit it who neither opened nor "
                    "changed it.",
                    claim=self.name,
                    known=format_date(self.env, known),
                )
            )

    def _check_whole(self):
        """Less than may be claimed is for an approver: nobody would write it off."""
        for line, whole in self._get_short_lines().items():
            raise UserError(
                self.env._(
                    "%(line)s: %(claimed)s is claimed, and %(whole)s may be. Claim "
                    "all of it, or let an approver of claims submit it who "
                    "neither opened nor changed it.",
                    line=line.display_name,
                    claimed=self.currency_id.format(line.amount_claimed),
                    whole=self.currency_id.format(whole),
                )
            )

    def _get_short_lines(self):
        """Give the lines that claim less than may be, with what that is.

        :return: ``{line: amount}``
        """
        limit = self._get_limit()
        if self.kind == "duty" or (
            limit
            and self.currency_id.compare_amounts(self.amount_claimed, limit.amount) >= 0
        ):
            return {}
        goods = self.line_ids.filtered(
            lambda line: line.kind == "goods" and (line.inspection_id or line.found)
        )
        whole = {line: line._get_full_amount() for line in goods}
        return {
            line: amount
            for line, amount in whole.items()
            if self.currency_id.compare_amounts(line.amount_claimed, amount) < 0
        }

    def _find_agreements(self):
        """Find what was agreed with whoever has to pay for these goods."""
        self.ensure_one()
        # Whatever the lines and the claim call it: these are the goods it is about.
        asked = [
            replace(
                line.inspection_id._get_claimed_goods(line.receipt_move_id),
                partner=self.partner_id.id,
            )
            for line in self.line_ids.filtered("inspection_id")
        ]
        own = self.line_ids._get_faulty_own()
        kind = "carrier" if self.kind == "carrier" else "supplier"
        asked += [
            self._get_own_goods(line._get_claimed(), self.partner_id, kind)
            for line in own
        ]
        agreements = self.env["reverse.supplier.agreement"]
        return agreements.union(*agreements._find_for(asked))

    def action_close(self):
        """Close claims of which nothing is open."""
        self._check_duty("claims")
        for claim in self:
            if claim._is_open():
                raise UserError(
                    self.env._(
                        "%(claim)s: %(amount)s is open. Recover it, or let an approver "
                        "write it off.",
                        claim=claim.name,
                        amount=claim.currency_id.format(claim.amount_open),
                    )
                )
        self._check_over_explained()
        self._transition(transitions.CLAIM, "close")
        self._log("SupplierClaimClosed")
        # Of a claim that was paid without an answer, none will come.
        self._go_on_crediting()
        return True

    def action_cancel(self):
        """Cancel claims; their goods can be claimed anew.

        :raises UserError: where goods or money have moved, which would be claimed twice
        """
        self._check_duty("claims")
        self._reverse_touch()
        for claim in self:
            if claim._has_moved():
                raise UserError(
                    self.env._(
                        "%(claim)s: goods or money have moved already. Close the "
                        "claim, or have the rest written off.",
                        claim=claim.name,
                    )
                )
        self._transition(transitions.CLAIM, "cancel")
        # sudo: transfers that were announced for these claims only
        lines = self.sudo().line_ids
        moves = lines.move_ids | lines.replacement_move_ids
        moves.filtered(lambda m: m.state not in ("done", "cancel"))._action_cancel()
        lines._release_aside()
        # What is not claimed is not expected; claimed anew, it is provided for anew.
        self._release_provisions()
        self.line_ids.inspection_id._note_claimable()
        self.env["reverse.supplier.allowance"]._release(self)
        self._log("SupplierClaimCancelled")
        return True

    def _check_other_approver(self):
        """What no document proves is for an approver who did not ask for it."""
        self._check_duty("claims_approver")
        self._refuse_claimants()

    def _has_moved(self):
        """Whether money or goods moved for this claim, or a credit note is made."""
        self.ensure_one()
        # sudo: books and transfers count, whoever may read them
        lines = self.sudo().line_ids
        moves = lines.move_ids | lines.replacement_move_ids
        return bool(
            any(lines.mapped("amount_recovered"))
            or any(lines.mapped("destroyed_on"))
            or "done" in moves.mapped("state")
            or set(lines.refund_line_ids.mapped("parent_state")) - {"cancel"}
        )

    def action_write_off(self):
        """Write off what is open, as an approver who did not claim it.

        :raises UserError: for one's own claims
        """
        self._check_other_approver()
        for claim in self:
            claim._check_write_off()
        self._reverse_touch()
        self.line_ids._guarded_write_each(
            {
                line: {"amount_written_off": line.amount_written_off + line.amount_open}
                for line in self.line_ids
            }
        )
        self.provision_loss_id._book_provisions()
        self._log("SupplierClaimWrittenOff")
        return True

    # ------------------------------------------------------------------
    # What the supplier answers
    # ------------------------------------------------------------------
    def action_answer(self):
        """Open the form in which an answer is noted; the context names its kind."""
        self._check_duty("claims")
        self.ensure_one()
        kind = self.env.context.get("reverse_answer_kind", "message")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Note an Answer"),
            "res_model": "reverse.supplier.answer.entry",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_claim_id": self.id,
                "default_kind": kind,
                "reverse_answer_kind": kind,
            },
        }

    def _answer(self, kind, answer, direction="in", reference=False, **values):
        """Note what was written about a claim, and go where it leads.

        :param str kind: a key of the selection of ``reverse.supplier.answer``
        :param dict answer: ``{line: (amount, reason)}`` of what it says of lines
        :param reference: the supplier's number
        :param values: of the answer: day, text, files
        """
        self.ensure_one()
        self._check_duty("claims")
        return self._take_answer(kind, answer, direction, reference, **values)

    def _take_answer(self, kind, answer, direction="in", reference=False, **values):
        """Note an answer as :meth:`_answer` does, for whoever may give it.

        :return: the ``reverse.supplier.answer``
        """
        if set(answer) - set(self.line_ids):
            raise UserError(self.env._("An answer says nothing of other claims."))
        self._reverse_touch()
        if kind == "acknowledge":
            number = reference or self.supplier_reference
            self._transition(transitions.CLAIM, kind, {"supplier_reference": number})
        elif kind == "authorize":
            self._authorize(reference)
        elif kind in DECIDING:
            self._decide(kind, answer)
        elif kind in PARTS:
            lines = self.line_ids.browse(line.id for line in answer)
            self._note_parts(kind, lines, values.get("day"))
            named = lines._say_parts()
            values["text"] = "\n".join(filter(None, (named, values.get("text"))))
            answer = {}
        elif kind == "pay":
            self._note_paid(answer)
            self.line_ids._check_bill_covers()
            if self.is_over_recovered and values.get("text"):
                self.over_recovery_note = values["text"]
            self._check_over_explained()
        said = {line: amount for line, (amount, _reason) in answer.items()}
        noted = self._note_answer(kind, direction, said, reference=reference, **values)
        self._log("SupplierClaimAnswered", answer=kind)
        self._update_recovered()
        if kind in DECIDING:
            self._go_on_crediting()
        return noted

    def _may_be_authorized(self):
        """Whether goods may still go back to the supplier, which lets them."""
        self.ensure_one()
        return self.state in (*transitions.SENT_IN, "submitted")

    def _authorize(self, number):
        """Keep the number with which the supplier lets goods come back."""
        if not self._may_be_authorized():
            raise UserError(
                self.env._(
                    "%(claim)s is %(state)s: no goods go back any more.",
                    claim=self.name,
                    state=self._state_label(),
                )
            )
        if not number:
            raise UserError(
                self.env._("Enter the number that authorizes the return of the goods.")
            )
        self._guarded_write({"supplier_reference": number})
        if self._may("acknowledge"):
            self._transition(transitions.CLAIM, "acknowledge")

    def _decide(self, kind, answer):
        """Keep what is approved of each line; a refused dispute changes none of it."""
        said = {line: answer.get(line, (0.0, False)) for line in self.line_ids}
        for line, (amount, reason) in said.items():
            line._check_approved(amount, reason)
        if kind == "refuse" and any(self.line_ids.mapped("amount_approved")):
            kind = "approve_part"
            said = {
                line: (
                    line.amount_approved,
                    line._is_short() and (reason or line.refusal_reason),
                )
                for line, (_amount, reason) in said.items()
            }
        self._transition(transitions.CLAIM, kind)
        self.line_ids._guarded_write_each(
            {
                line: {"amount_approved": amount, "refusal_reason": reason}
                for line, (amount, reason) in said.items()
            }
        )

    def _note_paid(self, answer):
        """Count payments that no credit note tells of: cash, set off, replacement.

        Nothing in the books proves them, so another approver notes them.
        """
        if self.state not in transitions.PAID_IN:
            raise UserError(
                self.env._(
                    "%(claim)s is %(state)s: payments are noted once the supplier has "
                    "approved something.",
                    claim=self.name,
                    state=self._state_label(),
                )
            )
        self._check_other_approver()
        if any(amount < 0 for amount, _reason in answer.values()):
            raise UserError(
                self.env._("A payment cannot be negative: enter what has come.")
            )
        self.line_ids._guarded_write_each(
            {
                line: {"amount_noted": line.amount_noted + amount}
                for line, (amount, _reason) in answer.items()
            }
        )

    def _note_answer(self, kind, direction, said, files=None, **values):
        """Keep what was written, with its files, as it is now.

        :param dict said: ``{line: amount}``
        :param files: attachments that were uploaded for it
        """
        self.ensure_one()
        answer = self.env["reverse.supplier.answer"]._guarded_create(
            [self._prepare_answer(kind, direction, said, **values)]
        )
        if files:
            files.check_access("write")
            # Files of another document would be gone there.
            for file in files.filtered("res_id"):
                raise UserError(
                    self.env._(
                        "“%(file)s” belongs to another document. Upload it here "
                        "instead.",
                        file=file.name,
                    )
                )
            files.with_env(answer._workflow().env).write(
                {"res_model": answer._name, "res_id": answer.id}
            )
        return answer

    def _prepare_answer(self, kind, direction, said, **values):
        """Give the values of what was written; see :meth:`_note_answer`."""
        return {
            "claim_id": self.id,
            "kind": kind,
            "direction": direction,
            "user_id": self.env.uid,
            "day": fields.Date.context_today(self),
            "amounts": {str(line.id): amount for line, amount in said.items()},
            **values,
        }

    def _get_amounts(self, name):
        return {line: line[name] for line in self.line_ids}

    # ------------------------------------------------------------------
    # Goods go back to the supplier
    # ------------------------------------------------------------------
    def action_send_goods(self):
        """Announce to the warehouse what it sends to the supplier.

        :return: action that shows the transfers
        """
        self._check_duty("claims")
        self._reverse_touch()
        pickings = self.env["stock.picking"]
        self._check_hold()
        for claim in self:
            claim._check_send()
            pickings |= claim._get_sendable()._create_supplier_returns()
        return self._open_records(pickings, self.env._("Goods to Supplier"))

    def _check_send(self):
        self.ensure_one()
        if self.agreement_id.authorization_required and not self.supplier_reference:
            raise UserError(
                self.env._(
                    "%(claim)s: %(partner)s has to authorize the return first. Note "
                    "its number with “Note Authorization”.",
                    claim=self.name,
                    partner=self.partner_id.display_name,
                )
            )
        if not self._get_sendable():
            raise UserError(
                self.env._(
                    "%(claim)s: no goods wait to be sent. They have to lie in the "
                    "location for vendor returns, and the claim has to be answered.",
                    claim=self.name,
                )
            )

    def _get_sendable(self):
        """Give the lines whose goods wait here for the supplier."""
        self.ensure_one()
        if self.state not in transitions.SENT_IN:
            return self.line_ids.browse()
        return self.line_ids.filtered(
            lambda line: line._is_wanted_back() and line._is_sendable()
        )

    def _on_sent(self):
        """All goods of a claim are on their way: note it."""
        done = self.filtered(
            lambda claim: all(
                line._is_sent() for line in claim.line_ids if line._goes_back()
            )
        )
        done.filtered(lambda claim: claim._may("send"))._transition(
            transitions.CLAIM, "send"
        )
        self._log("SupplierClaimSent")

    # ------------------------------------------------------------------
    # Money comes back
    # ------------------------------------------------------------------
    def action_credit_note(self):
        """Draft the vendor credit notes over what is approved and not credited yet.

        Price, taxes and account are those of the bill, one credit note for each; once
        posted, it is reconciled with its bill.

        :return: action that shows them
        """
        self._check_duty("claims")
        self._reverse_touch()
        refunds = self.env["account.move"]
        for claim in self:
            claim._check_paid_in()
            way = claim.settlement == "cash" and "cash"
            refunds |= claim.line_ids._create_refunds(way)
        if not refunds:
            raise UserError(
                self.env._(
                    "Everything that was approved has a credit note, or was paid."
                )
            )
        return self._open_records(refunds, self.env._("Credit Notes"))

    def _check_paid_in(self):
        self.ensure_one()
        if self.state not in transitions.PAID_IN:
            raise UserError(
                self.env._(
                    "%(claim)s is %(state)s: credit notes are for what the supplier "
                    "has approved.",
                    claim=self.name,
                    state=self._state_label(),
                )
            )

    def action_match(self):
        """Find posted credit notes of the supplier over the same purchases.

        They are reconciled with their bill where that is open.

        :raises UserError: when there are none
        """
        self._check_duty("claims")
        self._reverse_touch()
        for claim in self:
            claim._check_paid_in()
            claim._match_refunds()
        return True

    def _match_refunds(self):
        """Link what the supplier credited to the lines it is about."""
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line.purchase_line_id and self._is_on_seller()
        )
        # sudo: who claims need not read the books; lines of the same purchases only
        refund_lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("parent_state", "=", "posted"),
                    ("move_id.move_type", "=", "in_refund"),
                    ("purchase_line_id", "in", lines.purchase_line_id.ids),
                    ("currency_id", "=", self.currency_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("move_id.commercial_partner_id", "=", self.partner_id.id),
                    ("reverse_claim_line_id", "=", False),
                    # These pay for other goods, which are the supplier's again.
                    ("reverse_consigned_id", "=", False),
                ],
                order="date, id",
            )
        )
        # What is due on other claims for the same purchases is left to them.
        rivals = lines._find_rivals()
        found = amounts.match(
            [
                amounts.Due(
                    aml,
                    aml.purchase_line_id.id,
                    aml.price_subtotal,
                    named=(self | rivals.claim_id)._find_named(aml),
                )
                for aml in refund_lines
            ],
            [
                amounts.Due(
                    line,
                    line.purchase_line_id.id,
                    line.amount_approved - line.amount_recovered,
                    claim=line.claim_id.id,
                    other=line in rivals,
                )
                for line in (*lines, *rivals)
            ],
        )
        others = {aml: line for aml, line in found.items() if line in rivals}
        found = {aml: line for aml, line in found.items() if line in lines}
        if others and not found:
            raise UserError(
                self.env._(
                    "%(claim)s: credit note %(note)s is about %(other)s. Match it "
                    "there, or name this claim in its reference.",
                    claim=self.name,
                    note=", ".join(dict.fromkeys(a.move_id.name for a in others)),
                    other=", ".join(
                        dict.fromkeys(one.claim_id.name for one in others.values())
                    ),
                )
            )
        if not found:
            raise UserError(
                self.env._(
                    "%(claim)s: no posted credit note of %(partner)s is about these "
                    "purchases, or all are counted already.",
                    claim=self.name,
                    partner=self.partner_id.display_name,
                )
            )
        matched = {}
        for aml, line in found.items():
            aml.write({"reverse_claim_line_id": line.id, "reverse_claim_matched": True})
            matched[line] = matched.get(line, 0.0) + aml.price_subtotal
        refunds = refund_lines.browse(aml.id for aml in found).move_id
        refunds._reconcile_reverse_bills()
        self.line_ids._check_bill_covers()
        names = ", ".join(refunds.mapped("name"))
        self._note_answer("match", "out", matched, reference=names)
        self._update_recovered()

    def _find_named(self, aml):
        """Find which of these claims a line of a credit note names, or else its note.

        What the supplier calls a claim counts in the reference of the note only: it may
        be as short as a number, of which lines are full.

        :return: a ``frozenset`` of their ids
        """
        for text, fields_of_claim in (
            (aml.name, ("name",)),
            (aml.move_id.ref, ("name", "supplier_reference")),
        ):
            words = set(re.findall(r"[^\s,;:()]+", text or ""))
            named = self.filtered(
                lambda claim, words=words, names=fields_of_claim: (
                    not words.isdisjoint(claim[name] for name in names)
                )
            )
            if named:
                return frozenset(named.ids)
        return frozenset()

    def _update_recovered(self):
        """Go on when all that was approved has come, and back when it has not."""
        for claim in self:
            missing = claim.currency_id.compare_amounts(
                claim.amount_approved, claim.amount_recovered
            )
            approved = claim.currency_id.compare_amounts(claim.amount_approved, 0) > 0
            if approved and missing <= 0 and claim._may("recover"):
                today = fields.Date.context_today(claim)
                claim._transition(transitions.CLAIM, "recover", {"recovered_on": today})
                claim._log("SupplierClaimRecovered")
            elif missing > 0 and claim._is_open() and claim._may("reopen"):
                step = "reopen_part" if claim._is_short() else "reopen"
                claim._transition(transitions.CLAIM, step)
                claim._log("SupplierClaimReopened")
        self.provision_loss_id._book_provisions()

    # ------------------------------------------------------------------
    # Events, and what belongs to a claim
    # ------------------------------------------------------------------
    def _log(self, name, **more):
        """Note an event on each return that these claims are about.

        A claim of own goods, receipts or allowances is about none: the company has it.
        """
        for claim in self:
            data = {**claim._get_event_data(), **more}
            owners = claim.line_ids.rma_id or claim.company_id
            self.env["reverse.event"]._log(owners, name, data)

    def _get_event_data(self):
        self.ensure_one()
        return {
            "claim": self.id,
            "partner": self.partner_id.id,
            "currency": self.currency_id.name,
            "claimed": self.amount_claimed,
            "approved": self.amount_approved,
            "recovered": self.amount_recovered,
            "written_off": self.amount_written_off,
        }

    def _get_return(self):
        return self.line_ids.rma_id

    @api.model
    def _open(self, domain):
        """Show claims, or the one there is."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "reverse_logistics_supplier_claims.reverse_supplier_claim_action"
        )
        claims = self.search(domain, limit=2)
        if len(claims) == 1:
            return {**action, "views": [(False, "form")], "res_id": claims.id}
        return {**action, "domain": domain, "context": {}}

    def _open_records(self, records, name):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": records._name,
            "domain": [("id", "in", records.ids)],
            "view_mode": "list,form",
        }
        if len(records) == 1:
            action |= {"view_mode": "form", "res_id": records.id}
        return action

    def action_view_returns(self):
        rmas = self.line_ids.rma_id
        return self._open_records(rmas, self.env._("Returns"))

    def action_view_pickings(self):
        self.check_access("read")
        # sudo: whose transfers they are; opening them asks for the right to read them
        pickings = self.sudo().line_ids.move_ids.picking_id
        return self._open_records(pickings, self.env._("Goods to Supplier"))

    def action_view_refunds(self):
        self.check_access("read")
        # sudo: as for transfers
        refunds = self.sudo().line_ids.refund_line_ids.move_id
        return self._open_records(refunds, self.env._("Credit Notes"))
