from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_inputs import checked, text
from ..base.reverse_retry import run_batch

BATCH = 50
CLOSED = ("done", "rejected", "cancelled", "expired")


class ReverseRma(models.Model):
    """Legal hold, and what becomes of a return when its retention period ends."""

    _inherit = "reverse.rma"

    legal_hold = fields.Boolean(
        readonly=True,
        copy=False,
        help="Nothing of this return is removed or erased while the hold lasts.",
        guarded=True,
    )
    legal_hold_reason = fields.Char(readonly=True, copy=False, guarded=True)
    legal_hold_by_id = fields.Many2one(
        "res.users",
        "Held by",
        readonly=True,
        copy=False,
        guarded=True,
    )
    legal_hold_at = fields.Datetime(
        "Held since", readonly=True, copy=False, guarded=True
    )
    company_legal_hold = fields.Boolean(
        related="company_id.reverse_legal_hold", string="Legal Hold of the Company"
    )
    retention_until = fields.Date(
        "Evidence Kept until",
        compute="_compute_retention_until",
        help="Empty while the return is open, and when evidence is kept for ever.",
    )
    erased_at = fields.Datetime(
        "Personal Data Erased", readonly=True, copy=False, guarded=True
    )
    purged_at = fields.Datetime(
        "Evidence Removed", readonly=True, copy=False, guarded=True
    )

    # ------------------------------------------------------------------
    # Legal hold
    # ------------------------------------------------------------------
    def _get_held(self):
        """Give those of these returns from which nothing may be removed."""
        # sudo: a hold binds everybody
        return self.filtered(
            lambda rma: (
                rma.sudo().legal_hold or rma.sudo().company_id.reverse_legal_hold
            )
        )

    def _check_not_held(self):
        held = self._get_held()
        if held:
            raise UserError(
                self.env._(
                    "%(rmas)s is under legal hold: nothing of it may be removed or "
                    "erased until an auditor or administrator releases the hold.",
                    rmas=", ".join(held.mapped("display_name")),
                )
            )

    def _check_hold_role(self):
        roles = ("auditor", "administrator")
        if not any(
            self.env.user.has_group(f"reverse_logistics.group_{role}") for role in roles
        ):
            raise AccessError(
                self.env._("Legal holds are set by auditors and administrators.")
            )
        self.check_access("read")

    @checked(reason=text)
    def action_hold(self, reason=None):
        """Keep everything of these returns, whatever retention or a customer says.

        :param str reason: who asked for the hold, and why
        """
        self._check_hold_role()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the return is put under legal hold."))
        self._guarded_write(
            {
                "legal_hold": True,
                "legal_hold_reason": reason.strip(),
                "legal_hold_by_id": self.env.uid,
                "legal_hold_at": fields.Datetime.now(),
            }
        )
        self.env["reverse.event"]._log(self, "LegalHoldSet")
        return True

    def action_release_hold(self):
        """End the legal hold; the events keep who set it, and when."""
        self._check_hold_role()
        for rma in self:
            if not rma.legal_hold:
                raise UserError(
                    self.env._(
                        "%(rma)s is not under a legal hold of its own. A hold on all "
                        "returns of a company is lifted in the settings.",
                        rma=rma.display_name,
                    )
                )
        self._guarded_write(
            {
                "legal_hold": False,
                "legal_hold_reason": False,
                "legal_hold_by_id": False,
                "legal_hold_at": False,
            }
        )
        self.env["reverse.event"]._log(self, "LegalHoldReleased")
        return True

    @unless_uninstalling
    def _unlink_not_held(self):
        self._check_not_held()

    # ------------------------------------------------------------------
    # Retention
    # ------------------------------------------------------------------
    @api.depends(
        "state",
        "closed_at",
        "requested_at",
        "purged_at",
        "company_id.reverse_retention_years",
    )
    def _compute_retention_until(self):
        for rma in self:
            # sudo: only a setting of the company is read
            years = rma.company_id.sudo().reverse_retention_years
            end = rma.closed_at or rma.requested_at
            rma.retention_until = (
                years
                and rma.state in CLOSED
                and end
                and (end + relativedelta(years=years)).date()
            )

    @api.model
    def _get_outdated_domain(self, company):
        """Give the domain of returns closed longer ago than evidence is kept."""
        end = fields.Datetime.now() - relativedelta(
            years=company.reverse_retention_years
        )
        return Domain(
            [
                ("company_id", "=", company.id),
                ("state", "in", CLOSED),
                ("purged_at", "=", False),
                ("legal_hold", "=", False),
                "|",
                ("closed_at", "<", end),
                "&",
                ("closed_at", "=", False),
                ("requested_at", "<", end),
            ]
        )

    @api.model
    def _cron_purge_evidence(self):
        """Remove evidence and personal data whose retention period is over."""
        companies = self.env["res.company"].search(
            [("reverse_retention_years", ">", 0), ("reverse_legal_hold", "=", False)]
        )
        domain = Domain.OR(self._get_outdated_domain(company) for company in companies)
        ids = self.search(domain, order="id").ids
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            rmas = self.browse(batch)
            if not run_batch(self.env, rmas._purge_evidence, len(batch)):
                return

    def _purge_evidence(self):
        """Remove files, notes and messages of these returns; their events stay."""
        # Read again, because a hold may have been set since the returns were searched.
        self.invalidate_recordset()
        rmas = self.exists()
        rmas = rmas.filtered(lambda r: r.state in CLOSED) - rmas._get_held()
        today = fields.Date.context_today(self)
        rmas = rmas.filtered(lambda r: r.retention_until and r.retention_until <= today)
        rmas._erase("EvidencePurged", self._get_purged_models())
        rmas._guarded_write({"purged_at": fields.Datetime.now()})
        return rmas

    @api.model
    def _get_purged_models(self):
        return ("reverse.rma", "reverse.rma.line", "reverse.inspection")

    # ------------------------------------------------------------------
    # Erasing what a return says about persons; its quantities and documents stay
    # ------------------------------------------------------------------
    def _erase_personal_data(self):
        """Erase personal data of closed returns.

        Quantities, amounts and references to documents stay, and so do accounting
        documents, orders and transfers, which the law requires to be kept. Photos that
        the inspector took show goods, and stay until the retention period ends.

        :raises UserError: naming returns that are under legal hold or still open
        """
        self._check_not_held()
        still_open = self.filtered(lambda r: r.state in ("requested", "authorized"))
        if still_open:
            raise UserError(
                self.env._(
                    "%(rmas)s is still open and needs what the customer wrote. Finish "
                    "or cancel it first.",
                    rmas=", ".join(still_open.mapped("display_name")),
                )
            )
        self._erase("PersonalDataErased", ("reverse.rma", "reverse.rma.line"))
        self._guarded_write({"erased_at": fields.Datetime.now()})

    def _get_personal_fields(self):
        """Give the free text that may speak of persons; other addons add theirs. Links
        that were sent out open nothing afterwards.

        :return: list of ``(records, names of fields to clear)``
        """
        return [
            (
                self,
                [
                    "access_token",
                    "submission",
                    "recipient_email",
                    "note",
                    "client_ref",
                    "customer_comment",
                    "rejection_message",
                    "exception_reason",
                    "legal_hold_reason",
                ],
            ),
            (self.line_ids, ["note"]),
            (self.inspection_ids, ["note", "override_reason", "grade_reason"]),
            (self.inspection_ids.answer_ids._get_words(), ["value"]),
            (self.settlement_ids.line_ids, ["deduction_reason"]),
            (self.offer_ids, ["reasons"]),
            (self.exception_ids, ["message"]),
            (self.approval_ids | self.settlement_ids.approval_ids, ["reason"]),
        ]

    @api.model
    def _get_person_fields(self):
        """Give the names of fields for the persons that a return is about."""
        return [
            name
            for name, field in self._fields.items()
            if field.type == "many2one"
            and field.comodel_name == "res.partner"
            and field.store
            and name != "commercial_partner_id"
        ]

    def _erase(self, event, attachment_models):
        if not self:
            return
        # sudo: the caller has checked role and hold; data of all departments is erased
        rmas = self.sudo().with_context(tracking_disable=True, active_test=False)
        for records, names in rmas._get_personal_fields():
            records._guarded_write(dict.fromkeys(names, False))
        rmas.withdrawal_statement_ids._erase()
        messages = rmas._erase_messages()
        files = rmas._remove_files(attachment_models)
        self.env["reverse.event"]._log(
            self,
            event,
            lambda rma: {
                "attachments": files.get(rma.id, []),
                "messages": messages.get(rma.id, 0),
            },
        )

    def _remove_files(self, names):
        """Remove the files of these returns; give their ids by return."""
        attachments = self._workflow().env["ir.attachment"]
        documents = {
            "reverse.rma": self,
            "reverse.rma.line": self.line_ids,
            "reverse.inspection": self.inspection_ids,
        }
        removed = {}
        found = attachments.browse()
        for name in names:
            rma_ids = {
                record.id: record.id if name == "reverse.rma" else record.rma_id.id
                for record in documents[name]
            }
            files = attachments.search(
                [("res_model", "=", name), ("res_id", "in", list(rma_ids))], order="id"
            )
            for file in files:
                removed.setdefault(rma_ids[file.res_id], []).append(file.id)
            found |= files
        found.unlink()
        return removed

    # ------------------------------------------------------------------
    # Chatter
    # ------------------------------------------------------------------
    def _erase_messages(self):
        """Empty the messages of these returns; give their number by return."""
        messages = self.env["mail.message"].search(
            [("model", "=", "reverse.rma"), ("res_id", "in", self.ids)]
        )
        partners = self.commercial_partner_id
        for name in self._get_person_fields():
            partners |= self[name]
        messages.filtered("body").write(
            {"body": Markup("<p>%s</p>") % self.env._("(erased)")}
        )
        messages.write(
            {
                "subject": False,
                "email_from": False,
                "reply_to": False,
                "incoming_email_to": False,
                "incoming_email_cc": False,
                "outgoing_email_to": False,
                "author_guest_id": False,
                "partner_ids": [fields.Command.clear()],
            }
        )
        messages.filtered(lambda m: m.author_id in partners).author_id = False
        messages._erase_reverse_copies()
        self._erase_activities()
        self.message_unsubscribe(partners.ids)
        return {
            rma_id: len(group) for rma_id, group in messages.grouped("res_id").items()
        }

    def _erase_activities(self):
        # those of approvals as well, which nobody else rewrites
        activities = self._workflow().env["mail.activity"]
        activities = activities.search(
            [("res_model", "=", "reverse.rma"), ("res_id", "in", self.ids)]
        )
        activities.write({"note": False, "summary": False, "feedback": False})
