from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, html2plaintext

from odoo.addons.reverse_logistics.engine import limits
from odoo.addons.reverse_logistics.models.portal.ir_attachment import MOST_FILES
from odoo.addons.reverse_logistics.models.portal.reverse_rma_line import FILES_AT_ONCE

from ...engine import mails
from ..portal.reverse_supplier_claim import MOST_MESSAGES

KIND = "reverse_logistics_supplier_claims.activity_type_mail"


class ReverseSupplierClaim(models.Model):
    """What suppliers reply by mail: a message that a person reads, never a decision.

    Whoever writes a mail chooses what it says of its sender. So it accepts, refuses and
    authorizes nothing; whoever reads it notes the answer. The whole mail stays in the
    chatter. What we write to them there is kept as a message, too.
    """

    _inherit = "reverse.supplier.claim"

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        arrival = self.env.context.get("reverse_arrival")
        # Clients neither run as superuser nor send such an object.
        if self.env.su and isinstance(arrival, mails.Arrival):
            if message.message_type == "email" and not arrival.automatic:
                self.with_context(reverse_arrival=None)._take_mail(message, arrival)
        if message.message_type == "comment" and self._reaches_supplier(message):
            self._keep_written(message)
        return res

    def _reaches_supplier(self, message):
        """Whether somebody of us writes what the supplier gets by mail.

        Whom a message names gets it, also of a note; followers get what is no note.
        """
        self.ensure_one()
        # sudo: who follows, and of which company they are
        named, followers = message.sudo().partner_ids, self.sudo().message_partner_ids
        supplier = self.sudo().partner_id.commercial_partner_id
        if message.author_id.sudo().commercial_partner_id == supplier:
            return False
        is_note = message.is_internal or message.subtype_id.internal
        read = named if is_note else named | followers
        return supplier in read.commercial_partner_id

    def _keep_written(self, message):
        """Keep what was written in the chatter as it is now; it can be edited there."""
        text = limits.clean_text(html2plaintext(message.body or ""))
        noted = self._note_answer("message", "out", {}, text=text)
        # sudo: the files of this message, which went to the supplier with it
        noted._add_files(
            [
                (file.name, file.raw or b"")
                for file in message.sudo().attachment_ids.sorted("id")
            ]
        )

    def _take_mail(self, mail, arrival):
        """Note what a person of the supplier wrote, and have somebody read it."""
        self.ensure_one()
        sender = limits.clean_line(mail.email_from)[: limits.ENTRY]
        known = self._is_of_supplier(mail.email_from)
        if known and len(self.answer_ids.filtered("sender")) < MOST_MESSAGES:
            files, left_out = self._sort_mailed_files(mail)
            # sudo: a mail has no user; whoever handed it over is named
            claim = self.with_user(arrival.user).sudo()
            noted = claim._take_answer(
                "message", {}, sender=sender, text=self._say_mail(mail, left_out)
            )
            noted._add_files(files)
        # What a colleague writes, all followers get as well; it is no answer.
        if known or not self._is_of_colleague(mail.email_from):
            self._ask_to_read(sender, known)

    def _is_of_supplier(self, address):
        """Whether a mail names an address of the supplier as its sender."""
        normalized = email_normalize(address)
        if not normalized:
            return False
        # sudo: whose address it is
        partners = self.env["res.partner"].sudo()
        return bool(
            partners.search_count(
                [
                    ("id", "child_of", self.partner_id.ids),
                    ("email_normalized", "=", normalized),
                ],
                limit=1,
            )
        )

    def _is_of_colleague(self, address):
        """Whether a mail names an address of a user of ours as its sender."""
        normalized = email_normalize(address)
        # sudo: whose address it is
        users = self.env["res.users"].sudo()
        return bool(normalized) and bool(
            users.search_count(
                [("share", "=", False), ("email_normalized", "=", normalized)], limit=1
            )
        )

    def _sort_mailed_files(self, mail):
        """Give what is kept of the files of a mail, as of those of the portal.

        :return: ``([(name, bytes)], [names of those that stay in the chatter only])``
        """
        kept, left_out = [], []
        came = self.answer_ids.filtered(lambda one: one.direction == "in")
        room = min(MOST_FILES - len(came.attachment_ids), FILES_AT_ONCE)
        for file in mail.attachment_ids.sorted("id"):
            try:
                content = file._clean_customer_file(file.name, file.raw or b"")
            except UserError:
                content = None
            if content and len(kept) < room:
                kept.append((file.name, content))
            else:
                left_out.append(file.name)
        return kept, left_out

    def _say_mail(self, mail, left_out):
        """Give the text of a mail as it is kept with the claim."""
        said = limits.clean_text(mails.read(mail.body))
        if len(said) > limits.COMMENT:
            said = f"{said[: limits.COMMENT]}…"
        if not said:
            said = self.env._("(Nothing but what it quotes: see the mail below.)")
        if not left_out:
            return said
        names = limits.clean_line(", ".join(left_out))[: limits.COMMENT]
        files = self.env._("With the mail only: %(files)s", files=names)
        return f"{said}\n\n{files}"

    def _ask_to_read(self, sender, known):
        """Plan that whoever submitted the claim reads it; once until it is done."""
        kind = self.env.ref(KIND)
        if self.activity_ids.filtered(lambda one: one.activity_type_id == kind):
            return
        values = {
            "claim": self.name,
            "sender": sender,
            "partner": self.partner_id.display_name,
        }
        text = self.env._("%(claim)s: read the mail of %(sender)s", **values)
        if not known:
            text = self.env._(
                "%(claim)s: a mail of %(sender)s, no known address of %(partner)s: it "
                "is no answer, and stands below only",
                **values,
            )
        owner, _above = self._get_reminder_users()
        # sudo: the mail plans for whoever is responsible
        activities = self._sudo_clean(self.env["mail.activity"]).with_context(
            mail_activity_quick_update=True, mail_activity_automation_skip=False
        )
        activities.create(
            {
                "res_id": self.id,
                "res_model_id": self.env["ir.model"]._get_id(self._name),
                "activity_type_id": kind.id,
                "automated": True,
                "summary": text,
                "date_deadline": fields.Date.context_today(self),
                "user_id": self._choose_reminded(owner).id,
            }
        )
