from contextlib import suppress
from typing import Any, NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions
from ..base.reverse_inputs import checked, text
from ..rma.reverse_rma import CREDITED_IN, DECIDERS

#: By how much the value of goods may have risen since policy decided, so that policy
#: still credits them alone: what rounding does.
MOST_RISE = 1.01

# Who acts, where, in which language; whether changes are tracked.
_ACTING = frozenset({"allowed_company_ids", "lang", "tracking_disable", "tz", "uid"})


class _Tried(Exception):
    """What was made to be checked is to be forgotten."""


class Expected(NamedTuple):
    """Goods that nobody has seen, where settlements ask for an inspected part.

    :param line_id: the return line
    :param float quantity: in its unit
    :param float here: how much of it is back already
    :param bool kept: they stay with the customer
    """

    line_id: Any
    quantity: float
    here: float = 0.0
    kept: bool = False
    id: bool = False

    def _stays_with_customer(self):
        return self.kept


class ReverseSettlement(models.Model):
    """What a customer gets for goods of one return, or without goods.

    A *refund* gives money: its release posts credit notes, one for each invoice. A
    *replacement* sends the same product again. One settlement has one currency and is
    decided as a whole.

    Proposed (``draft``) by ``_propose`` for inspected parts, by ``_release_early`` for
    goods that policy credits before anybody has seen them, or by customer service for
    an amount without goods. Then ``submitted`` and ``approved``, by persons or at once
    by policy (``_release_by_policy``), and ``released``: only then has the customer
    got something. ``reversed`` takes a released one back with counter-documents,
    ``cancelled`` ends one that was not released. Every change of the state goes through
    ``_transition`` (in approvals/), which looks after approvals.

    The lines say for which goods, at which price.
    """

    _name = "reverse.settlement"
    _inherit = ["reverse.authored.mixin", "reverse.gated.mixin"]
    _description = "Return Settlement"
    _order = "rma_id desc, id desc"
    _check_company_auto = True
    _steps = transitions.SETTLEMENT
    _approver_step = "approve"
    _fixed_fields = frozenset({"rma_id"})

    rma_id = fields.Many2one(
        "reverse.rma", "Return", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="rma_id.partner_id", store=True, string="Customer"
    )
    state = fields.Selection(
        [
            ("draft", "Proposed"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("released", "Released"),
            ("reversed", "Reversed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    line_ids = fields.One2many("reverse.settlement.line", "settlement_id", "Lines")
    credit_note_ids = fields.One2many(
        "account.move",
        "reverse_settlement_id",
        "Credit Notes",
        guarded=True,
    )
    cost_entry_ids = fields.One2many(
        "account.move",
        "reverse_cost_settlement_id",
        "Cost of Goods",
        help="Goods that came back where nothing was due: their cost, without a credit "
        "note.",
        guarded=True,
    )
    credit_note_count = fields.Integer(compute="_compute_credit_note_count")
    currency_id = fields.Many2one("res.currency", compute="_compute_amount", store=True)
    amount_untaxed = fields.Monetary(
        "Credit before Tax", compute="_compute_amount", store=True
    )
    amount_tax = fields.Monetary("Tax", compute="_compute_amount", store=True)
    amount_total = fields.Monetary("Total", compute="_compute_amount", store=True)
    submitted_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    approved_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    released_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    policy_version_id = fields.Many2one(
        "reverse.policy.version",
        "Decided by Policy",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    inspected_by_ids = fields.Many2many(
        "res.users", compute="_compute_inspected_by_ids", string="Inspectors"
    )
    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        copy=False,
        help="On the return, for whoever submitted what was sent back.",
        guarded=True,
    )
    type = fields.Selection(
        [("refund", "Refund"), ("replacement", "Replacement")],
        "Customer Gets",
        default="refund",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    replacement_move_ids = fields.Many2many(
        "stock.move", compute="_compute_replacement", compute_sudo=True
    )
    replacement_count = fields.Integer(
        compute="_compute_replacement", compute_sudo=True
    )
    replacement_missing = fields.Boolean(
        compute="_compute_replacement", compute_sudo=True
    )
    explanation = fields.Text(
        "Why This Amount", compute="_compute_explanation", compute_sudo=True
    )
    decided_by = fields.Char(
        "Decided by",
        compute="_compute_decided_by",
        help="The policy where it decided by itself, else whoever approved.",
    )
    invoice_count = fields.Integer(compute="_compute_invoice_count", compute_sudo=True)
    sent_back = fields.Boolean(
        "Was Sent Back",
        readonly=True,
        copy=False,
        guarded=True,
        help="From then on policy credits these goods no longer.",
    )
    made_anew = fields.Boolean(
        readonly=True,
        copy=False,
        guarded=True,
        help="Cancelled because another proposal took its place, not by a decision.",
    )
    # Policy never releases it, whatever else sets credits off.
    for_person = fields.Boolean("For a Person", readonly=True, copy=False, guarded=True)
    early_moment = fields.Selection(
        [
            ("authorization", "The authorization"),
            ("shipped", "The shipment"),
            ("receipt", "The receipt"),
        ],
        "Released with",
        readonly=True,
        copy=False,
        help="By policy, before the goods were inspected.",
        guarded=True,
    )
    is_submit_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_approve_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_release_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_send_back_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_reverse_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_deliver_again_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_refund_instead_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_confirm_address_allowed = fields.Boolean(compute="_compute_steps_allowed")
    new_address = fields.Text(
        compute="_compute_new_address",
        help="Where a replacement is to go that was released to another address.",
    )

    @api.depends(
        "rma_id",
        "amount_total",
        "line_ids.amount",
        "currency_id",
        "type",
        "line_ids.quantity",
    )
    def _compute_display_name(self):
        for settlement in self:
            if settlement.type == "replacement":
                settlement.display_name = self.env._(
                    "%(rma)s: replacement", rma=settlement.rma_id.name
                )
                continue
            currency = settlement.currency_id or settlement.company_id.currency_id
            amount = currency.format(settlement._get_given()[1])
            settlement.display_name = f"{settlement.rma_id.name}: {amount}"

    @api.depends("line_ids.amount_net", "line_ids.amount_total", "line_ids.currency_id")
    def _compute_amount(self):
        for settlement in self:
            lines = settlement.line_ids.filtered(lambda line: line._is_credited())
            settlement.currency_id = (
                lines.currency_id[:1] or settlement.company_id.currency_id
            )
            net, total = (
                sum(lines.mapped(name)) for name in ("amount_net", "amount_total")
            )
            settlement.amount_untaxed, settlement.amount_total = net, total
            settlement.amount_tax = total - net

    def _get_given(self):
        """Give what the customer gets in all, however it was paid: before and with tax.

        Whoever limits, approves or reports a credit looks at this, not at the money.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._is_credited())
        given = [line._get_given() for line in lines]
        return sum(net for net, _total in given), sum(total for _net, total in given)

    @api.depends("line_ids.inspection_id.inspected_by_ids")
    def _compute_inspected_by_ids(self):
        """Name whoever inspected what is credited.

        Value, and what was credited before it was seen, is credited for all of the
        line.
        """
        for settlement in self:
            lines = settlement.line_ids
            whole = lines.filtered(
                lambda line: line.kind == "value" or line._is_early()
            )
            parts = lines.inspection_id | whole.rma_line_id.inspection_ids
            settlement.inspected_by_ids = parts.inspected_by_ids

    def _compute_credit_note_count(self):
        for settlement in self:
            settlement.credit_note_count = len(settlement.credit_note_ids)

    @api.model
    def _check_create(self, vals_list):
        """By hand, customer service adds credits of value to authorized returns."""
        self._check_duty("service")
        rmas = self.env["reverse.rma"].browse({v.get("rma_id") for v in vals_list})
        for rma in rmas:
            if rma.state not in CREDITED_IN:
                raise UserError(
                    self.env._("%(rma)s is not authorized yet.", rma=rma.display_name)
                )

    @api.model
    def _complete_create(self, vals_list):
        """Remember who enters a credit; what is proposed was entered by nobody."""
        if self._in_workflow():
            return vals_list
        return [{**vals, "entered_by_id": self.env.uid} for vals in vals_list]

    # ------------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------------
    @api.model
    def _get_settled_types(self):
        """Give the types of settlement; a return may also want what is none.

        An addon that adds a type extends this, ``settlement_type`` of reverse.rma,
        ``type`` of this model and ``kind`` of its lines by the same name, and says in
        ``_get_proposals()`` of the lines what is proposed, in ``_get_releases()`` what
        a release does, and with ``offer_<type>`` of reverse.policy.rule whether rules
        offer it. It extends as well, of the lines, ``_is_settled_at_release()`` (else
        the goods stay unsettled and their return open), ``_summarize()`` and
        ``_explain_source()`` (the words), and here ``action_reverse()`` (how it is
        taken back) and the amount at stake for approvals.
        """
        return ("refund", "replacement")

    @api.model
    def _propose(self, inspections, by_person=False, kind=None):
        """Propose what customers get for inspected parts; policy may decide at once.

        Goods that could not go where their disposition says are not settled before they
        are there.

        1. What was credited before it was seen is not credited again, but may have to
           be reviewed.
        2. For everything else the customer gets what was asked for. What was replaced
           in advance stays settled by its replacement.
        3. Goods that were replaced in advance, billed because they stayed away, and
           came after all: the customer has paid for the replacement as for goods of its
           own. What comes back is credited, and a person looks at it.

        :param bool by_person: policy may not decide: somebody has taken a credit for
            them back
        :param str kind: what they get instead of what they asked for
        :return: the settlements
        """
        inspections = inspections.filtered("disposed")
        covered = inspections.filtered(lambda part: part._get_covering_early())
        covered._review_early()
        inspections -= covered
        billed = inspections._get_billed_parts()
        settlements = self._create_proposals(
            inspections.filtered(lambda part: not part._get_billed_parts()),
            by_person,
            kind,
        )
        if billed:
            settlements |= self._create_proposals(billed, by_person=True, kind="refund")
        return settlements

    @api.model
    def _create_proposals(self, inspections, by_person=False, kind=None):
        """Make settlements of those of these parts that something is given for.

        Of the others, note that nothing is; release what policy decides.

        Parts that policy credits and parts that a person looks at become settlements of
        their own, so that one does not wait for the other.
        """
        parts = inspections.filtered(
            lambda p: (
                p.line_id._get_settlement_type() in self._get_settled_types()
                and p._is_creditable()
                and not p._get_live_settlement_lines()
            )
        )
        (inspections - parts).filtered(lambda p: not p._is_creditable())._set_denied(
            True
        )
        if not parts:
            return self.browse()
        parts._set_denied(False)
        # Amounts of several currencies do not add up.
        groups = parts.grouped(
            lambda p: (
                p.rma_id,
                p._get_credit_decider(),
                p.line_id._get_credit_currency(),
                kind or p.line_id._get_settlement_type(),
            )
        )
        settlements = self._guarded_create(
            [
                {"rma_id": rma.id, "type": what, "for_person": by_person}
                for rma, *_rest, what in groups
            ]
        )
        by_key = dict(zip(groups, settlements, strict=True))
        parts._tell_doubts()
        failed = self.env["reverse.settlement.line"]._create_for(
            {part: by_key[key] for key, group in groups.items() for part in group}
        )
        failed._guarded_write({"for_person": True})
        by_policy = self.browse().concat(
            *(
                settlement
                for (_rma, credit, *_rest), settlement in by_key.items()
                if credit == "policy"
            )
        )
        by_policy._release_by_policy()
        return settlements

    # ------------------------------------------------------------------
    # Credits that policy releases before the goods are inspected
    # ------------------------------------------------------------------
    @api.model
    def _release_early(self, wanted, moment):
        """Credit goods that nobody has inspected, as policy says.

        What no posted invoice covers waits for the inspection, as usual.

        :param list wanted: of :class:`Expected`
        :param str moment: one of ``engine.release.MOMENTS``
        :return: the settlements
        """
        priced = self.env["reverse.settlement.line"]._prepare_early(wanted)
        groups = {}
        for goods, vals_list in priced.items():
            key = (goods.line_id.rma_id, goods.line_id._get_credit_currency())
            groups.setdefault(key, []).extend(vals_list)
        settlements = self._guarded_create(
            [
                {"rma_id": rma.id, "type": "refund", "early_moment": moment}
                for rma, _currency in groups
            ]
        )
        vals_list = [
            {**vals, "settlement_id": settlement.id}
            for settlement, group in zip(settlements, groups.values(), strict=True)
            for vals in group
        ]
        lines = self.env["reverse.settlement.line"]._guarded_create(vals_list)
        lines.filtered(lambda line: line.kind == "goods")._charge_fees()
        settlements._log_early()
        settlements._release_by_policy()
        return settlements

    def _log_early(self):
        self.env["reverse.event"]._log(
            self,
            "CreditAdvanced",
            lambda settlement: {
                "settlement": settlement.id,
                "moment": settlement.early_moment,
                "lines": [
                    {
                        "line": line.rma_line_id.id,
                        "quantity": line.quantity,
                        "kind": line.kind,
                    }
                    for line in settlement.line_ids
                ],
            },
        )

    # ------------------------------------------------------------------
    # What policy credits by itself, as the version said that decided the return
    # ------------------------------------------------------------------
    def _release_by_policy(self):
        """Release what policy decided, as long as it is about what it decided on."""
        by_policy = self - self._find_persons_to_credit()
        for version, settlements in by_policy._group_by_version().items():
            if not version:
                continue
            settlements._transition(
                transitions.SETTLEMENT, "submit", {"policy_version_id": version.id}
            )
            settlements -= settlements._ask_approvals()
            settlements._transition(transitions.SETTLEMENT, "approve")
            settlements._log_step("CreditApproved")
            settlements._filter_agreed()._work("_release")

    def _find_persons_to_credit(self):
        """Find what persons submit, whatever policy said of it.

        It was proposed for a person, the sale was entered by hand for the return, it is
        worth more by now than it was when policy decided, a replacement goes to an
        address of no sale, its invoice was not paid in full, or the new order is gone
        or worth less against which the goods come back.
        """
        for_person = self.filtered("for_person")
        others = self - for_person
        # sudo: what goods were sold for, whoever sets the credit off
        lines = others.sudo().line_ids.rma_line_id
        # Goods that were worth nothing then may be worth something by now.
        decided = lines.filtered("decision")
        now, then = decided._appraise(), decided._get_values_at_stake()
        dearer = decided.filtered(
            lambda line: (
                line.company_id.currency_id.compare_amounts(
                    now[line], then[line] * MOST_RISE
                )
                > 0
            )
        )
        unpaid = others._find_written_off()
        agreed = lines.filtered("agreement_id").rma_id
        short = agreed.filtered(
            lambda rma: rma.agreement_order_id and rma._is_order_short()
        )
        found = others.filtered(
            lambda settlement: (
                settlement in unpaid
                or settlement.sudo().line_ids.rma_line_id  # sudo: as above
                & (dearer | lines.filtered("historic_sale_id.by_hand"))
                or any(line._goes_elsewhere() for line in settlement.line_ids)
                or (short and settlement.rma_id in short)
            )
        )
        for settlement in found:
            # sudo: whoever sets the credit off need not write on the return's chatter
            settlement.rma_id.sudo()._message_log(
                body=self.env._(
                    "A person submits the credit: its sale was entered by hand, the "
                    "goods are worth more than they were when policy decided, the "
                    "replacement goes to another address than the goods were sold to, "
                    "as far as is known, or the new order is gone or worth less."
                )
                if settlement not in unpaid
                else self.env._(
                    "A person submits the credit: %(invoices)s was settled in part by "
                    "a discount, a difference or a write-off. Credit no more than was "
                    "paid.",
                    invoices=", ".join(unpaid[settlement].mapped("name")),
                )
            )
        return found | for_person

    def _find_written_off(self):
        """Find the invoices of these credits that were not paid in full.

        :return: ``{settlement: invoices}`` of those that have any
        """
        found = {}
        for settlement in self.filtered(lambda one: one.type == "refund"):
            # sudo: how invoices were settled, whoever sets the credit off
            lines = settlement.sudo().line_ids.rma_line_id.sale_line_id
            invoices = lines.invoice_lines.move_id.filtered(
                lambda move: move.state == "posted" and move.move_type == "out_invoice"
            )
            if written_off := invoices._find_reverse_written_off():
                found[settlement] = written_off
        return found

    def _group_by_version(self):
        """Group by the version that decided the lines; of several, by the last one."""
        # sudo: policy applies to everybody, also where the user cannot read it
        settlements = self.sudo()
        versions = settlements.env["reverse.policy.version"]
        lines_of = {own: own.line_ids.rma_line_id for own in settlements}
        deciding = settlements.line_ids.rma_line_id._get_deciding_versions()
        return self.grouped(
            lambda settlement: max(
                (deciding[line] for line in lines_of[settlement]),
                key=lambda version: version.number,
                default=versions,
            )
        )

    # ------------------------------------------------------------------
    # Steps that the form offers
    # ------------------------------------------------------------------
    @api.depends("state", "type", "replacement_missing")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        service, releaser = self._has_duty("service"), self._has_duty("releaser")
        approver = self._has_duty("approver")
        for settlement in self:
            may = settlement._may
            saved = bool(settlement._origin)
            live = saved and (may("cancel") or may("reverse"))
            replaces = settlement.type == "replacement"
            settlement.is_submit_allowed = service and may("submit")
            settlement.is_approve_allowed = approver and may("approve")
            settlement.is_release_allowed = releaser and may("release")
            settlement.is_send_back_allowed = may("send_back") and self._has_duty(
                DECIDERS[settlement.state]
            )
            settlement.is_reverse_allowed = releaser and may("reverse")
            settlement.is_cancel_allowed = service and saved and may("cancel")
            settlement.is_deliver_again_allowed = (
                service and settlement.replacement_missing
            )
            settlement.is_refund_instead_allowed = service and live and replaces
            settlement.is_confirm_address_allowed = approver and bool(
                settlement.new_address
            )

    @api.depends("state", "replacement_missing", "line_ids.place")
    def _compute_new_address(self):
        for settlement in self:
            addresses = settlement._get_readdressed().picking_id.partner_id
            settlement.new_address = "\n\n".join(
                address._display_address(without_company=True).strip()
                for address in addresses
            )

    # ------------------------------------------------------------------
    # Decisions of persons
    # ------------------------------------------------------------------
    def action_submit(self):
        """Hand the settlement over for approval; its lines can no longer be changed.

        :raises UserError: for an amount that its release would refuse
        """
        self._check_duty("service")
        for settlement in self:
            if not settlement.line_ids:
                raise UserError(
                    self.env._("%(name)s has no lines.", name=settlement.display_name)
                )
        drafts = self.filtered(lambda s: s.state == "draft")
        drafts.offer_id._sign()
        drafts._check_entered()
        self._transition(
            transitions.SETTLEMENT, "submit", {"submitted_by_id": self.env.uid}
        )
        self._log_step("CreditSubmitted")
        self._close_activities(self.env._("Submitted again"))
        self._ask_approvals()
        return True

    def _check_entered(self):
        """Refuse amounts that the release would refuse, where a person enters them or
        the customer is asked about them.

        The credit notes are made and checked as there, and forgotten again: so limits
        of every kind, of whatever addon, are the same.
        """
        lines = self.line_ids.filtered(lambda line: line.kind == "value")
        for line in lines:
            if line.currency_id.compare_amounts(line.price_unit, 0) <= 0:
                raise UserError(
                    self.env._(
                        "%(product)s: enter the amount that the customer gets.",
                        product=line.product_id.display_name,
                    )
                )
        tried = lines.settlement_id | self.filtered("offer_id")
        if not tried:
            return
        with suppress(_Tried), self.env.cr.savepoint():
            tried._create_credit_notes()._check_reverse_limits()
            raise _Tried

    def action_open_send_back(self):
        """Ask why these settlements are sent back."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_send_back_wizard_action"
        )
        return {**action, "context": {"active_ids": self.ids}}

    @checked(reason=text)
    def action_send_back(self, reason):
        """Give settlements back to whoever submitted them.

        What waits for approval is sent back by an approver, what waits for its release
        by a credit releaser.

        :param str reason: told to whoever submitted them
        """
        waiting = self.filtered(lambda s: s.state == "submitted")
        approved = self - waiting
        if not approved or waiting:
            waiting._check_duty("approver")
        if approved:
            approved._check_duty("releaser")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say what is to be changed."))
        # Policy credits nothing that a person has sent back.
        self._transition(
            transitions.SETTLEMENT,
            "send_back",
            {
                "approved_by_id": False,
                "policy_version_id": False,
                "sent_back": True,
            },
        )
        self._withdraw_approvals(("pending", "approved"))
        self._log_step("CreditSentBack")
        for settlement in self:
            settlement._tell_sent_back(reason)
        return True

    def _tell_sent_back(self, reason):
        """Put the reason on the return, and on the list of whoever submitted it."""
        self.ensure_one()
        # sudo: the return's list and messages, which an approver need not write on
        rma = self._sudo_clean(self.rma_id)
        user = (self.submitted_by_id | rma.requested_by_id | rma.user_id).filtered(
            "active"
        )[:1]
        rma.message_post(
            body=self.env._(
                "%(settlement)s was sent back: %(reason)s",
                settlement=self.display_name,
                reason=reason,
            ),
            author_id=self.env.user.partner_id.id,
        )
        activity = rma.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Settlement sent back"),
            note=reason,
            user_id=(user or self.env.user).id,
        )
        self._guarded_write({"activity_id": activity.id})

    def _close_activities(self, feedback):
        """What was sent back has been looked after."""
        # sudo: an activity may be a colleague's
        for activity in self.sudo().activity_id.filtered("active"):
            self._sudo_clean(activity)._action_done(feedback=feedback)

    def action_release(self):
        """Post the credit notes.

        :raises AccessError: without the role credit releaser
        :raises UserError: for goods one has inspected or sent back oneself, or when
            more would be credited than was invoiced
        """
        bypassed = self._check_duty(
            "releaser", excluded=("inspected_by_ids", "customer_user_ids")
        )
        self._release(self.env.user, bypassed)
        self.rma_id._update_progress()
        return True

    def _is_overruled(self):
        """Tell whether a person sent this credit back, denied it or took it back."""
        self.ensure_one()
        return (
            self.sent_back
            or self.state == "reversed"
            or (self.state == "cancelled" and not self.made_anew)
        )

    def action_cancel(self):
        """Give nothing for these goods; the credit can be proposed again later."""
        self._check_duty("service")
        self._deny()
        return True

    def _deny(self):
        self._transition(transitions.SETTLEMENT, "cancel")
        self._log_step("CreditDenied")
        self.line_ids.inspection_id._set_denied(True)
        self.rma_id._update_progress()

    def _log_step(self, name, bypassed=()):
        for settlement in self:
            self.env["reverse.event"]._log(
                settlement,
                name,
                {
                    "settlement": settlement.id,
                    "amount": settlement._get_given()[0],
                    "currency": settlement.currency_id.name,
                    "decider": settlement._get_decider(),
                    "combined_duties": settlement in bypassed,
                    **settlement._describe_paid_back(),
                },
            )

    def _describe_paid_back(self):
        """Give for events what goes back otherwise than with money.

        reverse_logistics_loyalty names cards and their points.
        """
        return {}

    def _get_decider(self):
        """Say for events who decided: a person may approve what policy proposed."""
        if self.approved_by_id or not self.policy_version_id:
            return "person"
        # sudo: policy applies to everybody, also where the user cannot read it
        return self.sudo().policy_version_id._get_decider()

    # ------------------------------------------------------------------
    # Release
    # ------------------------------------------------------------------
    def _has_work_left(self, method):
        return self.state == "approved" and not self._is_only_offered()

    def _release(self, releaser=None, bypassed=()):
        """Give what was approved, in this order:

        1. deposits are refused that were refunded already;
        2. the state becomes *released*;
        3. a refund posts its credit notes and counts the goods as settled
           (``_release_refund``); a replacement prepares its delivery, and the goods
           count as settled when it has left (``_release_replacement``);
        4. the return goes on, or closes;
        5. deposits are used up, and fees billed that no credit holds.

        :param releaser: the person; left out, policy releases
        :param bypassed: settlements for which somebody combined duties
        """
        # sudo: the balance does not depend on who releases
        deposits = self.line_ids.sudo().deposit_id
        deposits._check_left(self.sudo())  # sudo: as above
        self._transition(
            transitions.SETTLEMENT,
            "release",
            {"released_by_id": releaser and releaser.id},
        )
        releases = self._get_releases()
        for kind, settlements in self.grouped("type").items():
            releases[kind](settlements, bypassed)
        self.rma_id._update_progress()
        deposits._update_amounts()
        self.line_ids._bill_fees()

    @api.model
    def _get_releases(self):
        """Give what a release does, by type of settlement.

        An addon that adds a type extends this, and calls a method of its own.

        :return: ``{type: function of settlements and bypassed, as in _release}``
        """
        return {
            "refund": lambda given, bypassed: given._release_refund(bypassed),
            "replacement": lambda given, bypassed: given._release_replacement(bypassed),
        }

    def _release_refund(self, bypassed=()):
        """Post the credit notes; what is credited is settled.

        reverse_logistics_loyalty gives gift cards and eWallets back what they paid.
        """
        credit_notes = self._create_credit_notes()
        credit_notes -= credit_notes._drop_reverse_nil()
        self._post_credit_notes(credit_notes)
        self._note_without_document()
        # Before the goods are settled, so that the return stays open for it.
        self.line_ids._ask_to_pay_back()
        self._count_settled(1)
        self._log_adjusted(bypassed)
        self.line_ids._update_early()
        self.filtered("credit_note_ids").rma_id._tell_customers("credited")

    def _create_credit_notes(self):
        """Create one credit note for each settlement and invoice.

        Of sales that Odoo has no invoice of, one for each settlement and number of the
        old invoice.
        """
        # sudo: the invoices being credited; see _get_new_moves
        by_invoice = self.line_ids.filtered("origin_line_id").grouped(
            lambda line: (line.settlement_id, line.sudo().origin_line_id.move_id)
        )
        credit_notes = self._get_new_moves().create(
            [
                settlement._prepare_credit_note(invoice, lines)
                for (settlement, invoice), lines in by_invoice.items()
            ]
        )
        by_number = self.line_ids.filtered(lambda line: line._is_unlinked()).grouped(
            # sudo: the number of an old invoice
            lambda line: (
                line.settlement_id,
                line.sudo().historic_sale_id.invoice_name,
            )
        )
        return credit_notes | self._get_new_moves().create(
            [
                settlement._prepare_unlinked_credit_note(number, lines)
                for (settlement, number), lines in by_number.items()
            ]
        )

    def _get_new_moves(self):
        """Give the journal entries to create credit notes with."""
        # What was billed on an account that was archived since is taken back from it.
        return self._in_books(self.env["account.move"]).with_context(
            skip_account_deprecation_check=True
        )

    def _in_books(self, moves):
        """Give journal entries to create, post and reverse as settled.

        Of the context stays what says who acts where: other keys tell Accounting to
        leave taxes, the balance or the cost of goods out, and a client may send them.
        """
        context = {
            key: value for key, value in self.env.context.items() if key in _ACTING
        }
        # sudo: the release, or its reversal, was decided by a person of that duty or by
        # policy; booking exactly the settlement's lines needs no further right
        return moves.sudo().with_context(context)  # pylint: disable=context-overridden

    def _prepare_credit_note(self, invoice, lines):
        self.ensure_one()
        return {
            **self._prepare_credit_header(invoice),
            "invoice_line_ids": [
                Command.create(line_vals) for line_vals in lines._prepare_credit_lines()
            ],
        }

    def _prepare_credit_header(self, invoice):
        """Values of the credit note of an invoice, beside its lines."""
        self.ensure_one()
        vals = {
            "move_type": "out_refund",
            "reversed_entry_id": invoice.id,
            "reverse_settlement_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "currency_id": invoice.currency_id.id,
            "journal_id": invoice.journal_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            # An early payment discount lowered the tax of the invoice, and only there.
            "invoice_payment_term_id": False,
            "invoice_date": fields.Date.context_today(self),
            "invoice_origin": self.rma_id.name,
            "invoice_user_id": invoice.invoice_user_id.id,
            "team_id": invoice.team_id.id,
            "ref": self.env._(
                "%(rma)s, credit of %(invoice)s",
                rma=self.rma_id.name,
                invoice=invoice.name,
            ),
        }
        if not invoice.journal_id.active:
            del vals["journal_id"]  # takes no entries: Odoo chooses another one
        if self.company_id.reverse_currency_rate == "invoice":
            # Odoo would take the rate of the credit note's own date.
            vals["invoice_currency_rate"] = invoice.invoice_currency_rate
        return vals

    def _prepare_unlinked_credit_note(self, number, lines):
        """Values of a credit note that names the old invoice in words only."""
        self.ensure_one()
        return {
            **self._prepare_unlinked_header(number, lines),
            "invoice_line_ids": [
                Command.create(line_vals) for line_vals in lines._prepare_credit_lines()
            ],
        }

    def _prepare_unlinked_header(self, number, lines):
        """Values of a credit note without an invoice, beside its lines."""
        self.ensure_one()
        sale = lines.sudo().historic_sale_id[:1]  # sudo: whose invoice it was
        ref = self.rma_id.name
        if number:
            ref = self.env._("%(rma)s, credit of %(invoice)s", rma=ref, invoice=number)
        partner = sale.partner_id or self.rma_id.sudo().partner_id  # sudo: as above
        currency = lines.currency_id
        vals = {
            "move_type": "out_refund",
            "reverse_settlement_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "currency_id": currency.id,
            "fiscal_position_id": lines.rma_line_id[:1]._get_fiscal_position().id,
            "invoice_payment_term_id": False,
            "invoice_date": fields.Date.context_today(self),
            "invoice_origin": self.rma_id.name,
            "invoice_user_id": False,
            "ref": ref,
        }
        if sale and self.company_id.reverse_currency_rate == "invoice":
            vals["invoice_currency_rate"] = self.env[
                "res.currency"
            ]._get_conversion_rate(
                self.company_id.currency_id, currency, self.company_id, sale.date
            )
        return vals

    def _post_credit_notes(self, credit_notes):
        """Post credit notes in rounds of one for each invoice.

        Odoo reconciles only one of those that are posted together.
        """
        waiting = list(credit_notes)
        while waiting:
            batch, rest, invoices = credit_notes.browse(), [], set()
            for move in waiting:
                if move.reversed_entry_id in invoices:
                    rest.append(move)
                else:
                    invoices.add(move.reversed_entry_id)
                    batch |= move
            batch._post(soft=False)
            waiting = rest

    def _note_without_document(self):
        """Keep which lines no credit note stands for: nothing was due for them.

        A fee or a deduction can use all of a credit up, and goods can be free.
        """
        # sudo: documents that were posted just now
        documented = self.sudo().credit_note_ids.invoice_line_ids
        lines = self.line_ids.filtered(lambda line: line._is_credited())
        lines -= documented.reverse_settlement_line_id
        if lines:
            lines._guarded_write({"without_document": True})

    def _count_settled(self, sign):
        """Count the goods of these settlements as settled (1), or no longer (-1)."""
        amounts = {}
        for line in self.line_ids.filtered(lambda r: r._is_settled_at_release()):
            changes = amounts.setdefault(line.rma_line_id, {"settled": 0.0})
            changes["settled"] += sign * line.quantity
        self.line_ids.rma_line_id._add(amounts)

    def _log_adjusted(self, bypassed=()):
        # sudo: references; a releaser by policy need not read accounting
        documented = self.filtered(lambda s: s.sudo().credit_note_ids)
        (self - documented)._log_step("NothingDue", bypassed)
        self.env["reverse.event"]._log(
            documented,
            "InvoiceAdjusted",
            lambda settlement: {
                "settlement": settlement.id,
                "decider": "person"
                if settlement.released_by_id
                else settlement._get_decider(),
                "combined_duties": settlement in bypassed,
                "credit_notes": [
                    {
                        "id": move.id,
                        "number": move.name,
                        "total": move.amount_total,
                        "currency": move.currency_id.name,
                    }
                    # sudo: as above
                    for move in settlement.sudo().credit_note_ids
                ],
                **settlement._describe_paid_back(),
            },
        )

    # ------------------------------------------------------------------
    # Release: the same product goes out again instead of money
    # ------------------------------------------------------------------
    def _release_replacement(self, bypassed=()):
        self._create_replacements()
        self._log_replacements("ReplacementReleased", bypassed)

    def _log_replacements(self, name, bypassed=()):
        self.env["reverse.event"]._log(
            self,
            name,
            lambda settlement: {
                "settlement": settlement.id,
                "decider": settlement._get_decider(),
                "combined_duties": settlement in bypassed,
                "transfers": settlement.replacement_move_ids.picking_id.ids,
                "lines": [
                    {"line": line.rma_line_id.id, "quantity": line.quantity}
                    for line in settlement.line_ids
                ],
            },
        )

    def _create_replacements(self):
        """Prepare the deliveries of what was neither sent nor is about to be.

        Missing stock does not matter: the delivery waits for it as any other.
        """
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_unsent_quantity(), 0) > 0
        )
        groups = lines.grouped(
            lambda line: (
                line.settlement_id,
                line._get_replacement_partner(),
                line.rma_line_id._get_receipt_origin(),
            )
        )
        for (_settlement, partner, _destination), group in groups.items():
            group.sudo()._release_place(partner)  # sudo: nobody reads the digest
        # sudo: the settlement was released by a person of that duty or by policy; the
        # delivery is the warehouse's to do
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                settlement._prepare_replacement(partner, destination, group)
                for (settlement, partner, destination), group in groups.items()
            ]
        )
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()
        return pickings

    def _prepare_replacement(self, partner, destination, lines):
        warehouse = self.rma_id._get_warehouse()
        return {
            "picking_type_id": warehouse.out_type_id.id,
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": destination.id,
            "origin": self.rma_id.name,
            "user_id": False,
            "move_ids": [
                Command.create(line._prepare_replacement_move(warehouse, destination))
                for line in lines
            ],
        }

    def action_deliver_again(self):
        """Prepare the delivery anew when the warehouse has cancelled it.

        :raises AccessError: without the role customer service
        :raises UserError: when everything was sent, or is about to be
        """
        self._check_duty("service")
        for settlement in self:
            if not settlement.replacement_missing:
                raise UserError(
                    self.env._(
                        "Nothing of %(settlement)s is without a delivery.",
                        settlement=settlement.display_name,
                    )
                )
        self._create_replacements()
        self._log_replacements("ReplacementReleased")
        return True

    def action_confirm_address(self):
        """Let replacements go to the addresses that their open deliveries have now.

        The form sends the address that it shows: that one is confirmed and no other.

        :raises AccessError: without the role approver
        :raises UserError: for whoever asked for it or took another step before, when
            no address was changed, and when it was changed again
        """
        shown = self.env.context.get("reverse_address")
        rmas = self.rma_id
        bypassed = self._check_duty("approver", excluded=self._gate_actors)
        combined = rmas._check_duty("approver", excluded=rmas._gate_actors)
        bypassed |= self.filtered(lambda settlement: settlement.rma_id in combined)
        for settlement in self:
            moves = settlement._get_readdressed()
            if not moves:
                raise UserError(
                    self.env._(
                        "The replacement of %(settlement)s goes to the address to "
                        "which it was released.",
                        settlement=settlement.display_name,
                    )
                )
            if shown not in (None, settlement.new_address):
                raise UserError(
                    self.env._(
                        "The address of %(settlement)s was changed again while you "
                        "looked at it. Reload the page, and look at the new one.",
                        settlement=settlement.display_name,
                    )
                )
            for partner, own in moves.grouped(
                lambda m: m.picking_id.partner_id
            ).items():
                own.reverse_settlement_line_id._guarded_write(
                    {"place": partner._get_reverse_place()}
                )
        self._log_replacements("ReplacementAddressConfirmed", bypassed)
        return True

    def _get_readdressed(self):
        """Give open deliveries to another address than they were released to."""
        # sudo: addresses of the deliveries of these very replacements
        return self.sudo().replacement_move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and (place := move.reverse_settlement_line_id.place)
                and place != move.picking_id.partner_id._get_reverse_place()
            )
        )

    def _check_not_replaced(self):
        for settlement in self:
            sent = settlement.replacement_move_ids.filtered(lambda m: m.state == "done")
            if sent:
                raise UserError(
                    self.env._(
                        "%(settlement)s has left with %(transfers)s and cannot be "
                        "taken back here: let the replacement come back with a return "
                        "of its own.",
                        settlement=settlement.display_name,
                        transfers=", ".join(sent.picking_id.mapped("name")),
                    )
                )

    def _cancel_replacements(self):
        # sudo: the duty is checked; only this settlement's own delivery is cancelled
        self.sudo().replacement_move_ids.filtered(
            lambda m: m.state not in ("done", "cancel")
        )._action_cancel()

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------
    def action_reverse(self):
        """Take what was released back; nothing is edited, nothing is forgotten.

        Credit notes that are posted get counter-documents, others are cancelled. A
        replacement can be taken back until it has left. What follows is the same
        whoever takes it back: ``_unsettle``.

        :raises AccessError: without the role credit releaser
        :raises UserError: for replacements that have left
        """
        self._check_duty("releaser")
        replacements = self.filtered(lambda s: s.type == "replacement")
        replacements._check_not_replaced()
        self._transition(transitions.SETTLEMENT, "reverse")
        # sudo: the duty is checked; exactly this settlement's documents are reversed
        notes = self._in_books(self.sudo().credit_note_ids)
        notes.filtered(lambda m: m.state == "draft").button_cancel()
        for move in notes.filtered(
            lambda m: m.state == "posted" and not m._is_reverse_credit_gone()
        ):
            move._reverse_moves(
                [{"ref": self.env._("Reversal of %(number)s", number=move.name)}],
                cancel=True,
            )
        self._unsettle("CreditReversed")
        replacements._cancel_replacements()
        return True

    def _on_credit_notes_gone(self):
        """Credit notes were cancelled, deleted or reversed in the books.

        Where no other one of a settlement is left, all of it is taken back; else only
        the lines that the missing one was for.
        """
        # sudo: whoever keeps the books need not be of returns
        released = self.sudo().filtered(lambda s: s.state == "released")
        gone = released.filtered(
            lambda s: all(m._is_reverse_credit_gone() for m in s.credit_note_ids)
        )
        if gone:
            gone._transition(transitions.SETTLEMENT, "reverse")
            gone._unsettle("CreditCancelled")
        for settlement in released - gone:
            settlement._on_credit_note_gone()

    def _on_credit_note_gone(self):
        """One of several credit notes may be gone: take its lines back."""
        self.ensure_one()
        gone = self.credit_note_ids.filtered(lambda m: m._is_reverse_credit_gone())
        lines = self.line_ids.filtered(
            lambda line: (
                not line.credit_gone
                and line.invoice_id in gone.reversed_entry_id
                and line._is_settled_at_release()
            )
        )
        if gone and lines:
            lines._on_credit_gone()

    def _unsettle(self, event):
        """Undo what the release did besides its documents, in this order:

        1. fees are no longer charged;
        2. the cost of goods that came back without a credit note is booked back;
        3. the goods are no longer settled, and a return that was closed is open again;
        4. deposits can be refunded again, and early credits no longer cover goods.

        reverse_logistics_loyalty takes off cards again what they had got back.

        :param str event: what is noted, e.g. ``CreditReversed``
        """
        self.line_ids._take_back_fees()
        # sudo: what the cost of the goods was booked with goes back with the credit
        costs = self.sudo().cost_entry_ids.filtered(
            lambda move: move.state == "posted" and not move.reversal_move_ids
        )
        self._in_books(costs)._reverse_moves(cancel=True)
        self.line_ids.filtered("without_document")._guarded_write(
            {"without_document": False}
        )
        self._count_settled(-1)
        self._log_step(event)
        self.rma_id._open_again()
        self.rma_id._update_progress()
        # sudo: the balance does not depend on who takes it back
        self.line_ids.sudo().deposit_id._update_amounts()
        self.line_ids._update_early()

    def action_refund_instead(self):
        """Give money after all, as long as the replacement has not left.

        :raises AccessError: without the role customer service
        :raises UserError: when it has left, or nothing came back that could be credited
        """
        self._check_duty("service")
        parts = self.line_ids.inspection_id
        for settlement in self:
            if (
                settlement.type != "replacement"
                or not settlement.line_ids.inspection_id
            ):
                raise UserError(
                    self.env._(
                        "%(settlement)s replaces nothing that was inspected, so there "
                        "is nothing to refund instead.",
                        settlement=settlement.display_name,
                    )
                )
        self._check_not_replaced()
        released = self.filtered(lambda s: s.state == "released")
        released._transition(transitions.SETTLEMENT, "reverse")
        released._unsettle("CreditReversed")
        released._cancel_replacements()
        (self - released)._transition(transitions.SETTLEMENT, "cancel")
        (self - released)._log_step("CreditCancelled")
        settlements = self._propose(parts, by_person=True, kind="refund")
        self.rma_id._update_progress()
        return self.rma_id._open(settlements, self.env._("Settlements"))

    def _get_parts_to_renew(self):
        """The inspected goods that are to be settled anew."""
        early = self.line_ids.filtered(lambda line: line._is_early())
        seen = early.rma_line_id.inspection_ids
        return self.line_ids.inspection_id._get_latest() | seen.filtered(
            lambda part: part.state == "done"
        )

    def _write_anew(self, kept):
        """Reverse early credits, and release them as they would be written now.

        :param dict kept: ``{return line: quantity of it that stays with the customer}``
        :raises AccessError: without the role credit releaser
        """
        for settlement in self:
            wanted = []
            for line, early in settlement.line_ids.grouped("rma_line_id").items():
                stays = kept.get(line, 0.0)
                comes = line.uom_id.round(sum(early.mapped("quantity")) - stays)
                here = min(comes, max(line._get_back_quantity(), 0.0))
                wanted.append(Expected(line, comes, here))
                wanted.append(Expected(line, stays, kept=True))
            settlement.action_reverse()
            self._release_early(
                [
                    goods
                    for goods in wanted
                    if goods.line_id.uom_id.compare(goods.quantity, 0) > 0
                ],
                settlement.early_moment,
            )

    # ------------------------------------------------------------------
    # What a releaser has to see: where the amount comes from, who decided, and its
    # documents
    # ------------------------------------------------------------------
    @api.depends_context("lang")
    @api.depends("line_ids.amount", "line_ids.quantity", "line_ids.deduction_reason")
    def _compute_explanation(self):
        for settlement in self:
            texts = [line._explain() for line in settlement.line_ids]
            texts += [
                settlement._explain_invoice(invoice)
                for invoice in settlement.line_ids.invoice_id
            ]
            settlement.explanation = "\n".join(texts)

    def _explain_invoice(self, invoice):
        """Say what was billed and what others have credited of it, with tax."""
        notes = invoice.reversal_move_ids.filtered(lambda m: m.state == "posted")
        taken_back = notes.reversal_move_ids.filtered(lambda m: m.state == "posted")
        others = notes.filtered(lambda m: m.reverse_settlement_id != self)
        credited = sum(others.mapped("amount_total"))
        credited -= sum(
            move.amount_total for move in taken_back if move.reversed_entry_id in others
        )
        return self.env._(
            "%(invoice)s billed %(billed)s with tax; other credit notes gave "
            "%(credited)s of it.",
            invoice=invoice.name,
            billed=invoice.currency_id.format(invoice.amount_total),
            credited=invoice.currency_id.format(credited),
        )

    @api.depends("state", "approved_by_id", "policy_version_id")
    def _compute_decided_by(self):
        for settlement in self:
            known = settlement.sudo()  # sudo: names of a colleague or the policy
            version = known.policy_version_id
            by_policy = bool(version) and settlement.state not in (
                "draft",
                "submitted",
                "cancelled",
            )
            settlement.decided_by = known.approved_by_id.name or (
                by_policy
                and self.env._(
                    "Policy “%(policy)s”, version %(version)s",
                    policy=version.policy_id.name,
                    version=version.number,
                )
            )

    @api.depends("state", "line_ids.replacement_move_ids.state")
    def _compute_replacement(self):
        for settlement in self:
            moves = settlement.line_ids.replacement_move_ids
            settlement.replacement_move_ids = moves
            settlement.replacement_count = len(moves.picking_id)
            settlement.replacement_missing = settlement.state == "released" and any(
                line.uom_id.compare(line._get_unsent_quantity(), 0) > 0
                for line in settlement.line_ids
            )

    def _compute_invoice_count(self):
        for settlement in self:
            settlement.invoice_count = len(settlement.line_ids.invoice_id)

    def action_view_credit_notes(self):
        return self.rma_id._open(self.credit_note_ids, self.env._("Credit Notes"))

    def action_view_replacements(self):
        return self.rma_id._open(
            self.replacement_move_ids.picking_id, self.env._("Replacements")
        )

    def action_view_invoices(self):
        return self.rma_id._open(self.line_ids.invoice_id, self.env._("Invoices"))
