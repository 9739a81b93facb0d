from markupsafe import Markup

from odoo import fields, models


class ReverseException(models.Model):
    """An open exception is an activity on its return, until it is resolved."""

    _inherit = "reverse.exception"

    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, guarded=True
    )

    def _schedule_activities(self):
        """Put these exceptions on the returns' lists of things to do.

        They fall to the return's responsible where he has the role. Others wait
        unassigned for whoever of the role takes them on.
        """
        if self.env.context.get("mail_activity_automation_skip"):
            return
        # sudo: the return's list, which whoever met the exception need not write on
        activities = self._sudo_clean(self.env["mail.activity"]).with_context(
            mail_activity_quick_update=True
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
            "date_deadline": self.deadline or fields.Date.context_today(self),
            "user_id": self._get_activity_user().id,
        }

    def _get_activity_type(self):
        kind = self.env.ref(
            "reverse_logistics.activity_type_exception", raise_if_not_found=False
        )
        return kind or self.env["reverse.rma"]._default_activity_type()

    def _get_activity_summary(self):
        label = dict(self._fields["type"]._description_selection(self.env))[self.type]
        product = self.line_id.product_id
        return f"{label}: {product.display_name}" if product else label

    def _get_activity_user(self):
        """Give whoever has taken it on, else as for all work."""
        # sudo: a colleague
        return self.sudo().user_id or super()._get_activity_user()

    def _close_activities(self, outcome=None):
        """Mark the activities done, and say how on the return.

        :param str outcome: in words; the resolution when left out
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
