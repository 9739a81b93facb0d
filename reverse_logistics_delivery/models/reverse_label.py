import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# What carriers' programs raise when something is wrong: theirs, the network's, ours.
FAILURES = (UserError, ValueError, KeyError, OSError, NotImplementedError)
WAITING = ("pending", "sending")


class ReverseLabel(models.Model):
    """The wish for a return label: kept first, carried out by a worker afterwards."""

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
        """Say in a sentence what has become of the wish."""
        self.ensure_one()
        if self.state == "failed":
            return self.env._(
                "The return label could not be made: %(reason)s", reason=self.message
            )
        if self.state == "done":
            return False
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
            # Another worker may have it, or it was given up.
            label = label.try_lock_for_update().filtered(
                lambda this: this.state == "pending"
            )
            if label:
                # Committed first: if all ends here, nobody asks a second time.
                label._guarded_write({"state": "sending"})
                cron._commit_progress()
                label._send()
            if not cron._commit_progress(1):
                return

    def _send(self):
        self.ensure_one()
        label = self.with_company(self.company_id)
        picking = label.picking_id
        before = picking.return_label_ids
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
        self._guarded_write({"state": "done", "message": False})
        if picking.carrier_tracking_ref and not self.rma_id.carrier_tracking_ref:
            self.rma_id.carrier_tracking_ref = picking.carrier_tracking_ref
        self._log("ReturnLabelMade")

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
