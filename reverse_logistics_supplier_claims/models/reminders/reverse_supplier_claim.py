from datetime import timedelta

from odoo import api, models

from ...engine import reminders

#: The longest time before a deadline that is looked for.
FARTHEST = 366


class ReverseSupplierClaim(models.Model):
    """Claims that nobody submits in time, and answers that do not come."""

    _name = "reverse.supplier.claim"
    _inherit = ["reverse.supplier.claim", "reverse.claim.reminder.mixin"]

    @api.model
    def _get_reminder_domain(self, today):
        return [
            "|",
            "&",
            ("state", "=", "draft"),
            ("deadline", "<=", today + timedelta(FARTHEST)),
            "&",
            ("is_awaited", "=", True),
            ("response_due", "<", today),
        ]

    def _get_reminder_due(self):
        self.ensure_one()
        return self.deadline if self.state == "draft" else self.response_due

    def _get_reminder_plan(self):
        self.ensure_one()
        agreement = self.agreement_id
        if self.state == "draft":
            days = agreement.remind_days if agreement else 7
            return reminders.Plan(-days, -1)
        return reminders.Plan(1, agreement.escalate_days if agreement else 3)

    def _get_reminder_text(self, day):
        self.ensure_one()
        values = {
            "claim": self.name,
            "partner": self.partner_id.display_name,
            "day": day,
        }
        if self.state == "draft":
            return self.env._("%(claim)s: submit it by %(day)s", **values)
        return self.env._(
            "%(claim)s: %(partner)s promised an answer by %(day)s", **values
        )

    def _get_reminder_users(self):
        self.ensure_one()
        return (
            self.submitted_by_id or self.opened_by_id,
            self.agreement_id.escalation_user_id,
        )

    def _schedule_reminders(self, told):
        """Write to whoever has promised an answer as well, where that is agreed."""
        res = super()._schedule_reminders(told)
        for claim in told:
            if claim.is_awaited and claim.agreement_id.reminds_partner:
                claim._send_reminder()
        return res

    def _transition(self, table, action, vals=None):
        res = super()._transition(table, action, vals)
        # Goods that we send are nothing that the supplier has done.
        if action != "send":
            self._end_reminders()
        return res
