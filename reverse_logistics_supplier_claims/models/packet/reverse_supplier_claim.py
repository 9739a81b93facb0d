import base64
import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.image import image_process

from ...engine import packets

_logger = logging.getLogger(__name__)
REPORT = "reverse_logistics_supplier_claims.report_claim"
#: What suppliers read of the way of a return: no decision about our customer.
TOLD = (
    "ReturnReceived",
    "InspectionCompleted",
    "InspectionSuperseded",
    "InventoryDispositionUpdated",
)
#: Larger packets are not mailed: the paper is, and the packet is on the portal.
MAILED_BYTES = 10_000_000
#: Pictures of one line on paper; all of them are in the packet.
PICTURES = 6
#: Longest side of a picture on paper, in points.
SIDE = 700


class ReverseSupplierClaim(models.Model):
    """The papers that go to the supplier with a claim.

    The *packet* is an archive with the paper, every photo and document, and a list of
    their hashes. It is made when the claim is submitted, and belongs to that message,
    so that nobody changes it afterwards.
    """

    _inherit = "reverse.supplier.claim"

    # ------------------------------------------------------------------
    # What belongs to it
    # ------------------------------------------------------------------
    def _get_evidence_files(self):
        """Give the files that the supplier may see of what is claimed.

        What inspectors have added, but no document of our customer, and what was added
        to the claim, but not to a note for colleagues.

        :return: ``{inspection: attachments}``; those of the claim under an empty one
        """
        self.ensure_one()
        # sudo: what is shown of a claim is decided here, whoever may open the rest
        files = self.env["ir.attachment"].sudo()
        parts = self.sudo().line_ids.inspection_id
        found = parts._find_evidence(files)
        given = {
            part: found[part.id].filtered(
                lambda file: not file.reverse_proof and file._is_reverse_stored()
            )
            for part in parts
            if part.id in found
        }
        given[parts.browse()] = self._get_own_files()
        return given

    def _get_pictures(self):
        """Give addresses that hold a picture each, small enough for paper.

        :return: ``{inspection: addresses}``; those of the claim under an empty one
        """
        self.ensure_one()
        return {
            part: _shrink_all(
                files.filtered(lambda file: file._is_reverse_picture())[:PICTURES]
            )
            for part, files in self._get_evidence_files().items()
        }

    def _get_papers(self):
        """Give ``[(file, name)]`` of the documents of the claim that are no pictures.

        Such as the proof of delivery; they are in the packet.
        """
        self.ensure_one()
        return [
            (file, self._get_file_name(file))
            for file in self._get_own_files()
            if not file._is_reverse_picture()
        ]

    def _get_own_files(self):
        """Give the files of the claim itself, without those of notes for colleagues."""
        # sudo: as above
        files = self.env["ir.attachment"].sudo()
        own = files.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("res_field", "in", (False, "proof_of_delivery")),
                ("type", "=", "binary"),
            ],
            order="id",
        )
        messages = self.env["mail.message"].sudo()  # sudo: as above
        talked = messages.search([("attachment_ids", "in", own.ids)])
        return own - talked.attachment_ids

    def _get_timeline(self, internal=False):
        """Give what happened to the goods, the first event first.

        :param bool internal: all of it, else what the supplier is told
        :return: ``[(moment, title, hash)]``
        """
        self.ensure_one()
        # sudo: events of these returns, for whoever may read the claim
        events = self.sudo().line_ids.rma_id.event_ids.sorted("id")
        return [
            (event.date, event.title, event.hash)
            for event in events
            if internal or self._is_told(event)
        ]

    def _is_told(self, event):
        own = (event.data or {}).get("claim") == self.id
        return own if event.name.startswith("SupplierClaim") else event.name in TOLD

    def _get_submitted_on(self):
        """Give the day of the last submission, today before the first."""
        self.ensure_one()
        sent = self.answer_ids.filtered(lambda one: one.kind == "submit")
        return sent.sorted("id")[-1:].day or fields.Date.context_today(self)

    # ------------------------------------------------------------------
    # The packet
    # ------------------------------------------------------------------
    def _render_paper(self):
        """Give the claim as the supplier reads it.

        :return: content and ending of the file: a web page where no PDF can be made
        """
        self.ensure_one()
        # sudo: the paper shows what the supplier may see, whoever submits the claim
        reports = self.env["ir.actions.report"].sudo()
        # While addons are installed, no server gives wkhtmltopdf the style sheets.
        can_print = self.env.registry.ready
        if can_print and reports.get_wkhtmltopdf_state() in ("ok", "upgrade"):
            try:
                content, kind = reports._render_qweb_pdf(REPORT, self.ids)
                return content, kind
            except UserError:
                _logger.warning("No PDF of claim %s could be made", self.name)
        content, _kind = reports._render_qweb_html(REPORT, self.ids)
        return content, "html"

    def _build_packet(self):
        """Make the paper and the archive of a claim.

        :return: ``[(name, bytes)]``, the paper first
        """
        self.ensure_one()
        content, ending = self._render_paper()
        stem = self.name.replace("/", "-")
        paper = f"{stem}.{ending}", content
        files = [
            (f"{part.id or 'claim'} {self._get_file_name(file)}", file.raw or b"")
            for part, own in self._get_evidence_files().items()
            for file in own
        ]
        return [paper, (f"{stem}.zip", packets.pack([paper, *files]))]

    def _get_file_name(self, file):
        if file.res_field == "proof_of_delivery":
            return self.proof_of_delivery_name or file.res_field
        return file.name

    def _send_packets(self):
        """Add the packet to the message of submission, and mail it to the supplier."""
        for claim in self:
            answer = claim.answer_ids.filtered(lambda one: one.kind == "submit")
            files = answer.sorted("id")[-1:]._add_files(claim._build_packet())
            if files[0].mimetype != "application/pdf":
                claim._say_no_pdf()
            claim._mail_supplier("submitted", files)

    def _say_no_pdf(self):
        self.message_post(
            body=self.env._(
                "The packet holds the claim as a web page (HTML): no PDF could be made "
                "on this server, because the program wkhtmltopdf is missing or failed."
            )
        )

    # ------------------------------------------------------------------
    # Mails to the supplier
    # ------------------------------------------------------------------
    def _get_supplier_contacts(self):
        """Give whom we write to."""
        self.ensure_one()
        return self.partner_id._get_reverse_contacts()

    def _get_mail_templates(self):
        module = "reverse_logistics_supplier_claims"
        return {
            step: self.env.ref(f"{module}.mail_template_{step}", False)
            for step in ("submitted", "reminder", "message")
        }

    def _mail_supplier(self, step, files=None):
        """Write to the supplier in its language; without an address nothing is sent.

        :param files: attachments; the archive goes along where it is not too large
        :return: whether a mail is on its way
        """
        self.ensure_one()
        template = self._get_mail_templates()[step]
        if not template or not self._get_supplier_contacts():
            return False
        sent = (files or self.env["ir.attachment"]).filtered(
            lambda file: file.file_size <= MAILED_BYTES
        )
        # sudo: the mail says what the supplier may know
        template.sudo().send_mail(
            self.id,
            email_values={"attachment_ids": sent.ids},
            email_layout_xmlid="mail.mail_notification_light",
        )
        return True

    def action_remind(self):
        """Remind suppliers of claims that they have not answered.

        :raises UserError: where none is awaited, or nobody can be written to
        """
        self._check_duty("claims")
        for claim in self:
            claim._check_remind()
            claim._note_reminder()
        return True

    def _send_reminder(self):
        """Remind as :meth:`action_remind`, where there is an address to write to."""
        if self._mail_supplier("reminder"):
            self._note_reminder()

    def _note_reminder(self):
        self._note_answer("message", "out", {}, text=self.env._("Reminder"))

    def _check_remind(self):
        self.ensure_one()
        if not self.is_awaited:
            raise UserError(
                self.env._(
                    "%(claim)s is %(state)s: no answer is awaited.",
                    claim=self.name,
                    state=self._state_label(),
                )
            )
        self._mail_or_refuse("reminder")

    def _mail_answer(self, answer):
        """Mail to the supplier what was just written to it.

        :raises UserError: where nobody can be written to
        """
        self.ensure_one()
        self._mail_or_refuse("message", answer.attachment_ids)

    def _mail_or_refuse(self, step, files=None):
        if not self._mail_supplier(step, files):
            raise UserError(
                self.env._(
                    "%(partner)s has no email address: enter one, or write in another "
                    "way.",
                    partner=self.partner_id.display_name,
                )
            )


def _shrink_all(files):
    """Give what can be shown of pictures; all of them are in the packet as they are.

    Only what inspectors add was looked at before.
    """
    shown = []
    for file in files:
        try:
            shown.append(_shrink(file.raw))
        except UserError:
            _logger.info("No picture can be made of attachment %s", file.id)
    return shown


def _shrink(content):
    small = image_process(content, size=(SIDE, SIDE), quality=80)
    kind = "png" if small.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(small).decode()}"
