from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions

#: States in which a return has ended without its goods.
ENDED = ("rejected", "cancelled", "expired")


class ReverseException(models.Model):
    _name = "reverse.exception"
    _inherit = ["reverse.work.mixin"]
    _description = "Return Exception"
    # the oldest day first, and of a day what is worth most
    _order = "state, raised_on, value desc, id"
    _check_company_auto = True

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
        help="Who of the role looks at it.",
        guarded=True,
    )
    raised_on = fields.Date(
        "Opened On",
        required=True,
        readonly=True,
        default=lambda self: fields.Date.context_today(self),
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

    _editable_states = ()

    def _compute_display_name(self):
        labels = dict(self._fields["type"]._description_selection(self.env))
        for exception in self:
            exception.display_name = (
                f"{exception.rma_id.name}: {labels.get(exception.type)}"
            )

    # ------------------------------------------------------------------
    # Raising
    # ------------------------------------------------------------------
    @api.model
    def _raise_for(self, records, kind, **vals):
        """Open an exception of a type for returns or return lines.

        :param str kind: key of ``_get_types``
        :param vals: further values, e.g. ``message`` or another ``owner_group_id``
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
        """Keep a legitimate step that could not be done, so that it can be retried."""
        rma = record if record._name == "reverse.rma" else record.rma_id
        message = str(error.args[0] if error.args else error)
        self._raise_for(
            rma,
            "work_failure",
            message=f"{record.display_name}: {message}",
            res_model=record._name,
            res_id=record.id,
            method=method,
        )
        # sudo: the acting user may not write on the return's chatter
        rma.sudo().message_post(
            body=self.env._(
                "%(record)s could not be completed: %(error)s",
                record=record.display_name,
                error=message,
            )
        )

    def _close_gone(self):
        """Resolve those of these whose cause has gone, whichever way it went.

        Types say in ``holds`` when their cause is still there. Every stage of a return
        asks, and the nightly check once more.
        """
        # sudo: a cause goes by anybody's step, whatever he may read
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
        """Say how an exception ended whose cause has gone: by the resolution that
        somebody has just chosen, with the return, or as its type says.
        """
        ended = self.rma_id.state in ENDED and self.rma_id.state
        return self.resolution or ended or handling.gone

    def _is_return_open(self):
        """Whether its return still waits for goods or decisions."""
        return self.rma_id.state not in (*ENDED, "done")

    # ------------------------------------------------------------------
    # Resolutions
    # ------------------------------------------------------------------
    def _check_resolution(self, resolution):
        """Check that the acting user may resolve these exceptions in this way.

        :raises UserError: for another role, another type, or when it is resolved
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

    def _start_resolution(self, resolution):
        """Check as ``_check_resolution`` does, and keep the choice: the cause may go
        while it is carried out, and then this is how it went.
        """
        self._check_resolution(resolution)
        self._guarded_write({"resolution": resolution})

    def _resolve(self, resolution, by_itself=False):
        """Close what is still open of these.

        :param str resolution: code of how
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
        """Do the failed step again."""
        self._start_resolution("retry")
        for exception in self:
            if exception.type == "not_invoiced":
                exception._retry_settlement()
                continue
            record = self.env[exception.res_model].browse(exception.res_id)
            getattr(record, exception.method)()
        self._resolve("retry")
        return True

    def _retry_settlement(self):
        """Propose the credit again, now that the invoice is posted."""
        parts = self.line_id.inspection_ids.filtered(lambda p: p.state == "done")
        # Credits of value, and of other goods, wait for their own decision.
        settlements = self.rma_id.settlement_ids.filtered(
            lambda s: (
                s.state == "draft"
                and (not s.line_ids or s.line_ids.inspection_id & parts)
            )
        )
        parts |= settlements.line_ids.inspection_id
        settlements._transition(transitions.SETTLEMENT, "cancel")
        self.env["reverse.settlement"]._propose(parts)

    def action_drop(self):
        """Leave the line out of the return: nothing comes back, nothing is credited."""
        self._check_resolution("drop")
        for line in self.line_id:
            line._guarded_write({"qty_closed_short": line.quantity})
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
        """Take the goods in as an authorized return, once all have approved it."""
        self._check_resolution("authorize")
        return self.rma_id.action_authorize()

    def action_send_back(self):
        """Authorize nothing: the goods go back to the customer after inspection."""
        self._start_resolution("send_back")
        self.rma_id._guarded_write({"settlement_type": "none"})
        self.rma_id.action_authorize()
        disposition = self.env.ref("reverse_logistics.disposition_customer")
        self.rma_id.inspection_ids.filtered(
            lambda p: p.state == "draft"
        )._guarded_write({"disposition_id": disposition.id})
        self._resolve("send_back")
        return True
