import uuid

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions

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


class ReverseRma(models.Model):
    _name = "reverse.rma"
    _inherit = ["mail.thread", "mail.activity.mixin", "reverse.gated.mixin"]
    _description = "Return"
    _order = "id desc"
    _check_company_auto = True

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
        [("refund", "Refund"), ("none", "Nothing")],
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
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    authorized_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    authorized_by_policy_id = fields.Many2one(
        "reverse.policy",
        readonly=True,
        copy=False,
        guarded=True,
    )
    authorized_policy_version = fields.Integer(readonly=True, copy=False, guarded=True)
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

    _correlation_unique = models.Constraint(
        "UNIQUE (correlation_id)", "A return with this correlation id exists."
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

    @api.depends("name", "state")
    def _compute_display_name(self):
        for rma in self:
            rma.display_name = self.env._("New Return") if rma.name == "/" else rma.name

    @api.model
    def _complete_create(self, vals_list):
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        return [
            {
                **vals,
                "name": sequence.with_company(
                    vals.get("company_id") or self.env.company.id
                ).next_by_code("reverse.rma"),
            }
            for vals in vals_list
        ]

    # ------------------------------------------------------------------
    # Request and authorization
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
        for rma in self:
            if not rma.line_ids:
                raise UserError(
                    self.env._(
                        "%(rma)s has no lines. Add what comes back.",
                        rma=rma.display_name,
                    )
                )
        self._transition(
            transitions.RMA,
            "request",
            {"requested_at": fields.Datetime.now(), "requested_by_id": self.env.uid},
        )
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
        by_policy = self.filtered(
            lambda rma: all(line.decision == "authorize" for line in rma.line_ids)
        )
        by_policy -= self._ask_approvals()
        for version, rmas in by_policy.grouped(
            lambda rma: rma.line_ids._get_last_version(versions[rma.company_id])
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
        bypassed = self._check_duty(
            "approver", excluded=("requested_by_id", "source_named_by_ids")
        )
        self.line_ids._check_over_return()
        ready = self._collect_approvals(bypassed)
        ready._authorize(bypassed=bypassed)
        return (self - ready)._tell_waiting()

    def _note_source_named(self):
        """Keep who names a source, and with it a price: he does not authorize it."""
        self._guarded_write({"source_named_by_ids": [Command.link(self.env.uid)]})

    def _authorize(self, version=None, bypassed=()):
        for rma in self:
            if not rma.line_ids.filtered(lambda line: line._is_sourced()):
                raise UserError(
                    self.env._(
                        "No delivery is known for any line of %(rma)s. Name the "
                        "delivery on the line, or reject the return.",
                        rma=rma.display_name,
                    )
                )
        self._transition(
            transitions.RMA,
            "authorize",
            {
                "authorized_at": fields.Datetime.now(),
                "authorized_by_id": not version and self.env.uid,
                "authorized_by_policy_id": version and version.policy_id.id,
                "authorized_policy_version": version and version.number,
            },
        )
        self.line_ids._authorize()
        self.env["reverse.event"]._log(
            self,
            "ReturnAuthorized",
            lambda rma: {
                "decider": version._get_decider() if version else "person",
                "combined_duties": rma in bypassed,
                "lines": rma.line_ids._event_data(),
            },
        )
        # noted before: the customer did not wait, and credit may follow from it
        self.env["reverse.event"]._log(self.filtered("shipped_at"), "ReturnShipped")
        self._work("_create_receipts")
        self._update_progress()

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
        self.env["reverse.event"]._log(self, "ReturnRejected")
        self._update_progress()

    def action_cancel(self):
        """Withdraw the return: as a whole, or what is not settled of it.

        :raises AccessError: without the role customer service
        :raises UserError: when nothing is left to withdraw
        """
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
        # sudo: cancelling the open receipt is part of the withdrawal
        self.picking_ids.sudo().filtered(lambda p: p.state != "done").action_cancel()
        self.env["reverse.event"]._log(self, "ReturnCancelled")
        self._update_progress()
