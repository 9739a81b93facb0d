from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_each

from ...engine import reminders

BATCH = 100
KIND = "reverse_logistics_supplier_claims.activity_type_reminder"


class ReverseClaimReminderMixin(models.AbstractModel):
    """A document with a day that must not be missed.

    A scheduled action reminds whoever is responsible by an activity, and later tells
    whom the agreement names. Each is told once for each day; when the document goes on,
    what is left to do about it ends.
    """

    _name = "reverse.claim.reminder.mixin"
    _inherit = ["mail.activity.mixin"]
    _description = "Document with a Day to Meet"

    reminder_stage = fields.Selection(
        [("reminded", "Reminded"), ("escalated", "Escalated")],
        readonly=True,
        copy=False,
        guarded=True,
    )
    reminder_due = fields.Date("Reminded of", readonly=True, copy=False, guarded=True)

    @api.model
    def _valid_field_parameter(self, field, name):
        # The documents are guarded.
        return name == "guarded" or super()._valid_field_parameter(field, name)

    # ------------------------------------------------------------------
    # What documents say of themselves
    # ------------------------------------------------------------------
    @api.model
    def _get_reminder_domain(self, today):
        """Give the domain of documents whose day may be near or past."""
        return Domain.FALSE

    def _get_reminder_due(self):
        """Give the day that counts now, False without one."""
        return False

    def _get_reminder_plan(self):
        """Give the ``engine.reminders.Plan`` for that day."""
        return reminders.Plan(0, 3)

    def _get_reminder_text(self, day):
        """Say what has to be done, until when.

        :param str day: the day in words
        """
        return f"{self.display_name}: {day}"

    def _get_reminder_users(self):
        """Give ``(whoever is responsible, whoever is told when that did not help)``."""
        return self.env["res.users"], self.env["res.users"]

    # ------------------------------------------------------------------
    # Reminding
    # ------------------------------------------------------------------
    @api.model
    def _cron_remind(self):
        """Remind of the days of all such documents, each batch in its transaction."""
        today = fields.Date.context_today(self)
        found = [
            (name, self.env[name].search(self.env[name]._get_reminder_domain(today)))
            for name in ("reverse.supplier.claim", "reverse.corrective.action")
        ]
        self.env["ir.cron"]._commit_progress(
            remaining=sum(len(records) for _name, records in found)
        )
        for _name, records in found:
            for batch in split_every(BATCH, records.ids, records.browse):
                if not run_each(self.env, batch, "_remind"):
                    return

    def _remind(self):
        """Tell of the days that come near or have passed, once for each stage."""
        today = fields.Date.context_today(self)
        told, written = {}, {}
        for record in self:
            due = record._get_reminder_due()
            if not due:
                continue
            stage = reminders.stage(due, today, record._get_reminder_plan())
            before = record.reminder_stage or None
            if reminders.is_new(stage, before, record.reminder_due or None, due):
                told[record] = stage
                written[record] = {"reminder_stage": stage, "reminder_due": due}
        self._guarded_write_each(written)
        self._schedule_reminders(told)

    def _schedule_reminders(self, told):
        """Create the activities, all at once.

        :param dict told: ``{document: stage}``
        """
        if not told:
            return
        # sudo: the scheduled action plans for whoever is responsible
        activities = self._sudo_clean(self.env["mail.activity"]).with_context(
            mail_activity_quick_update=True, mail_activity_automation_skip=False
        )
        model = self.env["ir.model"]._get_id(self._name)
        kind = self.env.ref(KIND)
        activities.create(
            [
                {
                    **record._prepare_reminder(stage),
                    "res_model_id": model,
                    "activity_type_id": kind.id,
                }
                for record, stage in told.items()
            ]
        )

    def _prepare_reminder(self, stage):
        self.ensure_one()
        day = self._get_reminder_due()
        named = format_date(self.env, day, date_format="EEEE d MMMM")
        owner, above = self._get_reminder_users()
        text = self._get_reminder_text(named)
        if stage == "escalated":
            text = self.env._("Escalated: %(what)s", what=text)
        return {
            "res_id": self.id,
            "automated": True,
            "summary": text,
            "date_deadline": day,
            "user_id": self._choose_reminded(
                above if stage == "escalated" else owner
            ).id,
        }

    def _choose_reminded(self, user):
        """Leave out whoever has left, or does not see this document's company."""
        suits = user.active and self.company_id in user.company_ids
        return user if suits else user.browse()

    def _end_reminders(self):
        """The documents went on: nobody has to act on the reminders any more."""
        told = self.filtered("reminder_stage")
        if told:
            # sudo: an activity may be a colleague's
            activities = self._sudo_clean(self.env["mail.activity"])
            activities.search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", told.ids),
                    ("activity_type_id", "=", self.env.ref(KIND).id),
                ]
            ).unlink()
            told._guarded_write({"reminder_stage": False, "reminder_due": False})
