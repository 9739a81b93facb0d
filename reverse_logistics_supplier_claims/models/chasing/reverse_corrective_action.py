from odoo import models
from odoo.fields import Domain

from .reverse_corrective_step import WAITING

TEMPLATE = "reverse_logistics_supplier_claims.mail_template_steps"


class ReverseCorrectiveAction(models.Model):
    """Mails to suppliers about the steps that they have to answer."""

    _inherit = "reverse.corrective.action"

    def _get_supplier_contacts(self):
        """Give whom we write to."""
        self.ensure_one()
        return self.partner_id._get_reverse_contacts()

    def _get_mailed_steps(self):
        """Give the steps that a mail about this report tells of, the most urgent first.

        It tells of all reports of the supplier: of those steps that are named in the
        context, else of all that may be due.
        """
        self.ensure_one()
        steps = self.env["reverse.corrective.step"]
        named = self.env.context.get("reverse_steps")
        domain = Domain("id", "in", named) if named else steps._get_mailed_domain()
        return steps.search(
            domain
            & WAITING
            & Domain("partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id),
            order="due_on, id",
        )

    def _get_supplier_path(self):
        """Give the page of the supplier on which it answers, False without one."""
        self.ensure_one()
        # sudo: what the supplier sees, whoever sends the mail
        claims = self.sudo().claim_ids.filtered(
            lambda claim: claim.state not in ("draft", "cancelled")
        )
        return claims[:1] and f"/my/supplier-claims/{claims[:1].id}"

    def _mail_steps(self, told):
        """Write to the supplier of these reports, once about all their steps.

        :param dict told: ``{step: what it is told of it}``
        :return: whether a mail is on its way
        """
        template = self.env.ref(TEMPLATE, False)
        first = min(told, key=lambda step: (step.due_on, step.id)).action_id
        if not template or not first._get_supplier_contacts():
            return False
        steps = self.step_ids.filtered(lambda step: step in told)
        # sudo: the mail says what the supplier may know
        template.sudo().with_context(reverse_steps=steps.ids).send_mail(
            first.id, email_layout_xmlid="mail.mail_notification_light"
        )
        steps._guarded_write_each(
            {
                step: {
                    "mailed_stage": told[step],
                    "mailed_on": step.company_id._get_reverse_today(),
                }
                for step in steps
            }
        )
        self._message_log_batch(
            {
                report.id: self.env._(
                    "The supplier was told by mail: %(what)s",
                    what=" ".join(step._say_to_supplier() for step in own),
                )
                for report, own in steps.grouped("action_id").items()
            }
        )
        return True
