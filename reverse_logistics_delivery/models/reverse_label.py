import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_batch

from ..engine.labels import last_day, next_step

_logger = logging.getLogger(__name__)

# What carriers' modules raise, whether the fault is theirs, the network's or ours.
FAILURES = (UserError, ValueError, KeyError, OSError, NotImplementedError)
WAITING = ("pending", "sending")
#: How many customers are written to in one transaction.
BATCH = 100


class ReverseLabel(models.Model):
    """A request for a return label, which a scheduled action carries out later.

    ``pending → sending → done`` or ``failed``: the return's button creates it, the
    scheduled action asks the carrier, and customer service can give up waiting. What
    was made and not used is ``cancelled`` after the company's days.
    """

    _name = "reverse.label"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Label"
    _order = "id desc"
    _check_company_auto = True

    rma_id = fields.Many2one(
        "reverse.rma", "Return", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="rma_id.partner_id", string="Customer")
    picking_id = fields.Many2one(
        "stock.picking",
        "Receipt",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    carrier_id = fields.Many2one(related="picking_id.carrier_id", string="Carrier")
    state = fields.Selection(
        [
            ("pending", "Asked For"),
            ("sending", "Being Made"),
            ("done", "Made"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        help="“Being made” lasts while the carrier is asked. When it stays, nobody "
        "knows whether the carrier made the label.",
        guarded=True,
    )
    message = fields.Text("What Went Wrong", readonly=True, copy=False, guarded=True)
    tracking_ref = fields.Char(
        "Tracking Number",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="As the carrier gave it with the label. Return and receipt show another "
        "number once somebody enters one, which proves nothing.",
        guarded=True,
    )
    requested_by_id = fields.Many2one(
        "res.users",
        "Asked For By",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.uid,
        ondelete="restrict",
        guarded=True,
    )

    reminded_on = fields.Date(
        "Customer Reminded On", readonly=True, copy=False, guarded=True
    )

    _fixed_fields = frozenset({"rma_id", "picking_id"})

    _one_at_a_time = models.UniqueIndex(
        "(picking_id) WHERE state IN ('pending', 'sending')",
        "The label of this receipt has been asked for.",
    )

    @api.depends("rma_id.name", "picking_id.name")
    def _compute_display_name(self):
        for label in self:
            label.display_name = f"{label.rma_id.name}: {label.picking_id.name}"

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Ask for a label with the button “Return Label” of the return.")
        )

    def _filter_waiting(self):
        return self.filtered(lambda label: label.state in WAITING)

    def _get_hint(self):
        """Say in a sentence what has become of the request; False when it is done."""
        self.ensure_one()
        if self.state == "failed":
            return self.env._(
                "The return label could not be made: %(reason)s", reason=self.message
            )
        if self.state == "done":
            return False
        if self.state == "cancelled":
            return self.message or self.env._(
                "The return label was cancelled, because the goods were not sent."
            )
        return self.env._("The return label has been asked for. Reload in a moment.")

    def action_give_up(self):
        """Stop waiting for a carrier that never answered."""
        self._check_duty("service")
        for label in self:
            if label.state not in WAITING:
                raise UserError(
                    self.env._(
                        "%(label)s is not being waited for.", label=label.display_name
                    )
                )
        self._fail(
            self.env._(
                "Given up waiting. See with the carrier whether a label was made "
                "before you ask again."
            )
        )
        return True

    # ------------------------------------------------------------------
    # Worker
    # ------------------------------------------------------------------
    @api.model
    def _cron_send(self):
        """Ask carriers for the labels, each in a transaction of its own."""
        ids = self.search([("state", "=", "pending")], order="id").ids
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for label in self.browse(ids):
            # Another worker may have taken it, or a user has given up.
            label = label.try_lock_for_update().filtered(
                lambda this: this.state == "pending"
            )
            if label:
                # Committed first: if the worker dies now, no label is ordered twice.
                label._guarded_write({"state": "sending"})
                cron._commit_progress()
                label._send()
            if not cron._commit_progress(1):
                return

    def _send(self):
        self.ensure_one()
        label = self.with_company(self.company_id)
        picking = label.picking_id
        before, entered = picking.return_label_ids, picking.carrier_tracking_ref
        try:
            with self._all_or_nothing():
                picking.carrier_id.get_return_label(picking)
        except FAILURES as error:
            if not isinstance(error, UserError):
                _logger.exception("No label from %s for %s", picking.carrier_id, label)
            self._fail(str(error) or type(error).__name__)
            return
        picking.invalidate_recordset(["return_label_ids"])
        if not picking.return_label_ids - before:
            self._fail(self.env._("the carrier answered without a label."))
            return
        number = picking.carrier_tracking_ref
        given = number if number != entered else False
        self._guarded_write({"state": "done", "message": False, "tracking_ref": given})
        if picking.carrier_tracking_ref and not self.rma_id.carrier_tracking_ref:
            self.rma_id.carrier_tracking_ref = picking.carrier_tracking_ref
        self._log("ReturnLabelMade")

    # ------------------------------------------------------------------
    # Labels that nobody uses
    # ------------------------------------------------------------------
    @api.model
    def _cron_cancel_unused(self):
        """Remind customers of unused labels, and cancel these when their time is up."""
        cron = self.env["ir.cron"]
        remind, cancel = self._find_unused()
        cron._commit_progress(remaining=len(remind + cancel))
        for ids in split_every(BATCH, remind.ids):
            labels = self.browse(ids).exists().filtered(lambda own: not own._is_used())
            if not run_batch(self.env, labels._remind, len(ids)):
                return
        for label in cancel:
            # Another worker may have taken it, or the customer has sent the goods.
            label = label.try_lock_for_update().filtered(
                lambda this: this.state == "done" and not this._is_used()
            )
            if label:
                label._cancel_unused()
            if not cron._commit_progress(1):
                return

    @api.model
    def _find_unused(self):
        """Give the labels that customers are reminded of, and those to be cancelled.

        A return that has ended without its goods needs its label no longer.
        """
        remind, cancel = self.browse(), self.browse()
        companies = self.env["res.company"].search([("reverse_label_days", ">", 0)])
        unused = self.search(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", "done"),
                ("rma_id.state", "in", ("authorized", "expired", "cancelled")),
                ("rma_id.shipped_at", "=", False),
                ("rma_id.received_at", "=", False),
            ],
            order="id",
        )
        for label in unused:
            ended = label.rma_id.state != "authorized"
            step = "cancel" if ended else label._get_next_step()
            if step == "remind":
                remind |= label
            elif step == "cancel":
                cancel |= label
        return remind, cancel

    def _is_used(self):
        """Whether goods are under way with it, as far as anybody said."""
        self.ensure_one()
        return bool(self.rma_id.shipped_at or self.rma_id.received_at)

    def _get_terms(self):
        """Give what the end of the label depends on, as the engine takes it."""
        self.ensure_one()
        company = self.company_id
        return (
            company._to_reverse_day(self.create_date),
            self.reminded_on or None,
            company.reverse_label_days,
            company.reverse_label_reminder_days,
        )

    def _get_last_day(self):
        return last_day(*self._get_terms())

    def _get_next_step(self):
        today = self.company_id._get_reverse_today()
        return next_step(today, *self._get_terms())

    def _remind(self):
        for company, labels in self.grouped("company_id").items():
            labels._guarded_write({"reminded_on": company._get_reverse_today()})
        self.rma_id._tell_customers("label")

    def _cancel_unused(self):
        """Cancel the label, and tell the carrier, which is asked once only."""
        self.ensure_one()
        self._guarded_write({"state": "cancelled"})
        self._log("ReturnLabelCancelled")
        # Committed first: if the worker dies now, no carrier is told twice.
        self.env["ir.cron"]._commit_progress()
        picking = self.with_company(self.company_id).picking_id
        try:
            with self._all_or_nothing():
                picking.carrier_id.cancel_shipment(picking)
        except FAILURES as error:
            if not isinstance(error, UserError):
                _logger.exception("%s not cancelled by %s", self, picking.carrier_id)
            reason = str(error) or type(error).__name__
            message = self.env._(
                "The carrier did not cancel the label: %(reason)s", reason=reason
            )
            self._guarded_write({"message": message})
        picking.return_label_ids.unlink()
        number, picking.carrier_tracking_ref = picking.carrier_tracking_ref, False
        if number and self.rma_id.carrier_tracking_ref == number:
            self.rma_id.carrier_tracking_ref = False

    def _fail(self, message):
        self._guarded_write({"state": "failed", "message": message})
        self._log("ReturnLabelFailed")

    def _log(self, name):
        self.env["reverse.event"]._log(
            self,
            name,
            lambda label: {
                "label": label.id,
                "transfer": label.picking_id.id,
                "carrier": label.carrier_id.id,
            },
        )
