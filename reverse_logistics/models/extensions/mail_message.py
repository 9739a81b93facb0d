import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..base.reverse_guarded_mixin import is_uninstalling

#: What a message says, and about what.
_SAID = {
    "attachment_ids",
    "body",
    "date",
    "model",
    "res_id",
    "subject",
    "tracking_value_ids",
}
#: What says who wrote a message, and whether a customer did.
_SAID_BY = {
    "author_guest_id",
    "author_id",
    "email_from",
    "message_type",
    "model",
    "res_id",
    "subtype_id",
}
#: A context that a client sends cannot contain this object: only Odoo's answers for who
#: is out of office say so.
ANSWERING = object()
#: What opens the customer's page in a link, as mails to customers have it.
_KEYS = re.compile(r"\b(access_token|hash|key)=[\w.~%-]+")
#: What mails with such links are about.
_OPENED = ("reverse.guest.request", "reverse.rma")
#: What signs up as a contact or sets its password, in links that Odoo mails.
_SIGNS_IN = re.compile(
    r"(\bauth_signup_token=|/web/(?:login|reset_password|signup)\?[^\"'\s<>]{0,500}?\btoken=)"
    r"([\w.~%-]*)"
)


def show_sign_in_keys(html, body):
    """Put keys back into what is mailed, in which the message has none.

    :param html: the mail, with the body of the message in it
    :param body: the same body with its keys, in the same order
    """
    keys = iter([key for _link, key in _SIGNS_IN.findall(body or "")])
    shown = _SIGNS_IN.sub(
        lambda found: found[0] if found[2] else found[1] + next(keys, ""), html
    )
    return type(html)(shown)


class MailMessage(models.Model):
    """Guard who said what in a return, and keep keys of its page out of messages."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create([self._hide_reverse_keys(vals) for vals in vals_list])
        for message in messages.filtered("model"):
            message._check_reverse_author(message.model, message.author_id.id)
        return messages

    @api.model
    def _hide_reverse_keys(self, vals):
        """Keep keys out of what others read than those whom they are mailed to.

        Those of customers' pages are in what is written about returns and requests;
        those with which one signs in as somebody may be about anything. The mail itself
        keeps them.
        """
        body = vals.get("body")
        if not body:
            return vals
        hidden = _SIGNS_IN.sub(r"\1", body)
        if vals.get("model") in _OPENED:
            hidden = _KEYS.sub(r"\1=", hidden)
        return {**vals, "body": type(body)(hidden)}

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
        if (_SAID_BY | _SAID) & set(vals):
            self._check_reverse_words(_SAID_BY & set(vals))
        return super().write(vals)

    def unlink(self):
        self._check_reverse_hold()
        self._check_reverse_words(set())
        return super().unlink()

    @api.model
    def _get_reverse_threads(self):
        """Give the models of documents of returns and of controls, with a chatter."""
        mixins = ["reverse.governed.mixin", "reverse.guarded.mixin"]
        return {*self.env.registry.descendants(mixins, "_inherit"), "reverse.policy"}

    @api.model
    def _is_reverse_bound(self, model):
        """Whether the acting user speaks in their own name only, on these documents."""
        user = self.env.user
        bound = user.id != SUPERUSER_ID and user._is_internal()
        return bound and model in self._get_reverse_threads()

    @api.model
    def _check_reverse_author(self, model, author_id):
        """Refuse that a user of ours writes about a document in another name.

        :param str model: the model of the document; those of returns are guarded
        :raises UserError: when they do
        """
        # Clients never run as superuser; the mail gateway and pages of the site do.
        if self.env.su or author_id == self.env.user.partner_id.id:
            return
        answering = self.env.context.get("reverse_answering") is ANSWERING
        if answering or not self._is_reverse_bound(model):
            return
        raise UserError(
            self.env._(
                "What is said here is said in one's own name. To note what a customer "
                "or a supplier told you, write that they did."
            )
        )

    def _check_reverse_words(self, said_by):
        """Refuse to change what others wrote about a return, or who wrote it.

        :param set said_by: names of the fields to be written that say who it was
        """
        # Clients never run as superuser; Odoo does to delete what was said of a record
        # together with it, which the record itself may refuse.
        if not self.env.su:
            self._keep_reverse_words(said_by)

    def _keep_reverse_words(self, said_by=frozenset()):
        """Keep what was written about returns, claims and controls, see there."""
        threads = self._get_reverse_threads()
        # sudo: where a message belongs to, whoever handles it
        for message in self.sudo().filtered(lambda m: m.model in threads):
            name = message.record_name or message.model
            if message.message_type == "notification":
                raise UserError(
                    self.env._(
                        "This note belongs to what is kept about “%(control)s”. It "
                        "stays: add a message that says what is wrong.",
                        control=name,
                    )
                )
            if said_by or message._is_from_customer() or not message._is_reverse_own():
                raise UserError(
                    self.env._(
                        "What was written about %(document)s stays, as who wrote it: "
                        "add a message that says what is wrong.",
                        document=name,
                    )
                )

    def _is_reverse_own(self):
        """Whether the acting user wrote this."""
        return bool(self.author_id) and self.author_id == self.env.user.partner_id

    def _is_from_customer(self):
        """Whether somebody outside of the company wrote this, to be read by us."""
        return (
            bool(self)
            and self.message_type in ("comment", "email")
            and not self.subtype_id.internal
            and (not self.author_id or self.author_id.partner_share)
        )

    def _check_reverse_hold(self):
        """What was said about a held return stays as it is."""
        # sudo: where a message belongs to, whoever handles it
        ids = self.sudo().filtered(lambda m: m.model == "reverse.rma").mapped("res_id")
        rmas = self.env["reverse.rma"].sudo().browse(ids)  # sudo: as above
        if ids and not is_uninstalling(self.env):
            rmas.exists()._check_not_held()
