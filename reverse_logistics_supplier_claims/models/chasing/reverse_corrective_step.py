from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_each

from ...engine import corrective, reminders

BATCH = 100
CRON = "reverse_logistics_supplier_claims.cron_mail_steps"
#: What is refused within this time is one mail.
TOGETHER = timedelta(minutes=15)
WAITING = Domain("state", "in", ("open", "refused")) & Domain(
    "action_id.state", "=", "open"
)


class ReverseCorrectiveStep(models.Model):
    """Steps of which the supplier is told by mail, where that is agreed.

    Shortly before they are due, when they are overdue, and when their answer was
    refused; each once.
    """

    _inherit = "reverse.corrective.step"

    mailed_stage = fields.Selection(
        [
            ("refused", "Answer Refused"),
            ("reminded", "Due"),
            ("escalated", "Overdue"),
        ],
        "Told by Mail",
        readonly=True,
        copy=False,
        guarded=True,
        help="Of what the supplier was told last.",
    )
    mailed_on = fields.Date("Told On", readonly=True, copy=False, guarded=True)

    def _tell_soon(self):
        """Have the supplier told what was refused, together with what else is."""
        self._guarded_write({"mailed_stage": False, "mailed_on": False})
        # sudo: scheduled actions belong to the system; it looks by itself what to mail
        cron = self.env.ref(CRON).sudo()
        cron._trigger(fields.Datetime.now() + TOGETHER)

    @api.model
    def _cron_mail_suppliers(self):
        """Tell suppliers of their steps, each of all at once."""
        suppliers = self.search(WAITING & self._get_mailed_domain()).partner_id
        self.env["ir.cron"]._commit_progress(remaining=len(suppliers))
        for batch in split_every(BATCH, suppliers.ids, suppliers.browse):
            if not run_each(self.env, batch, "_mail_reverse_steps"):
                return

    @api.model
    def _get_mailed_domain(self):
        """Give the domain of steps of which there may be something to tell."""
        soon = fields.Date.context_today(self) + timedelta(2)
        return Domain("due_on", "<=", soon) | Domain(
            [("state", "=", "refused"), ("mailed_stage", "=", False)]
        )

    def _find_to_tell(self):
        """Find what the supplier is to be told of these steps now.

        :return: ``{step: stage}``, of those that there is something to tell of
        """
        agreements = self.action_id._get_agreements()
        found = {}
        for step in self:
            agreement = agreements[step.action_id]
            if not agreement.reminds_partner:
                continue
            stage = corrective.to_tell(
                step.state,
                step.due_on,
                step.company_id._get_reverse_today(),
                reminders.Plan(-1, agreement.escalate_days),
                step.mailed_stage or None,
                step.mailed_on or None,
            )
            if stage:
                found[step] = stage
        return found

    def _say_to_supplier(self):
        """Say what the supplier has to do, in a sentence."""
        self.ensure_one()
        values = {
            "step": f"{self.action_id.name}, {self._get_label()}",
            "day": format_date(self.env, self.due_on),
            "why": self.refusal,
        }
        late = self.due_on < self.company_id._get_reverse_today()
        if self.state == "refused" and late:
            return self.env._(
                "%(step)s: we could not accept your answer: “%(why)s”. Please answer "
                "again.",
                **values,
            )
        if self.state == "refused":
            return self.env._(
                "%(step)s: we could not accept your answer: “%(why)s”. Please answer "
                "again by %(day)s.",
                **values,
            )
        if late:
            return self.env._("%(step)s: overdue since %(day)s.", **values)
        return self.env._("%(step)s: due by %(day)s.", **values)

    def _get_label(self):
        self.ensure_one()
        return dict(self._fields["step"]._description_selection(self.env))[self.step]
