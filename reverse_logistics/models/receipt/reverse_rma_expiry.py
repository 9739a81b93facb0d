from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ...engine import endings, transitions
from ..base.reverse_retry import run_batch

BATCH = 50


class ReversePolicyVersion(models.Model):
    _inherit = "reverse.policy.version"

    validity_days = fields.Integer(
        "Validity (days)",
        default=60,
        required=True,
        help="Days from the authorization within which the goods have to be sent. "
        "0: an authorization never expires.",
    )

    _validity_not_negative = models.Constraint(
        "CHECK (validity_days >= 0)", "The validity cannot be negative."
    )

    @api.model
    def _get_setting_fields(self):
        return (*super()._get_setting_fields(), "validity_days")


class ReverseRma(models.Model):
    """Until when an authorization holds, and what happens after that day."""

    _inherit = "reverse.rma"

    expires_on = fields.Date(
        "Valid Until",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What was not sent by this day is no longer expected.",
        guarded=True,
    )

    def _authorize(self, version=None, bypassed=()):
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        # A withdrawal has worked: it does not expire for want of the goods.
        expiring = self.filtered(lambda rma: not rma.basis)
        for company, rmas in expiring.grouped("company_id").items():
            days = (version or versions[company]).validity_days
            rmas._guarded_write({"expires_on": rmas._plan_expiry(days)})
        return super()._authorize(version, bypassed)

    def _plan_expiry(self, days):
        if not days:
            return False
        return self.company_id._get_reverse_today() + timedelta(days)

    def action_extend(self, until=None):
        """Give the customer more time; an expired return becomes valid again.

        :param date until: the new last day; left out, the policy's validity from today
        :raises AccessError: for other roles than customer service and approver
        :raises UserError: for a day that has passed, or when nothing is waited for
        """
        approver = self.env.user.has_group("reverse_logistics.group_approver")
        self._check_duty("approver" if approver else "service")
        policies = self.env["reverse.policy.version"]._get_for(self.company_id)
        for rma in self:
            rma._check_extend()
            today = rma.company_id._get_reverse_today()
            day = fields.Date.to_date(until) or rma._plan_expiry(
                policies[rma.company_id].validity_days
            )
            if day and day < today:
                raise UserError(
                    self.env._(
                        "Choose a day that has not passed: the return would "
                        "expire at once."
                    )
                )
            rma._guarded_write({"expires_on": day})
        expired = self.filtered(lambda rma: rma.state == "expired")
        expired._reopen({})
        self.env["reverse.event"]._log(
            self,
            "ReturnExtended",
            lambda rma: {"until": fields.Date.to_string(rma.expires_on) or ""},
        )
        return True

    def _check_extend(self):
        if self.state not in ("authorized", "expired"):
            raise UserError(
                self.env._(
                    "%(rma)s is %(state)s: only returns whose goods are waited for "
                    "can be extended.",
                    rma=self.display_name,
                    state=self._state_label(),
                )
            )

    def _reopen(self, closed_short):
        """Wait again for goods of finished or expired returns.

        :param dict closed_short: ``{line: change}`` of what is closed short
        :raises UserError: when another return claims the goods by now
        """
        self.filtered(lambda rma: rma.state != "authorized")._transition(
            transitions.RMA, "reopen", {"closed_at": False}
        )
        self.line_ids._add(
            {line: {"closed_short": change} for line, change in closed_short.items()}
        )
        self.line_ids._check_over_return()
        self.env["reverse.event"]._log(
            self,
            "ReturnReopened",
            lambda rma: {
                "lines": [
                    {"line": line.id, "quantity": line._get_expected_quantity()}
                    for line in rma.line_ids
                ]
            },
        )
        self._create_receipts()
        self._update_progress()

    # ------------------------------------------------------------------
    # The day after
    # ------------------------------------------------------------------
    @api.model
    def _cron_expire(self):
        """Expire what was not sent in time; one transaction per batch."""
        # The latest day anywhere: each return is compared with its company's own.
        tomorrow = fields.Date.today() + timedelta(1)
        ids = self.search(
            [
                ("state", "=", "authorized"),
                ("expires_on", "<", tomorrow),
                ("shipped_at", "=", False),
            ],
            order="id",
        ).ids
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            if not self._expire_batch(batch):
                return

    @api.model
    def _expire_batch(self, ids):
        """Expire these returns in a transaction of their own; tell the seconds
        left.
        """
        return run_batch(
            self.env,
            lambda: self.browse(ids).exists()._get_expirable()._work("_expire"),
            len(ids),
        )

    def _get_expirable(self):
        """Without those that could not be expired and wait for a person."""
        return self.filtered(
            lambda rma: "_expire" not in rma._get_open_exceptions().mapped("method")
        )

    def _expire(self):
        """Do what the policy has said with the validity; no person decides here."""
        due = {"expire": self.browse(), "close_short": self.browse()}
        for rma in self:
            verdict = rma._get_expiry()
            if verdict:
                due[verdict] |= rma
        due["expire"]._expire_untouched()
        lines = due["close_short"].line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_closable_quantity(), 0) > 0
        )
        if lines:
            lines._close_short(
                {line: line._get_closable_quantity() for line in lines}, "not_sent"
            )

    def _get_expiry(self):
        """Say what the day does to this return: see ``engine.endings.expiry``."""
        self.ensure_one()
        lines = self.line_ids
        waits = any(
            line.uom_id.compare(line._get_expected_quantity(), 0) > 0 for line in lines
        )
        if self.state != "authorized" or not waits:
            return None
        live = self.settlement_ids.filtered(
            lambda s: s.state not in ("cancelled", "reversed")
        )
        begun = any(
            line.qty_received or line.qty_kept or line.qty_inspected for line in lines
        )
        return endings.expiry(
            self.company_id._get_reverse_today(),
            self.expires_on or None,
            bool(self.shipped_at),
            begun or bool(live),
        )

    def _expire_untouched(self):
        if not self:
            return
        self._transition(
            transitions.RMA, "expire", {"closed_at": fields.Datetime.now()}
        )
        self.line_ids.inspection_ids.filtered(
            lambda part: part.state == "draft"
        )._transition(transitions.INSPECTION, "cancel")
        # sudo: the open receipt is the return's own
        self.sudo().picking_ids.filtered(lambda p: p.state != "done").action_cancel()
        self.env["reverse.event"]._log(
            self,
            "ReturnExpired",
            lambda rma: {
                "decider": rma._get_version()._get_decider(),
                "lines": rma.line_ids._event_data(),
            },
        )
        self._update_progress()

    def _get_version(self):
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        return versions[self.company_id]
