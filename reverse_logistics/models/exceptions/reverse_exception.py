from datetime import timedelta

from lxml import etree
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, split_every

from ...engine import endings, transitions
from ...engine.exceptions import ExceptionType, Resolution
from ..base.reverse_authored_mixin import AUTHORS
from ..base.reverse_guarded_mixin import DUTIES
from ..base.reverse_inputs import checked, moment, text
from ..base.reverse_labels import get_labels
from ..base.reverse_retry import run_batch
from ..inspection.reverse_inspection import FINDINGS
from ..rma.reverse_rma import STAGES

#: States in which a return has ended without its goods.
ENDED = ("rejected", "cancelled", "expired")
ADMINISTRATOR = DUTIES["administrator"]
BATCH = 50
SERVICE = "reverse_logistics.group_service"
APPROVER = "reverse_logistics.group_approver"


class ReverseException(models.Model):
    """Something that stops a return and waits for a person of one role.

    Each has a type, which says who looks at it, by when, and in which ways it can be
    resolved; see ``_get_types``, also for how another addon adds a type. ``open →
    resolved``: somebody of the role chooses one of the ways, or the cause has gone
    (``_close_gone``). Only ``_raise_for`` creates it. While it is open, it is an
    activity on its return, and the return does not close.

    What the ways of single types do is in the rooms of their subjects: credits in
    settlement/, routes in routing/, advance payments in agreements/.
    """

    _name = "reverse.exception"
    _inherit = ["reverse.work.mixin"]
    _description = "Return Exception"
    # The oldest day comes first, and within a day what is worth most.
    _order = "state, raised_on, value desc, id"
    _check_company_auto = True
    _editable_states = ()
    _steps = transitions.EXCEPTION
    _work_role = "owner_group_id"
    _work_state = "open"
    _work_action = "reverse_logistics.reverse_exception_action_mine"

    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        guarded=True,
    )
    line_id = fields.Many2one(
        "reverse.rma.line",
        "Return Line",
        ondelete="cascade",
        readonly=True,
        check_company=True,
        guarded=True,
    )
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    type = fields.Selection(
        [
            ("no_source", "No delivery found"),
            ("no_authorization", "Came back without authorization"),
            ("not_invoiced", "No posted invoice to credit"),
            ("work_failure", "A step could not be done"),
            ("sla_breach", "Waits too long"),
            ("late_goods", "Arrived after the return was closed"),
            ("credit_review", "Inspection changed after credit"),
            ("credit_gone", "One of several credit notes is gone"),
            ("unclaimed", "Not collected by the customer"),
            ("paid_ahead", "Paid ahead, to be paid back"),
            ("no_facility", "No facility takes the goods"),
            ("early_credit", "Credited before it was seen"),
            ("loose_credit", "Credited outside of returns"),
            ("question", "The customer asks"),
            ("hazard", "Leaking, burnt or swollen"),
            ("offer_refused", "Lower credit not accepted"),
            ("offer_lapsed", "Offer to keep not answered"),
        ],
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    message = fields.Text(readonly=True, guarded=True)
    owner_group_id = fields.Many2one("res.groups", "Role", readonly=True, guarded=True)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        readonly=True,
        help="The user of this role who handles it.",
        guarded=True,
    )
    caused_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Who did what an approver has to look at.",
        guarded=True,
    )
    caused_by_ids = fields.Many2many(
        "res.users",
        "reverse_exception_cause_rel",
        "exception_id",
        "user_id",
        "Prepared By",
        readonly=True,
        help="Who prepared what an approver has to look at, whoever did it in the end.",
        guarded=True,
    )
    raised_on = fields.Date(
        "Opened On",
        required=True,
        readonly=True,
        default=lambda self: self.env.company._get_reverse_today(),
        guarded=True,
    )
    deadline = fields.Date(
        readonly=True,
        index=True,
        help="The day by which somebody of the role should have resolved it.",
        guarded=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Monetary(
        "Value at Stake",
        readonly=True,
        help="Net, at the price paid; at the list price where no sale is known.",
        guarded=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    resolution = fields.Char(readonly=True, guarded=True)
    resolved_by_id = fields.Many2one("res.users", readonly=True, guarded=True)
    resolved_at = fields.Datetime(readonly=True, guarded=True)
    res_model = fields.Char(readonly=True, guarded=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", readonly=True, guarded=True
    )
    method = fields.Char(readonly=True, guarded=True)
    is_mine = fields.Boolean("For My Roles")
    # each way to resolve it has its own role besides
    is_resolve_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_take_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_give_back_allowed = fields.Boolean(compute="_compute_steps_allowed")
    age = fields.Integer(
        "Age (days)",
        compute="_compute_age",
        help="Days since it was opened; of a resolved one, how long it was open.",
    )
    is_overdue = fields.Boolean(
        "Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, guarded=True
    )
    sla_stage = fields.Selection(STAGES, "Waits in Stage", readonly=True, guarded=True)
    sla_rule_id = fields.Many2one(
        "reverse.sla.rule",
        "Deadline Rule",
        readonly=True,
        ondelete="set null",
        guarded=True,
    )
    escalate_at = fields.Datetime(
        readonly=True,
        index="btree_not_null",
        help="When it passes to the next role, if it is still open then.",
        guarded=True,
    )
    escalated_at = fields.Datetime(readonly=True, guarded=True)
    partner_id = fields.Many2one(related="rma_id.partner_id", string="Customer")
    explanation = fields.Text(compute="_compute_explanation", string="What Happened")
    guidance = fields.Text(compute="_compute_guidance", string="What to Do")
    resolutions = fields.Html(
        compute="_compute_resolutions", string="Ways to Resolve It", sanitize=False
    )
    resolution_label = fields.Char("Resolved How", compute="_compute_resolution_label")
    noticed_on = fields.Date(
        "Customer Notified On",
        readonly=True,
        help="From then on the deadline is the customer's: until when to collect.",
        guarded=True,
    )
    storage_invoice_ids = fields.Many2many(
        "account.move",
        string="Storage Invoices",
        readonly=True,
        guarded=True,
    )

    @api.depends("rma_id.name", "type")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = get_labels(self, "type")
        for exception in self:
            exception.display_name = (
                f"{exception.rma_id.name}: {labels.get(exception.type)}"
            )

    # ------------------------------------------------------------------
    # Raising, and closing what has no cause any more
    # ------------------------------------------------------------------
    @api.model
    def _raise_for(self, records, kind, **vals):
        """Open an exception of a type for each of these returns or return lines.

        :param str kind: key of ``_get_types``
        :param vals: further values, such as ``message`` or another ``owner_group_id``
        :return: the new exceptions
        """
        if not records:
            return self.browse()
        exceptions = self._guarded_create(self._prepare_for(records, kind, vals))
        self.env["reverse.event"]._log(
            exceptions, "ExceptionRaised", lambda e: {"exception": e.id, "type": e.type}
        )
        exceptions._schedule_activities()
        return exceptions

    @api.model
    def _prepare_for(self, records, kind, vals):
        handling = self._get_types()[kind]
        if "owner_group_id" not in vals:
            vals = {**vals, "owner_group_id": self.env.ref(handling.owner).id}
        of_lines = records._name == "reverse.rma.line"
        values = (records if of_lines else records.line_ids)._get_values_at_stake()
        days = {company: company._get_reverse_today() for company in records.company_id}
        deadlines = {
            company: company._plan_reverse_deadline(handling.days) for company in days
        }
        return [
            {
                "rma_id": record.rma_id.id if of_lines else record.id,
                "line_id": of_lines and record.id,
                "type": kind,
                "raised_on": days[record.company_id],
                "deadline": deadlines[record.company_id],
                "value": sum(
                    values[line] for line in (record if of_lines else record.line_ids)
                ),
                **vals,
            }
            for record in records
        ]

    @api.model
    def _raise_work_failure(self, record, method, error):
        """Keep a legitimate step that failed, so that it can be repeated.

        :param record: on which the step failed
        :param str method: name of the method
        :param error: what it raised
        """
        rma = record if record._name == "reverse.rma" else record.rma_id
        name = record.display_name
        # Most refusals begin with the record that they are about.
        message = str(error.args[0] if error.args else error).removeprefix(f"{name}: ")
        self._raise_for(
            rma,
            "work_failure",
            message=f"{name}: {message}",
            res_model=record._name,
            res_id=record.id,
            method=method,
        )
        # sudo: the acting user need not have write access to the return
        rma.sudo().message_post(
            body=self.env._(
                "%(record)s could not be completed: %(error)s",
                record=name,
                error=message,
            )
        )

    def _close_gone(self):
        """Resolve those of these whose cause has gone, in whichever way.

        Types say in ``holds`` whether their cause is still there. Every change of a
        return's stage calls this, and a nightly check.
        """
        # sudo: anybody's step can remove a cause, whatever they may read
        waiting = self.sudo().filtered(lambda e: e.state == "open")
        if not waiting:
            return
        types = self._get_types()
        gone = waiting.filtered(
            lambda e: (holds := types[e.type].holds) is not None and not holds(e)
        )
        for outcome, exceptions in gone.grouped(
            lambda e: e._get_outcome(types[e.type])
        ).items():
            exceptions._resolve(outcome, by_itself=True)

    def _get_outcome(self, handling):
        """Say how an exception ended whose cause has gone.

        It was a resolution that somebody has just chosen, else the end of the return,
        else what its type says.
        """
        ended = self.rma_id.state in ENDED and self.rma_id.state
        return self.resolution or ended or handling.gone

    def _is_return_open(self):
        """Tell whether the return still waits for goods or decisions."""
        return self.rma_id.state not in (*ENDED, "done")

    # ------------------------------------------------------------------
    # The types
    # ------------------------------------------------------------------
    @api.model
    def _get_types(self):
        """Give the handling of every type, in the language of the user.

        Another addon adds a type, or gives one more resolutions, like this::

            class ReverseException(models.Model):
                _inherit = "reverse.exception"

                type = fields.Selection(
                    selection_add=[("soaked", "Arrived wet")],
                    ondelete={"soaked": "cascade"},
                )

                @api.model
                def _get_types(self):
                    types = super()._get_types()
                    dry = Resolution(
                        "dry",
                        self.env._("Dry It"),
                        stock=self.env._("The goods wait in quarantine."),
                        money=self.env._("Nothing is credited yet."),
                    )
                    types["soaked"] = ExceptionType(
                        owner="reverse_logistics.group_inspector",
                        days=1,
                        what=self.env._("%(product)s arrived wet."),
                        todo=self.env._("Have it dried, or leave it out."),
                        resolutions=(dry,),
                        holds=lambda e: e.line_id._is_wet(),
                        gone="dried",
                    )
                    types["no_source"] = types["no_source"].extended(dry)
                    return types

                def action_dry(self):
                    self._check_resolution("dry")
                    ...
                    self._resolve("dry")
                    return True

        Nothing else is needed: the form shows a button for each permitted resolution,
        which asks for confirmation and names both effects, and ``_check_resolution``
        refuses every other role and resolution. The method is called
        ``action_<code>``, works on a recordset, starts with that check (or with
        ``_start_resolution`` where other steps follow from it) and ends with
        ``_resolve``. A resolution that needs an answer first gets ``dialog=True`` and a
        ``method`` that opens the dialog. Raise the exception with
        ``_raise_for(records, "soaked")``.

        ``holds`` tells whether the cause is still there. It is called whenever the
        stage of the return may have changed. When the cause has gone, the exception
        closes by itself with the code ``gone``, whose words are in ``_get_outcomes``.

        :rtype: dict[str, ExceptionType]
        """
        return {
            "no_source": self._get_type_no_source(),
            "no_authorization": self._get_type_no_authorization(),
            "not_invoiced": self._get_type_not_invoiced(),
            "work_failure": self._get_type_work_failure(),
            "sla_breach": self._get_type_sla_breach(),
            "late_goods": self._get_type_late_goods(),
            "credit_review": self._get_type_credit_review(),
            "credit_gone": self._get_type_credit_gone(),
            "unclaimed": self._get_type_unclaimed(),
            "paid_ahead": self._get_type_paid_ahead(),
            "no_facility": self._get_type_no_facility(),
            "early_credit": self._get_type_early_credit(),
            "loose_credit": self._get_type_loose_credit(),
            "question": self._get_type_question(),
            "hazard": self._get_type_hazard(),
            "offer_refused": self._get_type_offer_refused(),
            "offer_lapsed": self._get_type_offer_lapsed(),
        }

    @api.model
    def _get_type_no_source(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=2,
            what=self.env._(
                "No delivery of %(product)s was found that can be returned."
            ),
            todo=self.env._(
                "Name the order line or the historic sale on the return, enter the "
                "sale if it was before Odoo, have an approver take the goods in "
                "without one, or leave them out of the return."
            ),
            resolutions=(
                Resolution(
                    "drop",
                    self.env._("Leave Out of the Return"),
                    stock=self.env._("Nothing of this line is received."),
                    money=self.env._("Nothing of it is credited."),
                    done=self.env._("Left out of the return"),
                ),
                Resolution(
                    "enter_sale",
                    self.env._("Enter the Old Sale"),
                    stock=self.env._(
                        "The goods are received at the cost of that sale."
                    ),
                    money=self.env._(
                        "They are credited at its price, once it is approved."
                    ),
                    done=self.env._("Old sale entered"),
                    dialog=True,
                    primary=True,
                ),
                Resolution(
                    "take_in",
                    self.env._("Take In without a Sale"),
                    stock=self.env._(
                        "The goods are received as the customer's property and are "
                        "worth nothing to us."
                    ),
                    money=self.env._("Nothing is credited, unless a person grants it."),
                    done=self.env._("Taken in as the customer's property"),
                    group="reverse_logistics.group_approver",
                ),
            ),
            holds=lambda e: (
                e._is_return_open() and (not e.line_id or e.line_id._lacks_source())
            ),
            gone="source_named",
        )

    @api.model
    def _get_type_no_authorization(self):
        return ExceptionType(
            owner="reverse_logistics.group_approver",
            days=1,
            what=self.env._("Goods came back that nobody had authorized."),
            todo=self.env._(
                "Authorize the return, or have the goods sent back to the customer "
                "without any credit."
            ),
            resolutions=(
                Resolution(
                    "authorize",
                    self.env._("Authorize"),
                    stock=self.env._(
                        "The goods are inspected and go where their condition says."
                    ),
                    money=self.env._("They are credited as the inspection says."),
                    done=self.env._("Authorized"),
                    primary=True,
                ),
                Resolution(
                    "send_back",
                    self.env._("Send Back"),
                    stock=self.env._(
                        "The goods go back to the customer after inspection."
                    ),
                    money=self.env._("Nothing is credited."),
                    done=self.env._("Sent back to the customer"),
                ),
            ),
            holds=lambda e: e.rma_id.state == "requested",
            gone="authorize",
        )

    @api.model
    def _get_type_not_invoiced(self):
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "%(product)s cannot be credited: no posted invoice covers it."
            ),
            todo=self.env._(
                "Post the invoice of the order first, then propose the credit again."
            ),
            resolutions=(
                Resolution(
                    "retry",
                    self.env._("Propose the Credit Again"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._(
                        "The credit is proposed at the price of the posted invoice."
                    ),
                    done=self.env._("Done again"),
                    primary=True,
                ),
            ),
            holds=lambda e: not e.line_id or e.line_id._lacks_invoice(),
            gone="credited",
        )

    @api.model
    def _get_type_work_failure(self):
        return ExceptionType(
            owner=ADMINISTRATOR,
            days=1,
            what=self.env._("A step could not be done."),
            todo=self.env._(
                "Remove the cause, then retry: the step is done again exactly as "
                "it was decided. Goods that could not be moved are not credited before "
                "that."
            ),
            resolutions=(
                Resolution(
                    "retry",
                    self.env._("Retry"),
                    stock=self.env._("Goods move as was decided."),
                    money=self.env._("Credits are posted as was decided."),
                    done=self.env._("Done again"),
                    primary=True,
                ),
            ),
            holds=lambda e: e._is_step_left(),
            gone="done_otherwise",
        )

    def _is_step_left(self):
        """Tell whether the step that failed still has to be done."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        return bool(record) and record._has_work_left(self.method)

    @api.model
    def _get_type_sla_breach(self):
        return ExceptionType(
            owner="",
            days=0,
            what=self.env._("The return has been “%(stage)s” for longer than agreed."),
            todo=self.env._(
                "Take the step that the return waits for: this closes by itself then. "
                "If it has to wait, say why and until when."
            ),
            resolutions=(
                Resolution(
                    "extend",
                    self.env._("Extend the Deadline"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("Nothing is credited by this."),
                    done=self.env._("Deadline extended"),
                    method="action_open_extension",
                    dialog=True,
                ),
            ),
            holds=lambda e: e.rma_id.sla_breached and e.rma_id.stage == e.sla_stage,
            gone="moved_on",
        )

    @api.model
    def _get_type_unclaimed(self):
        return ExceptionType(
            # Owned by customer service first, then by an approver, once the time given
            # to the customer is over.
            owner="",
            days=2,
            what=self.env._(
                "%(product)s is to go back to the customer and is still here."
            ),
            todo=self.env._(
                "Ask the customer to collect it, charge storage if agreed. When the "
                "time given has passed, an approver may have it disposed of."
            ),
            resolutions=(
                Resolution(
                    "notify",
                    self.env._("Notify the Customer"),
                    stock=self.env._("The goods stay where they are."),
                    money=self.env._(
                        "Nothing changes. The customer is written to and given a "
                        "deadline."
                    ),
                    primary=True,
                ),
                Resolution(
                    "charge_storage",
                    self.env._("Charge Storage"),
                    stock=self.env._("The goods stay where they are."),
                    money=self.env._("A draft invoice for the storage fee is created."),
                ),
                Resolution(
                    "dispose",
                    self.env._("Have It Disposed Of"),
                    stock=self.env._(
                        "The delivery is cancelled, and the goods are to be scrapped "
                        "by an inspector."
                    ),
                    money=self.env._("The customer gets nothing for them."),
                    done=self.env._("Disposal approved"),
                ),
            ),
            holds=lambda e: bool(e._get_unclaimed_parts()),
            gone="collected",
        )

    @api.model
    def _get_outcomes(self):
        """Give the words for endings that nobody chose as a resolution."""
        return {
            "gone": self.env._("The cause has gone"),
            "source_named": self.env._("Order line named"),
            "credited": self.env._("Credited"),
            "done_otherwise": self.env._("No longer to be done"),
            "rejected": self.env._("Return rejected"),
            "cancelled": self.env._("Return cancelled"),
            "expired": self.env._("Return expired"),
            "moved_on": self.env._("The return moved on"),
            "superseded": self.env._("Inspected anew"),
            "reversed": self.env._("Credit taken back"),
            "collected": self.env._("Sent or collected"),
            "routed": self.env._("Facility found"),
            "arrived": self.env._("The goods came in"),
            "answered": self.env._("Answered"),
        }

    def _get_explanation_values(self):
        """Give the values that the text ``what`` of a type can contain."""
        self.ensure_one()
        stages = get_labels(self, "sla_stage")
        return {
            "product": self.line_id.product_id.display_name,
            "stage": stages.get(self.sla_stage),
            "route": self.rma_id.facility_explanation or "",
        }

    # ------------------------------------------------------------------
    # Resolving
    # ------------------------------------------------------------------
    def _check_resolution(self, resolution):
        """Check that the acting user may resolve these exceptions in this way.

        :param str resolution: code of the resolution
        :raises UserError: for another role or type, or when one is already resolved
        """
        self._check_owner()
        types = self._get_types()
        for exception in self:
            if exception.state != "open" or not types[exception.type].find(resolution):
                raise UserError(
                    self.env._(
                        "%(exception)s cannot be resolved in this way.",
                        exception=exception.display_name,
                    )
                )
        # Nobody looks at what they did themselves.
        caused = self.filtered(lambda e: e.sudo().caused_by_id)  # sudo: whether any
        if caused:
            caused._check_duty("approver", excluded=("caused_by_id", "caused_by_ids"))

    def _start_resolution(self, resolution):
        """Check as ``_check_resolution`` does, and keep the choice.

        The cause may go while the resolution is carried out; the exception then closes
        by itself, and this says how it ended.
        """
        self._check_resolution(resolution)
        self._guarded_write({"resolution": resolution})

    def _resolve(self, resolution, by_itself=False):
        """Close those of these that are still open.

        :param str resolution: code of how they ended
        :param bool by_itself: nobody chose it, the cause has gone
        """
        self = self.filtered(lambda e: e.state == "open")
        if not self:
            return
        self._transition(
            transitions.EXCEPTION,
            "resolve",
            {
                "resolution": resolution,
                "resolved_by_id": self.env.uid,
                "resolved_at": fields.Datetime.now(),
            },
        )
        self.env["reverse.event"]._log(
            self,
            "ExceptionResolved",
            lambda e: {
                "exception": e.id,
                "resolution": e.resolution,
                **({"by_itself": True} if by_itself else {}),
            },
        )
        self._close_activities()
        self.rma_id._update_progress()

    def action_retry(self):
        """Repeat the step that failed."""
        self._start_resolution("retry")
        for exception in self:
            if exception.type == "not_invoiced":
                exception._retry_settlement()
                continue
            record = self.env[exception.res_model].browse(exception.res_id)
            getattr(record, exception.method)()
            record._on_work_done(exception.method)
        self._resolve("retry")
        return True

    def _retry_settlement(self):
        """Propose the credit again, now that the invoice is posted."""
        parts = self.line_id.inspection_ids.filtered(lambda p: p.state == "done")
        # Credits of amounts, or of other goods, have decisions of their own.
        settlements = self.rma_id.settlement_ids.filtered(
            lambda s: (
                s.state == "draft"
                and (not s.line_ids or s.line_ids.inspection_id & parts)
            )
        )
        parts |= settlements.line_ids.inspection_id
        # A settlement that is proposed anew counts as replaced, not as denied, unless
        # a person had sent it back.
        for settlement in settlements:
            settlement._transition(
                transitions.SETTLEMENT,
                "cancel",
                {"made_anew": not settlement.sent_back},
            )
        # What somebody has entered on one of them, or on one before it, is not decided
        # without a person.
        before = parts._get_lineage().settlement_line_ids.settlement_id | settlements
        written = any(before[name] for name in AUTHORS)
        self.env["reverse.settlement"]._propose(parts, by_person=written)

    def action_drop(self):
        """Leave the line out of the return: nothing is received or credited."""
        self._check_resolution("drop")
        self.line_id._guarded_write_each(
            {line: {"qty_closed_short": line.quantity} for line in self.line_id}
        )
        self._resolve("drop")
        empty = self.rma_id.filtered(
            lambda rma: (
                rma.state == "requested"
                and not any(line._is_sourced() for line in rma.line_ids)
            )
        )
        empty._cancel()
        return True

    def action_authorize(self):
        """Take the goods in as an authorized return, once everybody has approved."""
        self._check_resolution("authorize")
        return self.rma_id.action_authorize()

    def action_send_back(self):
        """Take the goods in without credit; they go back after the inspection."""
        self._start_resolution("send_back")
        self.rma_id._guarded_write({"settlement_type": "none"})
        self.rma_id.action_authorize()
        disposition = self.env.ref("reverse_logistics.disposition_customer")
        self.rma_id.inspection_ids.filtered(
            lambda p: p.state == "draft"
        )._guarded_write({"disposition_id": disposition.id})
        self._resolve("send_back")
        return True

    # ------------------------------------------------------------------
    # No sale is known: enter it, or take the goods in as the customer's property
    # ------------------------------------------------------------------
    def action_enter_sale(self):
        """Open the form of a sale from before Odoo; saving it names it on the line."""
        self.ensure_one()
        self._check_resolution("enter_sale")
        line = self.line_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter the Old Sale"),
            "res_model": "reverse.historic.sale",
            "view_mode": "form",
            "target": "new",
            "context": {
                "reverse_for_line": line.id,
                "default_company_id": line.company_id.id,
                "default_partner_id": line.rma_id.commercial_partner_id.id,
                "default_product_id": line.product_id.id,
                "default_lot_id": line.lot_id.id,
                "default_quantity": line.quantity,
                "default_uom_id": line.uom_id.id,
            },
        }

    def action_take_in(self):
        """Take the goods in as the customer's property, as an approver.

        :raises AccessError: without the role approver
        :raises UserError: for the user's own request, or when one is already resolved
        """
        bypassed = self._check_approved("take_in")
        self._guarded_write({"resolution": "take_in"})
        lines = self.line_id
        lines._take_in_without_source()
        self._resolve("take_in")
        self.env["reverse.event"]._log(
            lines.rma_id,
            "GoodsTakenIn",
            lambda rma: {
                "lines": [
                    {"line": line.id, "quantity": line.quantity}
                    for line in lines & rma.line_ids
                ],
                "combined_duties": rma in bypassed,
            },
        )
        lines.rma_id._go_on_without_source(lines)
        return True

    def _check_approved(self, resolution):
        """Check that an approver may resolve these exceptions, whoever owns them.

        :return: the returns on which an earlier step is allowed by a combined duty
        """
        rmas = self.rma_id
        bypassed = rmas._check_duty("approver", excluded=rmas._gate_actors)
        self.sudo(False).check_access("read")
        types = self._get_types()
        for exception in self:
            if exception.state != "open" or not types[exception.type].find(resolution):
                raise UserError(
                    self.env._(
                        "%(exception)s cannot be resolved in this way.",
                        exception=exception.display_name,
                    )
                )
        return bypassed

    # ------------------------------------------------------------------
    # Whose turn it is: an exception belongs to a role, until a user of it takes it on
    # ------------------------------------------------------------------
    @api.depends("owner_group_id")
    def _compute_is_mine(self):
        return super()._compute_is_mine()

    @api.model
    def _get_assigned_domain(self):
        return Domain("activity_id.user_id", "=", self.env.uid)

    @api.model
    def _get_late_domain(self):
        return self._get_past()

    @api.model
    def _get_past(self):
        """Give the domain of exceptions whose day has passed where their company is:
        deadlines are planned by its calendar, wherever somebody looks at them.
        """
        # sudo: the time zones of companies, of archived ones as well
        companies = self.env["res.company"].sudo()
        companies = companies.search([("active", "in", (True, False))])
        return Domain.OR(
            Domain("company_id", "in", group.ids) & Domain("deadline", "<", today)
            for today, group in companies.grouped(
                lambda company: company._get_reverse_today()
            ).items()
        )

    def _check_owner(self):
        """Check that the acting user has the role that owns these exceptions.

        :raises UserError: naming the role
        """
        # What follows is written as superuser, so records of other companies have to
        # be refused here.
        self.sudo(False).check_access("read")
        own = self.env["reverse.delegation"]._get_own()
        for exception in self:
            if not exception._is_role_of_user(own):
                raise UserError(
                    self.env._(
                        "%(exception)s belongs to the role “%(role)s”.",
                        exception=exception.display_name,
                        # sudo: only the name of the role is read
                        role=exception.sudo().owner_group_id.name,
                    )
                )

    def action_take(self):
        """Take the exception on; its activity moves to the user's own list."""
        self._set_responsible(self.env.user)
        return True

    def action_give_back(self):
        """Leave the exception to the role again."""
        self._set_responsible(self.env["res.users"])
        return True

    def _set_responsible(self, user):
        self._check_owner()
        for exception in self:
            if exception.state != "open":
                raise UserError(
                    self.env._(
                        "%(exception)s is resolved: nothing is left to look at.",
                        exception=exception.display_name,
                    )
                )
        self._guarded_write({"user_id": user.id})
        # sudo: an activity may be a colleague's
        activities = self.sudo().activity_id.filtered("active")
        activities.with_context(mail_activity_quick_update=True).user_id = user

    # ------------------------------------------------------------------
    # An open exception is an activity on its return, until it is resolved
    # ------------------------------------------------------------------
    def _schedule_activities(self):
        """Create an activity on the return for each of these exceptions.

        It is assigned to the user responsible for the return if they have the role,
        else to nobody, until somebody of the role takes it on.
        """
        # sudo: whoever met the exception need not have write access to the return
        activities = self._sudo_clean(self.env["mail.activity"]).with_context(
            mail_activity_quick_update=True, mail_activity_automation_skip=False
        )
        kind = self._get_activity_type()
        created = activities.create([e._prepare_activity(kind) for e in self])
        for exception, activity in zip(self, created, strict=True):
            exception._guarded_write({"activity_id": activity.id})

    def _prepare_activity(self, kind):
        return {
            "res_model_id": self.env["ir.model"]._get_id("reverse.rma"),
            "res_id": self.rma_id.id,
            "activity_type_id": kind.id,
            "automated": True,
            "summary": self._get_activity_summary(),
            "note": Markup("<p>%s</p><p>%s</p>")
            % (self.explanation or "", self.guidance or ""),
            "date_deadline": self.deadline or self.company_id._get_reverse_today(),
            "user_id": self._get_activity_user().id,
        }

    def _get_activity_type(self):
        kind = self.env.ref(
            "reverse_logistics.activity_type_exception", raise_if_not_found=False
        )
        return kind or self.env["reverse.rma"]._default_activity_type()

    def _get_activity_summary(self):
        label = get_labels(self, "type")[self.type]
        product = self.line_id.product_id
        return f"{label}: {product.display_name}" if product else label

    def _get_activity_user(self):
        """Give the user who has taken it on, else choose as for all work."""
        # sudo: it may be a colleague
        return self.sudo().user_id or super()._get_activity_user()

    def _close_activities(self, outcome=None):
        """Mark the activities as done, and say on the return how they ended.

        :param str outcome: text; the label of the resolution when left out
        """
        for exception in self:
            # sudo: an activity may be a colleague's
            activity = exception.sudo().activity_id.filtered("active")
            if activity:
                self._finish_activities(
                    activity,
                    f"{exception.display_name}: "
                    f"{outcome or exception.resolution_label}",
                )

    # ------------------------------------------------------------------
    # Returns that wait too long, and escalation when nobody handles them
    # ------------------------------------------------------------------
    def _escalate(self):
        """Pass open exceptions to the role and user that the deadline rule names."""
        now = fields.Datetime.now()
        due = self.filtered(
            lambda e: e.state == "open" and e.escalate_at and e.escalate_at < now
        )
        for rule, exceptions in due.grouped("sla_rule_id").items():
            rule = rule.sudo()  # sudo: rules apply to everybody
            if rule.escalation_group_id:
                exceptions._escalate_to(
                    rule.escalation_group_id, rule.escalation_user_id
                )
        due._guarded_write({"escalate_at": False})

    def _pass_to(self, group, user):
        """Make another role responsible, and perhaps one user of it."""
        self._close_activities(self.env._("passed to “%(role)s”", role=group.name))
        self._guarded_write({"owner_group_id": group.id, "user_id": user.id})
        self._schedule_activities()

    def _escalate_to(self, group, user):
        """Escalate to another role, which gets an activity of its own."""
        self._guarded_write({"escalated_at": fields.Datetime.now()})
        self._pass_to(group, user)
        (code,) = group.get_external_id().values()
        self.env["reverse.event"]._log(
            self,
            "ExceptionEscalated",
            lambda e: {"exception": e.id, "type": e.type, "role": code},
        )

    def action_open_extension(self):
        """Open the dialog that asks until when the return may wait, and why."""
        self._check_resolution("extend")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Extend the Deadline"),
            "res_model": "reverse.sla.extend.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_ids": self.ids},
        }

    @checked(deadline=moment, reason=text)
    def action_extend(self, deadline, reason):
        """Let the returns wait longer.

        :param datetime deadline: until when
        :param str reason: why; kept on the return
        :raises UserError: for a deadline that has passed, or without a reason
        """
        self._check_resolution("extend")
        if not deadline or deadline <= fields.Datetime.now():
            raise UserError(self.env._("The new deadline must be in the future."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the return has to wait longer."))
        self.rma_id._extend_stage(deadline)
        until = format_datetime(self.env, deadline, dt_format="short")
        for rma in self.rma_id:
            # sudo: whoever may extend need not have write access to the return
            rma.sudo().message_post(
                body=self.env._(
                    "%(rma)s may stay “%(stage)s” until %(moment)s: %(reason)s",
                    rma=rma.display_name,
                    stage=get_labels(rma, "stage")[rma.stage],
                    moment=until,
                    reason=reason.strip(),
                )
            )
        self.env["reverse.event"]._log(
            self,
            "DeadlineExtended",
            lambda e: {
                "exception": e.id,
                "until": fields.Datetime.to_string(deadline),
            },
        )
        self._resolve("extend")
        return True

    # ------------------------------------------------------------------
    # Goods that should go back to the customer, who does not collect them
    # ------------------------------------------------------------------
    def action_notify(self):
        """Ask the customer by mail to collect the goods."""
        self._check_resolution("notify")
        template = self.env.ref("reverse_logistics.mail_template_unclaimed")
        for exception in self:
            company = exception.company_id
            today = company._get_reverse_today()
            exception._guarded_write(
                {
                    "noticed_on": today,
                    "deadline": today + timedelta(company.reverse_notice_days),
                }
            )
            # sudo: customer service need not have the right to create mails
            template.sudo().send_mail(exception.id)
        self.env["reverse.event"]._log(
            self,
            "UnclaimedNoticed",
            lambda e: {"until": fields.Date.to_string(e.deadline)},
        )
        return True

    def action_charge_storage(self):
        """Create a draft invoice for storage, once for each notice."""
        self._check_resolution("charge_storage")
        for exception in self:
            exception._check_charge()
            # sudo: customer service may create exactly this draft; accounting posts it
            invoice = (
                self._sudo_clean(self.env["account.move"])
                .with_company(exception.company_id)
                .create([exception._prepare_storage_invoice()])
            )
            exception._guarded_write(
                {"storage_invoice_ids": [Command.link(invoice.id)]}
            )
            self.env["reverse.event"]._log(
                exception, "StorageCharged", {"invoice": invoice.id}
            )
        return True

    def _check_charge(self):
        product = self.company_id.reverse_storage_product_id
        if not product:
            raise UserError(
                self.env._(
                    "Choose the product of the storage fee in the "
                    "settings of returns first."
                )
            )
        # sudo: only state and date of this exception's own invoices are read
        charged = self.sudo().storage_invoice_ids.filtered(
            lambda m: m.state != "cancel"
        )
        if not self.noticed_on or any(
            invoice.invoice_date >= self.noticed_on for invoice in charged
        ):
            raise UserError(
                self.env._(
                    "%(exception)s: storage is charged once after each notice. Notify "
                    "the customer first.",
                    exception=self.display_name,
                )
            )

    def _prepare_storage_invoice(self):
        company = self.company_id
        product = company.reverse_storage_product_id
        price = company.reverse_storage_price
        line = {"product_id": product.id, "quantity": 1.0}
        if price:
            line.update(quantity=self._get_stored_days(), price_unit=price)
        return {
            "move_type": "out_invoice",
            "partner_id": self.rma_id.partner_id.id,
            "company_id": company.id,
            "invoice_date": company._get_reverse_today(),
            "invoice_origin": self.rma_id.name,
            "invoice_line_ids": [Command.create(line)],
        }

    def _get_stored_days(self):
        """Give the days since the goods were ready to leave or were taken back in."""
        parts = self._get_unclaimed_parts()
        ready = [
            part.inspected_at or part.rma_id.received_at or part.create_date
            for part in parts
        ]
        start = min(ready, default=self.create_date)
        return max((fields.Datetime.now() - start).days, 1)

    def _get_unclaimed_parts(self):
        """Give the parts of the goods that are still here."""
        return self.line_id.inspection_ids.filtered(
            lambda part: part._is_unclaimed() or part.state == "draft"
        )

    def action_dispose(self):
        """Approve that goods are scrapped which nobody has collected in time.

        An inspector then completes it, so that one person decides and another one acts.

        :raises AccessError: without the role approver
        :raises UserError: before the deadline given to the customer has passed
        """
        self._check_duty("approver")
        self._start_resolution("dispose")
        for exception in self:
            today = exception.company_id._get_reverse_today()
            if not endings.may_dispose(today, exception.noticed_on, exception.deadline):
                raise UserError(
                    self.env._(
                        "%(exception)s: the customer has to be notified, and the time "
                        "given to collect has to pass, before the goods are disposed "
                        "of.",
                        exception=exception.display_name,
                    )
                )
            parts = exception._get_unclaimed_parts()
            drafts = parts.filtered(lambda part: part.state == "draft")
            drafts |= (parts - drafts)._look_again(FINDINGS)
            scrap = self.env.ref("reverse_logistics.disposition_scrap")
            drafts._guarded_write({"disposition_id": scrap.id, "abandoned": True})
        self.env["reverse.event"]._log(
            self, "UnclaimedDisposed", lambda e: {"exception": e.id}
        )
        self._resolve("dispose")
        return True

    @api.model
    def _cron_unclaimed(self):
        """Open exceptions for uncollected goods; hand over those past the deadline.

        Each batch is a transaction of its own; what is left waits for the next run.
        """
        known = Domain("type", "=", "unclaimed") & Domain("state", "=", "open")
        told = self.search(known).line_id
        parts = self.env["reverse.inspection"]._find_unclaimed()
        parts = parts.filtered(lambda part: part.line_id not in told)
        service = Domain("owner_group_id", "=", self.env.ref(SERVICE).id)
        overdue = self.search(
            known & service & Domain("noticed_on", "!=", False) & self._get_past()
        )
        self.env["ir.cron"]._commit_progress(remaining=len(parts) + len(overdue))
        for records, method in ((parts, "_tell_unclaimed"), (overdue, "_hand_over")):
            for batch in split_every(BATCH, records.ids, records.browse):
                work = getattr(batch.exists(), method)
                if not run_batch(self.env, work, len(batch)):
                    return

    def _hand_over(self):
        """Let approvers decide on disposal, once the customer's time is over."""
        late = self.filtered(
            lambda e: (
                e.state == "open"
                and endings.may_dispose(
                    e.company_id._get_reverse_today(), e.noticed_on, e.deadline
                )
            )
        )
        late._guarded_write({"owner_group_id": self.env.ref(APPROVER).id})

    @api.model
    def _raise_unclaimed(self, parts):
        """Tell customer service of goods that nobody collects, once."""
        waiting = parts.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "unclaimed"
        )
        return self._raise_for(
            parts.line_id - waiting.line_id,
            "unclaimed",
            owner_group_id=self.env.ref(SERVICE).id,
        )

    # ------------------------------------------------------------------
    # The words and buttons that users see of an exception
    # ------------------------------------------------------------------
    @api.depends("raised_on", "resolved_at")
    def _compute_age(self):
        now = fields.Datetime.now()
        for company, exceptions in self.grouped("company_id").items():
            for exception in exceptions:
                end = company._to_reverse_day(exception.resolved_at or now)
                exception.age = max((end - exception.raised_on).days, 0)

    @api.depends("state", "deadline")
    def _compute_is_overdue(self):
        for company, exceptions in self.grouped("company_id").items():
            today = company._get_reverse_today()
            for exception in exceptions:
                exception.is_overdue = bool(
                    exception.state == "open"
                    and exception.deadline
                    and exception.deadline < today
                )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "open") & self._get_past()
        return Domain.OR(late if wanted else ~late for wanted in value)

    @api.depends("message", "type", "line_id")
    def _compute_explanation(self):
        types = self._get_types()
        for exception in self:
            handling = types.get(exception.type)
            exception.explanation = exception.message or (
                handling and handling.what % exception._get_explanation_values()
            )

    @api.depends("type")
    def _compute_guidance(self):
        types = self._get_types()
        for exception in self:
            handling = types.get(exception.type)
            exception.guidance = handling and handling.todo

    @api.depends("type")
    def _compute_resolutions(self):
        types = self._get_types()
        for exception in self:
            handling = types.get(exception.type)
            exception.resolutions = handling and Markup("<ul>%s</ul>") % Markup().join(
                Markup("<li><b>%s</b>: %s</li>") % (way.label, way.effect)
                for way in handling.resolutions
            )

    @api.depends("resolution")
    def _compute_resolution_label(self):
        labels = self._get_outcomes()
        for handling in self._get_types().values():
            labels.update({way.code: way.outcome for way in handling.resolutions})
        for exception in self:
            exception.resolution_label = labels.get(
                exception.resolution, exception.resolution
            )

    @api.depends("state", "is_mine", "user_id")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        for exception in self:
            open_still = exception._may("resolve")
            mine = open_still and exception.is_mine
            exception.is_resolve_allowed = open_still
            exception.is_take_allowed = mine and not exception.user_id
            exception.is_give_back_allowed = mine and bool(exception.user_id)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and (header := arch.find(".//header")) is not None:
            for position, button in enumerate(self._get_buttons()):
                header.insert(position, button)
        return arch, view

    @api.model
    def _get_buttons(self):
        """Give a button per type and resolution, for the roles that may use it."""
        everybody = ",".join(DUTIES.values())
        for kind, handling in self._get_types().items():
            for resolution in handling.resolutions:
                # A single exception can be owned by another role than its type.
                mine = "" if resolution.group else " or not is_mine"
                button = etree.Element(
                    "button",
                    name=resolution.button,
                    type="object",
                    string=resolution.label,
                    invisible=f"not is_resolve_allowed or type != '{kind}'{mine}",
                    groups=resolution.group or handling.owner or everybody,
                )
                if not resolution.dialog:
                    button.set("confirm", resolution.effect)
                    button.set("confirm-title", f"{resolution.label}?")
                    button.set("confirm-label", resolution.label)
                if resolution.primary:
                    button.set("class", "btn-primary")
                yield button
