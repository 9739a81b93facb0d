from odoo import models
from odoo.exceptions import UserError

from ..base.reverse_inputs import is_link

#: What Odoo itself says of a mail by template.
_TOLD = ("mail_message_id", "model", "res_id", "record_name", "parent_id")


class MailTemplate(models.Model):
    """Send by templates what these say, in the name of whoever sends it."""

    _inherit = "mail.template"

    def send_mail_batch(
        self,
        res_ids,
        force_send=False,
        raise_exception=False,
        email_values=None,
        email_layout_xmlid=False,
    ):
        if not self.env.su:
            self._check_reverse_email_values(email_values or {})
        return super().send_mail_batch(
            res_ids, force_send, raise_exception, email_values, email_layout_xmlid
        )

    def _check_reverse_email_values(self, values):
        """Refuse values of a mail by which users would write something else.

        Odoo writes them as superuser.
        """
        mails = self.env["mail.mail"]
        if values.get("author_id"):
            mails.mail_message_id._check_reverse_author(self.model, values["author_id"])
        for name, value in values.items():
            field = mails._fields.get(name)
            several = field and field.type in ("one2many", "many2many")
            if name in _TOLD or (several and not all(map(is_link, value or ()))):
                raise UserError(
                    self.env._(
                        "“%(field)s” cannot be said beside the template "
                        "“%(template)s”: a mail by it is about its own document, and "
                        "names contacts and files that exist.",
                        field=field.string if field else name,
                        template=self.name,
                    )
                )
