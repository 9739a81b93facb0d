from odoo import fields, models

from ..base.reverse_guarded_mixin import is_uninstalling


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _erase_reverse_copies(self):
        """Empty what was made of these messages: mails, notices, tracked names."""
        mails = self.env["mail.mail"].search([("mail_message_id", "in", self.ids)])
        mails.filtered(lambda m: m.state in ("outgoing", "exception")).state = "cancel"
        mails.write(
            {
                "body_html": False,
                "email_to": False,
                "email_cc": False,
                "headers": False,
                "failure_reason": False,
                "recipient_ids": [fields.Command.clear()],
            }
        )
        self.notification_ids.filtered("mail_email_address").unlink()
        names = self.tracking_value_ids.filtered(
            lambda value: value.field_id.relation == "res.partner"
        )
        names.write({"old_value_char": False, "new_value_char": False})

    def write(self, vals):
        if {"body", "model", "res_id"} & set(vals):
            self._check_reverse_hold()
        return super().write(vals)

    def unlink(self):
        self._check_reverse_hold()
        return super().unlink()

    def _check_reverse_hold(self):
        """What was said about a held return stays as it is."""
        # sudo: where a message belongs to, whoever handles it
        ids = self.sudo().filtered(lambda m: m.model == "reverse.rma").mapped("res_id")
        rmas = self.env["reverse.rma"].sudo().browse(ids)  # sudo: as above
        if ids and not is_uninstalling(self.env):
            rmas.exists()._check_not_held()
