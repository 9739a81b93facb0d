import logging
import uuid
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import escape_psql, split_every

from ...engine import limits, transitions
from ..base import drawings
from ..base.reverse_inputs import checked, quantities, text
from ..base.reverse_labels import get_labels
from ..base.reverse_retry import run_batch

STATES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("authorized", "Authorized"),
    ("done", "Done"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]
STAGES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("authorized", "Authorized"),
    ("in_transit", "In Transit"),
    ("receiving", "Partly Received"),
    ("received", "Received"),
    ("inspected", "Inspected"),
    ("put_away", "Put Away"),
    ("settled", "Settled"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]
#: Stages in which a return waits for somebody, and the duty that lets it go on.
WAITING = {
    "requested": "approver",
    "authorized": "service",
    "in_transit": "service",
    "receiving": "inspector",
    "received": "inspector",
    "inspected": "releaser",
    "put_away": "releaser",
}
#: Who takes a settlement on that is in this state; of several, the first one.
DECIDERS = {"draft": "service", "submitted": "approver", "approved": "releaser"}
# Who reads amounts: the others only move goods.
MONEY_ROLES = ("service", "approver", "releaser", "auditor")
#: States of a return in which an amount without goods may be credited.
CREDITED_IN = ("authorized", "done")
_logger = logging.getLogger(__name__)
BATCH = 100
# Closed returns are looked at this long: their credit may still be cancelled.
CLOSED_DAYS = 30
WATERMARK = "reverse_logistics.checked_up_to"
#: what the app opens with: the first that the user has the role for
HOMES = (
    ("service", "reverse_rma_action"),
    ("approver", "reverse_approval_action_mine"),
    ("receiver", "reverse_receipt_action"),
    ("inspector", "reverse_inspection_action"),
    ("releaser", "reverse_settlement_action_to_release"),
    ("auditor", "reverse_event_action"),
    ("user", "reverse_rma_action"),
)


class ReverseRma(models.Model):
    """A return: what one customer sends back, from the request until it is settled.

    ``state`` says whether the goods may come back, and is only ever written by a step
    of ``engine.transitions.RMA``; ``stage`` says how far the slowest line has come, and
    follows from states and quantities in :meth:`_update_progress`.

    Customer service enters and requests a return, an approver or policy authorizes it,
    receivers and inspectors see to the goods, and it closes by itself when all is
    settled. Each of these steps is one method under "The way of a return" below, which
    names what it does in the order in which it happens; how it is done lies in the
    rooms beside this one. Fields that are ``guarded`` are written by steps only.
    """

    _name = "reverse.rma"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "reverse.authored.mixin",
        "reverse.gated.mixin",
    ]
    _description = "Return"
    _order = "id desc"
    _check_company_auto = True
    _steps = transitions.RMA
    _approver_step = "authorize"
    _correlation_unique = models.Constraint(
        "UNIQUE (correlation_id)", "A return with this correlation id exists."
    )

    name = fields.Char(
        "Number",
        readonly=True,
        copy=False,
        default="/",
        index="trigram",
        guarded=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        tracking=True,
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    channel_id = fields.Many2one("reverse.channel", ondelete="restrict")
    settlement_type = fields.Selection(
        [("refund", "Refund"), ("replacement", "Replacement"), ("none", "Nothing")],
        "Customer Wants",
        default="refund",
        required=True,
    )
    facility_id = fields.Many2one(
        "reverse.facility",
        compute="_compute_facility_id",
        store=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        unlocked=True,
    )
    client_ref = fields.Char("Customer Reference", copy=False, unlocked=True)
    note = fields.Text("Internal Note", unlocked=True)
    rejection_message = fields.Text(
        "Reason for Rejection", readonly=True, copy=False, guarded=True
    )
    carrier_tracking_ref = fields.Char("Tracking Number", copy=False, unlocked=True)
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        guarded=True,
    )
    stage = fields.Selection(
        STAGES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand="_expand_stages",
        guarded=True,
    )
    line_ids = fields.One2many(
        "reverse.rma.line", "rma_id", "Lines", copy=True, unlocked=True
    )
    picking_ids = fields.One2many("stock.picking", "reverse_rma_id", "Transfers")
    inspection_ids = fields.One2many("reverse.inspection", "rma_id", "Inspections")
    settlement_ids = fields.One2many("reverse.settlement", "rma_id", "Settlements")
    exception_ids = fields.One2many("reverse.exception", "rma_id", "Exceptions")
    event_ids = fields.One2many("reverse.event", "rma_id", "Events")
    credit_note_ids = fields.Many2many(
        "account.move",
        string="Credit Notes",
        compute="_compute_documents",
        compute_sudo=True,
    )
    sale_order_ids = fields.Many2many(
        "sale.order",
        string="Sales Orders",
        compute="_compute_documents",
        compute_sudo=True,
    )
    requested_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    authorized_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    shipped_at = fields.Datetime("Shipped by Customer", copy=False, unlocked=True)
    received_at = fields.Datetime(
        "First Received", readonly=True, copy=False, guarded=True
    )
    closed_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    shipped_by_id = fields.Many2one(
        "res.users",
        "Shipment Noted by",
        readonly=True,
        copy=False,
        guarded=True,
    )
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    authorized_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    authorized_by_version_id = fields.Many2one(
        "reverse.policy.version",
        "Authorized by Policy",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    received_by_ids = fields.Many2many(
        "res.users",
        "reverse_rma_receiver_rel",
        readonly=True,
        copy=False,
        guarded=True,
    )
    source_named_by_ids = fields.Many2many(
        "res.users",
        "reverse_rma_source_namer_rel",
        string="Source Named by",
        readonly=True,
        copy=False,
        help="Who said, after the request, where the goods are from or which order "
        "stands for them: somebody else authorizes it.",
        guarded=True,
    )
    correlation_id = fields.Char(
        "Correlation ID",
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: str(uuid.uuid4()),
        guarded=True,
    )
    event_head = fields.Char(readonly=True, copy=False, guarded=True)
    event_count = fields.Integer(readonly=True, copy=False, guarded=True)
    has_unsettled_goods = fields.Boolean(compute="_compute_has_unsettled_goods")
    next_step = fields.Text(compute="_compute_next_step")
    is_find_deliveries_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_request_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_reject_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_close_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_propose_settlement_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_credit_value_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_print_authorization_allowed = fields.Boolean(compute="_compute_steps_allowed")
    anything = fields.Char(
        "Number, Customer, Document …", store=False, search="_search_anything"
    )
    product_summary = fields.Char("Products", compute="_compute_product_summary")
    decision_summary = fields.Text(compute="_compute_decision_summary")
    is_left_to_person = fields.Boolean(
        compute="_compute_decision_summary",
        help="Policy does not decide all of it, or says no.",
    )
    has_tracked_lines = fields.Boolean(
        compute="_compute_has_tracked_lines",
        help="Whether a column for lots and serials has anything to say.",
    )

    @api.depends("line_ids.product_id")
    def _compute_has_tracked_lines(self):
        for rma in self:
            tracking = rma.line_ids.product_id.mapped("tracking")
            rma.has_tracked_lines = any(kind != "none" for kind in tracking)

    picking_count = fields.Integer(compute="_compute_picking_count")
    inspection_count = fields.Integer(compute="_compute_inspection_count")
    settlement_count = fields.Integer(compute="_compute_settlement_count")
    exception_count = fields.Integer(compute="_compute_exception_count")
    open_exception_count = fields.Integer(
        "Open Exceptions", compute="_compute_open_exception_count"
    )
    credit_note_count = fields.Integer(compute="_compute_document_counts")
    sale_order_count = fields.Integer(compute="_compute_document_counts")
    delivery_count = fields.Integer(compute="_compute_document_counts")
    invoice_count = fields.Integer(compute="_compute_document_counts")
    expected_date = fields.Date(
        "Expected",
        compute="_compute_expected_date",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        help="When the warehouse expects the goods. Proposed from the authorization, "
        "and anew when the customer ships; the receipt is planned for this day.",
        unlocked=True,
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------
    @api.depends("line_ids.sale_line_id", "settlement_ids.credit_note_ids")
    def _compute_documents(self):
        for rma in self:
            rma.sale_order_ids = rma.line_ids.sale_line_id.order_id
            rma.credit_note_ids = rma.settlement_ids.credit_note_ids

    def _get_open_exceptions(self):
        return self.exception_ids.filtered(lambda e: e.state == "open")

    @api.model
    def _expand_stages(self, stages, domain):
        # Where work waits is shown even when empty, the other stages when in use.
        shown = {"requested", "authorized", "received", "inspected", "put_away"}
        return [stage for stage, _label in STAGES if stage in shown | set(stages)]

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rma in self:
            rma.display_name = self.env._("New Return") if rma.name == "/" else rma.name

    # ------------------------------------------------------------------
    # Creating and writing
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        rmas = super().create(vals_list)
        rmas._note_facilities_named(vals_list)
        rmas.filtered("shipped_at")._note_shipped_before()
        return rmas

    @api.model
    def _complete_create(self, vals_list):
        """Give each return number and author, and a line for each part of a combo."""
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        completed = []
        for vals in vals_list:
            company_id = vals.get("company_id") or self.env.company.id
            number = sequence.with_company(company_id).next_by_code("reverse.rma")
            vals = {**vals, "name": number, "entered_by_id": self.env.uid}
            if vals.get("line_ids"):
                vals["line_ids"] = self._split_combos(vals["line_ids"])
            completed.append(vals)
        return completed

    def write(self, vals):
        """Write, and let the warehouse and policy follow what is new.

        reverse_logistics_delivery: the warehouse sees carrier and tracking number, too.
        """
        parts = [(self, vals)]
        if not self._in_workflow():
            self._check_channels({vals.get("channel_id")})
            if "exception_reason" in vals:
                self._check_reason_open(vals["exception_reason"])
            if vals.get("shipped_at"):
                self._check_shipped_at(vals["shipped_at"])
            parts = self._take_naming_steps(vals)
        for rmas, rest in parts:
            super(ReverseRma, rmas).write(rest)
        if "shipped_at" in vals:
            self._note_shipped(bool(vals["shipped_at"]))
        if {"expected_date", "shipped_at"} & set(vals):
            self._plan_receipts()
        if vals.get("shipped_at"):
            self._get_policy_followers()._work("_follow_policy")
        return True

    def _take_naming_steps(self, vals):
        """Let a person name the facility, or the new order, of requested returns.

        In drafts both are values like any other; later each is a step of its own, with
        a duty and an event.

        :return: pairs of returns and of the values that are still to be written
        """
        named = {}
        if "facility_id" in vals:
            named["facility_id"] = self._choose_facility(vals["facility_id"])
        if "agreement_order_id" in vals:
            named["agreement_order_id"] = self._choose_agreement_order(
                vals["agreement_order_id"]
            )
        if not any(named.values()):
            return [(self, vals)]
        groups = self.grouped(
            lambda rma: frozenset(name for name, done in named.items() if rma in done)
        )
        return [
            (rmas, {name: value for name, value in vals.items() if name not in done})
            for done, rmas in groups.items()
        ]

    # ------------------------------------------------------------------
    # Steps that the form offers; those of receipt, route and decision in their rooms
    # ------------------------------------------------------------------
    @api.depends(
        "state",
        "stage",
        "received_at",
        "line_ids.move_id",
        "open_exception_count",
        "has_unsettled_goods",
    )
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        service, approver = self._has_duty("service"), self._has_duty("approver")
        for rma in self:
            authorized = rma.state == "authorized"
            rma.is_find_deliveries_allowed = service and rma._lacks_deliveries()
            rma.is_request_allowed = service and rma._may("request")
            rma.is_reject_allowed = approver and rma._may("reject")
            rma.is_cancel_allowed = service and rma._is_cancellable()
            rma.is_close_allowed = service and rma._is_closable()
            rma.is_propose_settlement_allowed = service and rma.has_unsettled_goods
            rma.is_credit_value_allowed = service and rma.state in CREDITED_IN
            rma.is_print_authorization_allowed = (service or approver) and authorized

    def _is_cancellable(self):
        """Tell whether anything of the return is left to withdraw.

        Nothing is once all is settled, nor while an approver has to say what becomes of
        goods that came unasked.
        """
        here_unasked = self.state == "requested" and self.received_at
        return self._may("cancel") and self.stage != "settled" and not here_unasked

    def _is_closable(self):
        return (
            self._may("close")
            and self.stage == "settled"
            and not self.open_exception_count
        )

    # ------------------------------------------------------------------
    # The way of a return: request, authorization, receipt, and how it ends
    # ------------------------------------------------------------------
    def action_request(self):
        """Ask for the return: find its deliveries, let the policy decide.

        :raises AccessError: without the role customer service
        :raises UserError: when more would come back than left, or nothing is asked for
        """
        self._check_duty("service")
        self._request()
        return True

    def _request(self):
        """Ask for the return, whoever does; what policy allows is authorized at once.

        First comes what the customer has to name, then where the goods are from, so
        that no two returns claim the same ones, then what policy says of them.
        A withdrawal is acknowledged whatever policy says.
        """
        self._check_has_lines()
        self.line_ids._check_claim_gaps()
        self._check_order_unused(self.agreement_order_id)
        self._transition(
            transitions.RMA,
            "request",
            {"requested_at": fields.Datetime.now(), "requested_by_id": self.env.uid},
        )
        self._keep_customers()
        # Customer or company may have changed since the lines were entered.
        self.line_ids._check_source()
        self.line_ids._check_company()
        self.line_ids._split_undelivered()
        lines = self.line_ids._find_deliveries()
        lines._check_over_return()
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        lines._decide(versions)
        lines._refuse_incomplete()
        self.env["reverse.event"]._log(
            self, "ReturnRequested", lambda rma: {"lines": rma.line_ids._event_data()}
        )
        self._acknowledge_withdrawals()
        unknown = lines.filtered(lambda line: line.decision_code == "no_source")
        self.env["reverse.exception"]._raise_for(unknown, "no_source")
        damaged = lines.filtered("is_damaged_hazard")
        self.env["reverse.exception"]._raise_for(damaged, "hazard")
        self._authorize_by_policy()
        self._tell_requested()

    def _check_has_lines(self):
        for rma in self:
            if len(rma.line_ids) > limits.LINES:
                raise UserError(
                    self.env._(
                        "%(rma)s has more than %(most)s lines: split it into several "
                        "returns.",
                        rma=rma.display_name,
                        most=limits.LINES,
                    )
                )
            if not rma.line_ids:
                raise UserError(
                    self.env._(
                        "%(rma)s has no lines. Add what comes back.",
                        rma=rma.display_name,
                    )
                )

    def _authorize_by_policy(self):
        """Authorize what policy allows and nobody else has to approve."""
        by_policy = self.filtered(
            lambda rma: all(line.decision == "authorize" for line in rma.line_ids)
        )
        by_policy -= self._ask_approvals()
        for version, rmas in by_policy.grouped(
            lambda rma: rma.line_ids._get_last_version()
        ).items():
            rmas._authorize(version)
        (self - by_policy)._update_progress()

    def action_authorize(self):
        """Authorize as a person; lines without a known delivery are left out.

        What others have to approve as well waits for them, with this approval kept.

        :raises AccessError: without the role approver
        :raises UserError: for one's own request, or a source that one has named, or
            when nothing can be authorized
        """
        bypassed = self._check_duty("approver", excluded=self._gate_actors)
        self.line_ids._check_over_return()
        ready = self._collect_approvals(bypassed)
        ready._authorize(bypassed=bypassed)
        return (self - ready)._tell_waiting()

    def _authorize(self, version=None, bypassed=()):
        """Authorize returns.

        1. Collections are planned, and returns that no facility takes are left out:
           they wait for a person, even if policy allows them;
        2. proofs, approvals and sources are checked;
        3. the state, the quantities of lines, and the event are written;
        4. receipts are created, or an exception says why they could not be;
        5. claims are settled, and exceptions from policy granted;
        6. the customer is told, and what policy does next is done.

        :param version: the version of policy that decided; left out, a person did
        :param bypassed: returns of which that person took an earlier step as well
        """
        by_person = not version
        exceptions = self.line_ids.browse()
        if by_person:
            self._check_reason_given()
            exceptions = self.line_ids._get_commercial_exceptions()
        self._plan_collections()
        rmas = self._leave_out_lost(by_person)
        if not rmas:
            return
        if by_person:
            rmas.line_ids._check_proofs()
        rmas._check_approved()
        rmas._check_sourced()
        rmas._set_validity(version)
        rmas._transition(
            transitions.RMA,
            "authorize",
            {
                "authorized_at": fields.Datetime.now(),
                "authorized_by_id": by_person and self.env.uid,
                "authorized_by_version_id": version and version.id,
            },
        )
        rmas.line_ids._authorize()
        shown = rmas._get_shown(by_person)._get_evidence(keep=True)
        rmas._log_authorized(version, bypassed, shown)
        rmas._work("_create_receipts")
        rmas._update_progress()
        rmas._settle_claims()
        exceptions._grant_exceptions(bypassed)
        rmas.filtered(lambda rma: rma._waits_for_customer())._tell_customers(
            "authorized"
        )
        rmas._get_policy_followers()._work("_follow_policy")

    def _check_sourced(self):
        """Refuse to authorize goods of which nobody knows where they are from."""
        for rma in self:
            if not rma.line_ids.filtered(lambda line: line._is_sourced()):
                raise UserError(
                    self.env._(
                        "No delivery is known for any line of %(rma)s. Name the "
                        "delivery on the line, or reject the return.",
                        rma=rma.display_name,
                    )
                )

    def _get_shown(self, by_person):
        """Give the lines whose files may have decided: to a person, any of them."""
        if by_person or self._may_need_proof():
            return self.line_ids
        return self.line_ids.filtered("claim")

    def _log_authorized(self, version, bypassed, shown):
        """Write the event of the authorization.

        :param shown: ``{id of a line: [[id of a file, checksum], …]}``, of those with
            which it was decided
        """
        self.env["reverse.event"]._log(
            self,
            "ReturnAuthorized",
            lambda rma: {
                "decider": version._get_decider() if version else "person",
                "combined_duties": rma in bypassed,
                "lines": rma.line_ids._event_data(),
                **rma._name_files(shown),
            },
        )
        # noted before: the customer did not wait, and credit may follow from it
        self.filtered("shipped_at")._log_shipped()

    def _name_files(self, shown):
        """Say in an event with which files it was decided, which stay as they are.

        :param shown: what ``_get_evidence`` of the lines gave
        """
        files = {str(id_): shown[id_] for id_ in self.line_ids.ids if shown[id_]}
        return {"line_files": files} if files else {}

    def _note_source_named(self):
        """Keep who names a source, and with it a price: they do not authorize it."""
        self._guarded_write({"source_named_by_ids": [Command.link(self.env.uid)]})
        self._exclude_from_approvals()

    @checked(message=text)
    def action_reject(self, message=None):
        """Refuse the return, with a reason the customer can read."""
        self._check_duty("approver")
        if not (message or "").strip():
            raise UserError(
                self.env._("Say why the return is rejected; the customer reads it.")
            )
        self._reject(message)
        return True

    def _reject(self, message):
        """Refuse the return: nothing is asked of anybody any more."""
        for rma in self:
            if rma.line_ids.filtered("qty_received"):
                raise UserError(
                    self.env._(
                        "Goods of %(rma)s are here already: send them back instead, "
                        "with the exception that asks for it.",
                        rma=rma.display_name,
                    )
                )
        self._transition(transitions.RMA, "reject", {"rejection_message": message})
        self._withdraw_approvals()
        shown = self.line_ids._get_evidence(keep=True)
        self.env["reverse.event"]._log(
            self, "ReturnRejected", lambda rma: rma._name_files(shown)
        )
        self._update_progress()
        self._tell_customers("rejected")

    @checked(quantities=quantities, seen=text)
    def action_receive(self, quantities=None, seen=None):
        """Take in what has arrived, whatever became of the return.

        What is announced is validated as it is. Of what comes late or otherwise, as
        much as the return may have is announced first, and the rest becomes a return of
        its own. As the transfers are done, the lines count what came in, parts to
        inspect are made, and policy goes on: see ``_on_received()`` of the lines.

        :param dict quantities: ``{line id: quantity}`` that has arrived, in the line's
            unit; left out, the quantities entered on the receipts, else all that was
            announced
        :param str seen: ``receipt_mark`` of a single return when its user looked
        :raises AccessError: without the role receiver
        :raises UserError: when nothing is expected, or Odoo asks for more information
        """
        self._check_duty("receiver")
        self._check_seen(seen or self.env.context.get("reverse_seen"))
        arrived = self._get_arrivals(quantities)
        if quantities is not None and not arrived:
            raise UserError(self.env._("Enter on at least one line how much is here."))
        if not arrived:
            return self._validate_receipts()
        own, late = self._take_in(arrived)
        usual = self - self._get_rmas(arrived) if quantities is None else self.browse()
        (own | late | usual)._validate_receipts()
        return late._open(late, self.env._("Late Goods")) if late else True

    def action_cancel(self):
        """Withdraw the return: as a whole, or what is not settled of it.

        reverse_logistics_dropshipping: not once goods went to the supplier.

        :raises AccessError: without the role customer service
        :raises UserError: when nothing is left to withdraw, a shipping error was
            corrected, or a replacement is under way
        """
        self._check_claims_uncorrected()
        self._check_not_replaced()
        self._check_duty("service")
        begun = self.filtered(lambda rma: rma._has_begun())
        begun._withdraw()
        (self - begun)._cancel()
        return True

    def _cancel(self):
        """Nothing has come in: nothing is expected, nothing will be credited."""
        self._transition(
            transitions.RMA, "cancel", {"closed_at": fields.Datetime.now()}
        )
        self._withdraw_approvals()
        # sudo: cancelling the open receipt is part of the withdrawal
        self.picking_ids.sudo().filtered(lambda p: p.state != "done").action_cancel()
        shown = self.line_ids._get_evidence(keep=True)
        self.env["reverse.event"]._log(
            self, "ReturnCancelled", lambda rma: rma._name_files(shown)
        )
        self._update_progress()

    def action_close(self):
        """Finish returns on which nothing is left to do."""
        self._check_duty("service")
        for rma in self:
            exceptions = rma._get_open_exceptions()
            if exceptions:
                message = self.env._(
                    "%(rma)s is not finished: resolve “%(exceptions)s” first.",
                    rma=rma.display_name,
                    exceptions="”, “".join(exceptions.mapped("display_name")),
                )
                raise UserError(message)
            if rma.stage != "settled":
                message = self.env._(
                    "%(rma)s is not finished: something is still to be received, "
                    "inspected, put away or settled.",
                    rma=rma.display_name,
                )
                raise UserError(message)
        self._close()
        return True

    def _close(self):
        """Finish returns of which all is settled."""
        self._transition(transitions.RMA, "close", {"closed_at": fields.Datetime.now()})
        self.env["reverse.event"]._log(self, "ReturnClosed")
        self._tell_denied()

    def _open_again(self):
        """Open finished returns again, because something is left to do after all."""
        self.filtered(lambda rma: rma.state == "done")._transition(
            transitions.RMA, "reopen", {"closed_at": False}
        )

    # ------------------------------------------------------------------
    # How far a return has come
    # ------------------------------------------------------------------
    def _update_progress(self):
        """Write the stages that follow from states and quantities, and close returns
        of which everything is settled.
        """
        self._end_keep_offers()
        self.line_ids._update_stage()
        for stage, rmas in self.grouped(
            lambda rma: transitions.header_stage(
                rma.state,
                rma.line_ids.mapped("stage"),
                # A shipping error is corrected in the books: nothing arrives for it.
                any(line.qty_received for line in rma.line_ids if not line.claim),
            )
        ).items():
            rmas.filtered(lambda rma, stage=stage: rma.stage != stage)._enter_stage(
                stage
            )
        # sudo: whether any is open, for whoever takes the step
        self.sudo()._get_open_exceptions()._close_gone()
        self._pass_breaches_on()
        self.filtered(
            lambda rma: (
                rma.state == "authorized"
                and rma.stage == "settled"
                and not rma._get_open_exceptions()
            )
        )._close()

    def _has_work_left(self, method):
        """What was announced, expired or cancelled otherwise needs no retry."""
        if method == "_create_receipts":
            return self.state == "authorized" and bool(self._get_unannounced_lines())
        if method == "_expire":
            return bool(self._get_expiry())
        return self.state == "authorized" and super()._has_work_left(method)

    # ------------------------------------------------------------------
    # Smart buttons: from a return to its documents.
    # ------------------------------------------------------------------
    @api.depends("inspection_ids.state", "settlement_ids.state")
    def _compute_has_unsettled_goods(self):
        for rma in self:
            rma.has_unsettled_goods = bool(rma._get_unsettled_parts())

    def _get_unsettled_parts(self):
        """Inspected goods whose credit was reversed, cancelled or never proposed."""
        return self.inspection_ids.filtered(
            lambda part: (
                part.state == "done"
                and part.disposed
                and part.line_id._get_settlement_type()
                in self.env["reverse.settlement"]._get_settled_types()
                and part._is_creditable()
                and not part._get_live_settlement_lines()
            )
        )

    def action_propose_settlement(self):
        """Propose a credit anew; this time a person decides, whatever policy says.

        :raises AccessError: without the role customer service
        :raises UserError: when a settlement of all goods is under way or released
        """
        self._check_duty("service")
        for rma in self:
            if not rma._get_unsettled_parts():
                raise UserError(
                    self.env._(
                        "No inspected goods of %(rma)s are without a settlement.",
                        rma=rma.display_name,
                    )
                )
        parts = self._get_unsettled_parts()
        settlements = self.env["reverse.settlement"]._propose(parts, by_person=True)
        self._open_again()
        self._update_progress()
        return self._open(settlements, self.env._("Settlements"))

    def get_formview_action(self, access_uid=None):
        """Open the return without the context it was opened from.

        The client writes that into the address, and a dialog that made the return is no
        place to come back to.
        """
        action = super().get_formview_action(access_uid=access_uid)
        return {
            **action,
            "context": {**action["context"], "active_id": False, "active_ids": False},
        }

    def _open(self, records, name):
        """Open what belongs to returns that the user may read."""
        self.check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": records._name,
            "view_mode": "list,form",
            "domain": [("id", "in", records.ids)],
            "context": {"create": False},
        }
        if len(records) == 1:
            action.update(view_mode="form", res_id=records.id)
        return action

    def action_view_pickings(self):
        return self._open(self.picking_ids, self.env._("Transfers"))

    def action_view_inspections(self):
        """Always the list: a part is split there, and the rest shows beside it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Inspections"),
            "res_model": "reverse.inspection",
            "view_mode": "list,form",
            "domain": [("rma_id", "in", self.ids)],
            "context": {"reverse_one_return": len(self) == 1},
        }

    def action_view_settlements(self):
        return self._open(self.settlement_ids, self.env._("Settlements"))

    def action_view_credit_notes(self):
        return self._open(self.credit_note_ids, self.env._("Credit Notes"))

    def action_view_sale_orders(self):
        return self._open(self.sale_order_ids, self.env._("Sales Orders"))

    def action_view_exceptions(self):
        return self._open(self.exception_ids, self.env._("Exceptions"))

    def action_credit_value(self):
        """Open a settlement for an amount without goods, e.g. an allowance."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit an Amount"),
            "res_model": "reverse.settlement",
            "view_mode": "form",
            "context": {"default_rma_id": self.id},
        }

    # ------------------------------------------------------------------
    # What a return waits for and who does it, for who does not know the stages.
    # ------------------------------------------------------------------
    @api.depends(
        "state",
        "stage",
        "has_unsettled_goods",
        "open_exception_count",
        "offer_state",
        "settlement_ids.credit_note_ids.state",
        "settlement_ids.state",
        "picking_ids.state",
    )
    @api.depends_context("uid", "lang")
    def _compute_next_step(self):
        for rma in self:
            steps = [rma._get_goods_step(), rma._get_shipping_step()]
            steps += rma._get_money_steps()
            rma.next_step = "\n".join(filter(None, steps))

    def _get_goods_step(self):
        """Say what the goods wait for."""
        self.ensure_one()
        waiting = self._get_approval_step() or self._get_way_step()
        if waiting:
            return waiting
        steps = {
            "draft": self.env._(
                "Not requested yet: check the products, then press Request."
            ),
            "requested": self.env._("An approver authorizes or rejects it."),
            "authorized": self.env._(
                "The goods are expected: a receiver books them when they arrive."
            ),
            "in_transit": self.env._(
                "The goods are on their way: a receiver books them when they arrive."
            ),
            "receiving": self.env._(
                "%(part)s: a receiver books the rest. If nothing more comes, customer "
                "service presses Close Short.",
                part=self._get_received_text(),
            ),
            "received": self.env._("The goods are here: an inspector inspects them."),
            "inspected": self.env._(
                "Inspected: the goods are on their way to their place, see Transfers."
            ),
            "expired": self.env._(
                "Expired: customer service extends it, or a receiver presses Goods "
                "Arrived if they come after all."
            ),
        }
        return steps.get(self.stage)

    def _get_received_text(self):
        """Say how much of what was to come is here."""
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_awaited_quantity(), 0) > 0
        )
        units = lines.uom_id
        if len(units) != 1:
            return self.env._("Part of the goods is here")
        return self.env._(
            "%(received).12g of %(due)s received",
            received=sum(lines.mapped("qty_received")),
            due=units._say_reverse(sum(line._get_awaited_quantity() for line in lines)),
        )

    def _get_acting_duty(self):
        """Give the duty of whoever has to act now, as ``next_step`` says in words."""
        self.ensure_one()
        # sudo: whether something waits is for every role
        rma = self.sudo()
        if rma.stage == "requested":
            sourced = any(line._is_sourced() for line in rma.line_ids)
            return "approver" if sourced else "service"
        if rma.stage == "receiving":
            here = "draft" in rma.inspection_ids.mapped("state")
            return "inspector" if here else "receiver"
        if rma.stage not in ("inspected", "put_away"):
            return WAITING.get(rma.stage)
        asked = rma._get_asked_settlements()
        states = set((rma.settlement_ids - asked).mapped("state"))
        for state, duty in DECIDERS.items():
            if state in states:
                return duty
        if asked or rma.has_unsettled_goods:
            return "service"
        return "receiver" if rma.stage == "inspected" else WAITING[rma.stage]

    def _get_shipping_step(self):
        """Say that a replacement, or goods sent back, still have to leave."""
        self.ensure_one()
        # sudo: whether something waits is for every role; the transfer is not shown
        waiting = self.sudo().picking_ids.filtered(
            lambda p: (
                p.picking_type_code == "outgoing" and p.state not in ("done", "cancel")
            )
        )
        if not waiting:
            return None
        return self.env._(
            "To be shipped to the customer by the warehouse: %(pickings)s, see "
            "Transfers.",
            pickings=", ".join(waiting.mapped("name")),
        )

    def _get_money_steps(self):
        """Say what the credit or replacement waits for, or how it ended."""
        self.ensure_one()
        # sudo: whether something waits is for every role; amounts are not, see below
        settlements = self.sudo().settlement_ids
        states = set((settlements - self._get_asked_settlements()).mapped("state"))
        steps = []
        if self.offer_state == "sent":
            steps.append(self.env._("The customer has an offer to answer, see Offers."))
        if "draft" in states:
            steps.append(
                self.env._(
                    "A settlement is proposed: customer service submits it, see "
                    "Settlements."
                )
            )
        if "submitted" in states:
            steps.append(
                self.env._("A settlement waits for an approver, see Settlements.")
            )
        if "approved" in states:
            steps.append(
                self.env._("A settlement waits for a credit releaser, see Settlements.")
            )
        if self.has_unsettled_goods and not states & {"draft", "submitted", "approved"}:
            steps.append(
                self.env._(
                    "Inspected goods have no settlement: customer service presses "
                    "Propose Credit."
                )
            )
        if self.state == "authorized" and self.stage == "settled" and not steps:
            steps.append(
                self.env._(
                    "Everything is settled: see the open exceptions, then close it."
                )
                if self.open_exception_count
                else self.env._("Everything is settled: it can be closed.")
            )
        return [*steps, self._get_credit_sentence()]

    def _get_credit_sentence(self):
        """What a customer asks on the telephone."""
        user = self.env.user
        if not any(user.has_group(f"reverse_logistics.group_{r}") for r in MONEY_ROLES):
            return None
        # sudo: number and amount for the customer; no accounting is shown
        notes = self.sudo().credit_note_ids.filtered(lambda m: m.state == "posted")
        if not notes:
            return None
        return self.env._(
            "Credited with %(credit_notes)s.",
            credit_notes=", ".join(
                f"{note.name} ({note.currency_id.format(note.amount_total)})"
                for note in notes
            ),
        )

    # ------------------------------------------------------------------
    # Stored quantities against documents, events against their hashes
    # ------------------------------------------------------------------
    @api.model
    def _cron_check_quantities(self):
        """Compare stored quantities with the documents; one transaction per batch.

        Continues after the last batch when the time of one run did not suffice.
        """
        # sudo: how far the check got is nobody's setting
        parameters = self.env["ir.config_parameter"].sudo()
        start = int(parameters.get_param(WATERMARK, 0))
        since = fields.Datetime.now() - timedelta(days=CLOSED_DAYS)
        ids = self.search(
            [
                ("id", ">", start),
                ("state", "in", ("requested", "authorized", "done")),
                "|",
                ("closed_at", "=", False),
                ("closed_at", ">=", since),
            ],
            order="id",
        ).ids
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            if not self._check_batch(batch):
                return
        parameters.set_param(WATERMARK, "0")

    @api.model
    def _check_batch(self, ids):
        """Check these returns in a transaction of their own; tell the seconds left."""
        # sudo: how far the check got is nobody's setting
        parameters = self.env["ir.config_parameter"].sudo()

        def work():
            self.browse(ids).exists()._check_quantities()
            parameters.set_param(WATERMARK, str(ids[-1]))

        return run_batch(self.env, work, len(ids))

    def _check_quantities(self):
        """Set quantities and stage to what the documents say, and report what differed.

        :return: ``{line: {name: (stored, found)}}``
        """
        lines = self.line_ids
        drift = defaultdict(dict)
        for line, amounts in lines._get_document_quantities().items():
            for name, found in amounts.items():
                stored = line[f"qty_{name}"]
                if line.uom_id.compare(stored, found):
                    drift[line][name] = (stored, found)
        lines._guarded_write_each(
            {
                line: {f"qty_{name}": found for name, (_old, found) in changes.items()}
                for line, changes in drift.items()
            }
        )
        stages = {line: line.stage for line in lines}
        self._update_progress()
        for line, stage in stages.items():
            if line.stage != stage:
                drift[line]["stage"] = (stage, line.stage)
        self._report_drift(drift)
        return dict(drift)

    def _report_drift(self, drift):
        by_rma = defaultdict(list)
        for line, changes in drift.items():
            for name, (stored, found) in changes.items():
                by_rma[line.rma_id].append(
                    {"line": line.id, "name": name, "stored": stored, "found": found}
                )
        for rma, rows in by_rma.items():
            _logger.warning("%s: stored quantities differed: %s", rma.name, rows)
            self.env["reverse.event"]._log(rma, "DriftFound", {"drift": rows})
            items = Markup().join(
                Markup("<li>%s</li>")
                % self.env._(
                    "line %(line)s, %(name)s: %(stored)s was stored, %(found)s is "
                    "right",
                    **row,
                )
                for row in rows
            )
            # sudo: whoever runs the check need not write on every return
            rma.sudo().message_post(
                body=Markup("<p>%s</p><ul>%s</ul>")
                % (
                    self.env._("The documents say otherwise, and were followed:"),
                    items,
                )
            )

    def action_verify_events(self):
        """Verify the events of these returns and say what was found."""
        roles = ("auditor", "administrator")
        groups = [f"reverse_logistics.group_{role}" for role in roles]
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                self.env._("Events are verified by auditors and administrators.")
            )
        self.check_access("read")
        breaks = {
            **self.env["reverse.event"]._find_breaks(self),
            **self.env["reverse.event"]._find_breaks(self.company_id),
        }
        files = self.env["reverse.event"]._find_evidence_breaks(self)
        if breaks:
            message = self.env._(
                "Changed or missing events: %(events)s",
                events=", ".join(
                    f"{owner.name} #{number}" for owner, number in breaks.items()
                ),
            )
        elif files:
            message = self.env._(
                "Evidence was changed, added or is missing: %(returns)s",
                returns=", ".join(rma.name for rma in files),
            )
        else:
            message = (
                self.env._("1 return checked: no event is missing or changed.")
                if len(self) == 1
                else self.env._(
                    "%(count)s returns checked: no event is missing or changed.",
                    count=len(self),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Verification of Events"),
                "message": message,
                "type": "danger" if breaks or files else "success",
                "sticky": bool(breaks or files),
            },
        }

    # ------------------------------------------------------------------
    # Which deliveries a return would take from, before anything is claimed.
    # ------------------------------------------------------------------
    def _lacks_deliveries(self):
        return self.state == "draft" and any(
            not line._is_sourced() for line in self.line_ids
        )

    def web_save(self, vals, specification, next_id=None):
        """Say what policy thinks of a draft whenever its form is saved."""
        if self:
            self.write(vals)
        saved = self or self.create(vals)
        saved._foresee()
        return super(ReverseRma, saved).web_save({}, specification, next_id)

    def _foresee(self):
        """Show on drafts what policy would decide now, and the fee.

        Nothing is claimed, and the request decides anew. Lines without a known delivery
        are passed over; a warning of their own says so.
        """
        drafts = self.filtered(lambda rma: rma.state == "draft")
        for company, rmas in drafts.grouped("company_id").items():
            lines = rmas.line_ids.filtered(lambda line: line._is_sourced())
            if lines:
                lines._decide(self.env["reverse.policy.version"]._get_for(company))

    def action_find_deliveries(self):
        """Show which deliveries the lines would take from, and what policy says.

        Nothing is claimed: the request looks again, under lock.

        :raises AccessError: without the role customer service
        :raises UserError: once requested
        """
        self._check_duty("service")
        self._check_editable()
        self._check_has_lines()
        self.line_ids._check_source()
        self.line_ids._split_undelivered(preview=True)
        lines = self.line_ids._find_deliveries(preview=True)
        lines._decide(self.env["reverse.policy.version"]._get_for(self.company_id))
        return True

    # ------------------------------------------------------------------
    # One search over everything a return may be asked for by.
    # ------------------------------------------------------------------
    @api.model
    def _search_anything(self, operator, value):
        if operator not in ("ilike", "=", "=ilike") or not isinstance(value, str):
            return NotImplemented
        text = escape_psql(value.strip())
        return self._get_anything_domain(text) if text else Domain.TRUE

    @api.model
    def _get_anything_domain(self, text):
        """What returns a text may mean.

        reverse_logistics_delivery: also by the tracking number of a parcel.

        :param str text: what was typed or scanned, wildcards escaped
        :rtype: odoo.fields.Domain
        """
        own = ("name", "client_ref", "carrier_tracking_ref")
        people = ("partner_id", "commercial_partner_id", "end_partner_id")
        documents = (
            "client_ref",
            "lot_id.name",
            "product_id.default_code",
            "product_id.name",
            "sale_line_id.order_id.name",
            "sale_line_id.order_id.client_order_ref",
        )
        pickings = self.env["stock.picking"]._get_reverse_search_domain(text)
        lines = Domain.OR(Domain(path, "ilike", text) for path in documents)
        lines |= Domain("move_id.picking_id", "any", pickings)
        # sudo: the number of an invoice leads whoever may see the return to it
        lines |= Domain(
            "sale_line_id",
            "in",
            # sudo: numbers of orders lead to returns that rules still filter
            self.env["sale.order.line"]
            .sudo()
            ._search([("invoice_lines.move_id.name", "ilike", text)]),
        )
        return Domain.OR(
            [
                *(Domain(name, "ilike", text) for name in own),
                *(
                    Domain(
                        name,
                        "any",
                        self.env["reverse.search"]._get_partner_domain(text),
                    )
                    for name in people
                ),
                Domain("picking_ids", "any", pickings),
                Domain("line_ids", "any", lines),
            ]
        )

    # ------------------------------------------------------------------
    # What lists and cards show of a return beyond its own fields.
    # ------------------------------------------------------------------
    @api.depends("line_ids.product_id", "line_ids.uom_id", "line_ids.quantity")
    def _compute_product_summary(self):
        for rma in self:
            rma.product_summary = self.env["product.product"]._list_reverse_goods(
                (line.product_id, line.uom_id, line.quantity) for line in rma.line_ids
            )

    @api.depends("line_ids.explanation", "line_ids.decision", "line_ids.product_id")
    @api.depends_context("lang")
    def _compute_decision_summary(self):
        """What a person has to decide, else what policy says."""
        labels = get_labels(self.line_ids, "decision")
        for rma in self:
            explained = rma.line_ids.filtered("explanation")
            open_lines = explained.filtered(lambda line: line.decision != "authorize")
            rma.is_left_to_person = bool(open_lines)
            rma.decision_summary = "\n".join(
                f"{line.product_id.display_name}: {labels[line.decision]}. "
                f"{line.explanation}"
                if line.decision == "exception"
                else f"{line.product_id.display_name}: {line.explanation}"
                for line in open_lines or explained
            )

    # ------------------------------------------------------------------
    # How many documents a return has: one query for each kind, for any number.
    # ------------------------------------------------------------------
    def _count_documents(self, name, path, domain=()):
        """Set how many records one of the fields of documents holds.

        The database counts them; a state written just now is flushed before.

        :param str name: field that takes the number
        :param str path: the One2many whose records are counted
        :param domain: only those that fit it
        """
        field = self._fields[path]
        inverse = field.inverse_name
        counts = dict(
            self.env[field.comodel_name]._read_group(
                [(inverse, "in", self.ids), *domain], [inverse], ["__count"]
            )
        )
        for rma in self:
            rma[name] = counts.get(rma._origin, 0)

    @api.depends("picking_ids")
    def _compute_picking_count(self):
        self._count_documents("picking_count", "picking_ids")

    @api.depends("inspection_ids")
    def _compute_inspection_count(self):
        self._count_documents("inspection_count", "inspection_ids")

    @api.depends("settlement_ids")
    def _compute_settlement_count(self):
        self._count_documents("settlement_count", "settlement_ids")

    @api.depends("exception_ids")
    def _compute_exception_count(self):
        self._count_documents("exception_count", "exception_ids")

    @api.depends("exception_ids.state")
    def _compute_open_exception_count(self):
        self._count_documents(
            "open_exception_count", "exception_ids", [("state", "=", "open")]
        )

    @api.depends("credit_note_ids", "sale_order_ids", "line_ids.move_id")
    def _compute_document_counts(self):
        for rma in self:
            rma.credit_note_count = len(rma.credit_note_ids)
            rma.sale_order_count = len(rma.sale_order_ids)
            rma.delivery_count = len(rma._get_deliveries())
            rma.invoice_count = len(rma._get_invoices())

    def _get_deliveries(self):
        """The transfers that the goods left with."""
        # sudo: which they are; opening one needs the rights for transfers
        return self.line_ids.sudo().move_id.picking_id.sudo(False)

    def _get_invoices(self):
        """The posted invoices of what comes back."""
        return self.line_ids._get_invoice_lines().move_id.sudo(False)

    def action_view_deliveries(self):
        return self._open(self._get_deliveries(), self.env._("Deliveries"))

    def action_view_invoices(self):
        return self._open(self._get_invoices(), self.env._("Invoices"))

    # ------------------------------------------------------------------
    # When the goods are expected: what the warehouse plans by.
    # ------------------------------------------------------------------
    @api.depends(
        "authorized_at", "shipped_at", "collect", "collect_on", "collect_called_at"
    )
    def _compute_expected_date(self):
        # A promise once made does not move when the setting changes later.
        for rma in self:
            start = rma._get_sending_day()
            # sudo: a setting of the company
            days = timedelta(rma.sudo().company_id.reverse_expected_days)
            rma.expected_date = start and start + days

    @api.constrains("expected_date")
    def _check_expected_date(self):
        """Facilities plan each day until then."""
        for rma in self.filtered("expected_date"):
            last = rma.company_id._get_reverse_today() + timedelta(limits.DAYS_AHEAD)
            if rma.expected_date > last:
                raise ValidationError(
                    self.env._(
                        "%(rma)s: choose a day until %(last)s. Nothing is planned more "
                        "than a year ahead.",
                        rma=rma.display_name,
                        last=fields.Date.to_string(last),
                    )
                )

    def _get_sending_day(self):
        """Give the day on which the customer sends the goods, False while unknown."""
        self.ensure_one()
        if not self.authorized_at:
            return False
        moment = self.shipped_at or (self.collect and self.collect_called_at)
        if not moment and self.collect and self.collect_on:
            return self.collect_on
        return self.company_id._to_reverse_day(moment or self.authorized_at)

    def _get_expected_moment(self):
        """Noon of the expected day where the company is, as the database keeps it."""
        self.ensure_one()
        if not self.expected_date:
            return fields.Datetime.now()
        noon = datetime.combine(self.expected_date, time(12))
        local = self.company_id._get_reverse_zone().localize(noon)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _plan_receipts(self):
        """Move the open receipts to the day on which the goods are expected."""
        for picking in self.filtered("expected_date")._get_open_receipts():
            picking.scheduled_date = picking.reverse_rma_id._get_expected_moment()

    # ------------------------------------------------------------------
    # The authorization on paper: what the customer puts into the parcel.
    # ------------------------------------------------------------------
    def action_print_authorization(self):
        """Print the authorizations of these returns.

        :raises UserError: when one of them is not authorized
        """
        for rma in self:
            if rma.state not in ("authorized", "done"):
                raise UserError(
                    self.env._(
                        "%(rma)s is %(state)s: only an authorized return can be "
                        "printed for the customer.",
                        rma=rma.display_name,
                        state=rma._state_label(),
                    )
                )
        return self.env.ref("reverse_logistics.report_rma_authorization").report_action(
            self, config=False
        )

    def _get_return_address(self):
        """Where the customer sends the goods."""
        self.ensure_one()
        # sudo: an address that is printed for the customer
        address = self.sudo().facility_id._get_address()
        return address or self.sudo().company_id.partner_id

    def _get_return_deadline(self):
        """Until when the goods have to be sent, where there is such a day."""
        self.ensure_one()
        return self.state == "authorized" and self.expires_on

    def _get_packing_note(self):
        """How the place that the goods go to wants them packed, if it says so."""
        self.ensure_one()
        # sudo: what is printed for the customer
        return self.sudo().facility_id.packing_note

    def _get_barcode_image(self):
        """Draw the number for scanners that read lines."""
        self.ensure_one()
        return drawings.barcode(self.name)

    def _get_qr_image(self):
        """Draw the number for cameras: a scan of either code finds the return."""
        self.ensure_one()
        return drawings.qr(self.name)

    def _get_lithium_mark(self):
        """Draw what a parcel with lithium batteries bears; None without any."""
        self.ensure_one()
        # sudo: goods of the return, which whoever prints it may see
        goods = self.sudo().line_ids._get_lines_to_send().product_id
        numbers = drawings.find_lithium(goods.mapped("reverse_un_number"))
        return drawings.lithium_mark(numbers) if numbers else None

    # ------------------------------------------------------------------
    # What the app shows first, by role.
    # ------------------------------------------------------------------
    @api.model
    def action_open_home(self):
        user = self.env.user
        action = next(
            action
            for role, action in HOMES
            if role == "user" or user.has_group(f"reverse_logistics.group_{role}")
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            f"reverse_logistics.{action}"
        )
