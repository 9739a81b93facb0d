from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..base.reverse_retry import run_batch

BATCH = 100


class ReverseApproval(models.Model):
    """Whose turn it is: lists, activities, and who looks when nobody does."""

    _inherit = "reverse.approval"

    _work_role = "group_id"
    _work_state = "pending"
    _work_deadline = "escalate_at"
    _work_action = "reverse_logistics.reverse_approval_action_mine"

    is_mine = fields.Boolean(
        help="You have the role, or stand in for somebody who has it, and did not work "
        "on it before."
    )

    # ------------------------------------------------------------------
    # Lists
    # ------------------------------------------------------------------
    @api.depends("state", "group_id", "excluded_ids")
    def _compute_is_mine(self):
        pending = self.filtered(lambda a: a.state == "pending")
        found = pending._find_acting()
        for approval in self:
            acting = found.get(approval, (None, None))[0]
            approval.is_mine = bool(acting and not acting.conflict)

    @api.model
    def _get_own_domain(self):
        """Give the domain of what the acting user may approve now."""
        return (
            super()._get_own_domain()
            & Domain("state", "=", "pending")
            & Domain("excluded_ids", "not in", [self.env.uid])
        )

    @api.model
    def _get_deputy_domain(self, delegator):
        return Domain("excluded_ids", "not in", delegator.ids)

    @api.model
    def _get_assigned_domain(self):
        activities = self.env["mail.activity"].search(
            [("user_id", "=", self.env.uid), ("reverse_approval_id", "!=", False)]
        )
        return Domain("id", "in", activities.reverse_approval_id.ids)

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def _schedule_activities(self):
        """Put these on the lists of things to do of their documents or returns.

        What has no such list is in the list of approvals only.
        """
        if self.env.context.get("mail_activity_automation_skip"):
            return
        # sudo: the return's list, which whoever asks need not write on
        activities = self._workflow().env["mail.activity"]
        activities = activities.with_context(mail_activity_quick_update=True)
        vals_list = []
        for approval, document in self._get_documents().items():
            place = document if "activity_ids" in document else approval.rma_id
            if place:
                vals_list.append(approval._prepare_activity(place))
        activities.create(vals_list)

    def _prepare_activity(self, place):
        kind = self.env.ref(
            "reverse_logistics.activity_type_approval", raise_if_not_found=False
        )
        today = fields.Date.context_today(self)
        return {
            "res_model_id": self.env["ir.model"]._get_id(place._name),
            "res_id": place.id,
            "activity_type_id": (kind or place._default_activity_type()).id,
            "automated": True,
            "summary": self._get_gate_labels()[self.gate],
            "note": Markup("<p>%s</p><p>%s</p><p>%s</p>")
            % (
                Markup("<br>").join((self.details or "").splitlines()),
                self._get_missing_text(),
                self._get_html_link(title=self.env._("Open the approval")),
            ),
            "date_deadline": self.escalate_at and self.escalate_at.date() or today,
            "user_id": self._get_activity_user().id,
            "reverse_approval_id": self.id,
        }

    def _get_activity_user(self):
        """Leave out whoever took an earlier step."""
        return super()._get_activity_user() - self.excluded_ids

    def _close_activities(self):
        """Mark the activities done, and say on the return how it was decided."""
        if not self:
            return
        # sudo: an activity may be a colleague's
        activities = self.env["mail.activity"].sudo()
        found = activities.search([("reverse_approval_id", "in", self.ids)])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for approval, group in found.grouped("reverse_approval_id").items():
            known = approval.sudo()  # sudo: what was decided, for the return's chatter
            feedback = f"{known.display_name}: {labels[known.state]}"
            if known.reason:
                feedback = f"{feedback}. {known.reason}"
            self._finish_activities(group, feedback)

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    @api.model
    def _cron_escalate(self):
        """Pass what nobody has decided in time to the role that the rule names."""
        late = self.search(
            [("state", "=", "pending"), ("escalate_at", "<", fields.Datetime.now())],
            order="escalate_at, id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(late))
        for batch in split_every(BATCH, late.ids, self.browse):
            work = batch.exists()._escalate
            if not run_batch(self.env, work, len(batch)):
                return

    def _escalate(self):
        """Let another role decide; what was approved already counts."""
        now = fields.Datetime.now()
        gone = self - self.browse([a.id for a in self._get_documents()])
        gone.filtered(lambda a: a.state == "pending")._cancel("withdrawn")
        late = self.filtered(
            lambda a: a.state == "pending" and a.escalate_at and a.escalate_at < now
        )
        for approval in late:
            group = approval.rule_id.escalation_group_id
            vals = {"escalate_at": False}
            if group:
                vals |= {"group_id": group.id, "escalated_at": now}
            approval._guarded_write(vals)
        passed = late.filtered("escalated_at")
        passed._drop_activities()
        passed._schedule_activities()
        passed._log_step("ApprovalEscalated", lambda a: {"group": a.group_id.id})

    def _drop_activities(self):
        # sudo: an activity may be a colleague's
        activities = self._workflow().env["mail.activity"]
        activities.search([("reverse_approval_id", "in", self.ids)]).unlink()
