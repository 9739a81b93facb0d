from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .mail_message import ANSWERING, show_sign_in_keys
from .res_partner import MAILED


class MailThread(models.AbstractModel):
    """Let mails in through the mail server only, and keep what customers wrote."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Refuse what users hand in as if a mail had come.

        Odoo takes it for the words of whoever it says that it is from, and writes as
        superuser what else it is told.

        :raises AccessError: for users who do not administer the system
        """
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            raise AccessError(
                self.env._(
                    "Mails come in through the mail server. To note what a customer "
                    "wrote, log a note or attach the mail; a program that hands mails "
                    "in needs a user with the right Settings."
                )
            )
        return super().message_process(
            model, message, custom_values, save_original, strip_attachments, thread_id
        )

    def _notify_get_recipients_groups(self, *args, **kwargs):
        """The mail of an answer has a key of the customer, which its author never
        reads.
        """
        mailed = self.with_context(reverse_key_goes=MAILED)
        return super(MailThread, mailed)._notify_get_recipients_groups(*args, **kwargs)

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        """Customers get the keys with which they sign in; messages have none."""
        html = super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )
        # Colleagues may follow the document, and none of them is who signs in.
        if not html or recipients_group.get("notification_group_name") == "user":
            return html
        return show_sign_in_keys(html, (msg_vals or {}).get("body"))

    def _notify_thread_with_out_of_office(self, *args, **kwargs):
        """Odoo answers in the name of colleagues who are absent."""
        thread = self.with_context(reverse_answering=ANSWERING)
        return super(MailThread, thread)._notify_thread_with_out_of_office(
            *args, **kwargs
        )

    def message_change_thread(self, new_thread, new_parent_message=False):
        """Odoo moves messages as superuser, whoever asks.

        :raises UserError: where it is what was written about a document of returns
        """
        if not self.env.su and self._name in self.message_ids._get_reverse_threads():
            raise UserError(
                self.env._(
                    "What was written about %(document)s stays there.",
                    document=self.display_name,
                )
            )
        return super().message_change_thread(new_thread, new_parent_message)

    def _message_compute_author(self, author_id=None, email_from=None):
        """Keep users from posting on documents of returns in another name."""
        author_id, email_from = super()._message_compute_author(author_id, email_from)
        self.env["mail.message"]._check_reverse_author(self._name, author_id)
        return author_id, email_from

    def _check_can_update_message_content(self, messages):
        """Pages edit messages as superuser, also those of customers."""
        res = super()._check_can_update_message_content(messages)
        messages.with_env(self.env)._keep_reverse_words()
        return res
