import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.files import is_evidence
from ..base.reverse_guarded_mixin import is_uninstalling

# Files that belong to these become evidence when the goods are inspected.
EVIDENCE_MODELS = ("reverse.inspection", "reverse.rma.line")
RETURN_MODELS = ("reverse.rma", *EVIDENCE_MODELS)
# Forms where files are uploaded that will belong to one of these.
UPLOAD_MODELS = (
    *EVIDENCE_MODELS,
    "reverse.return.wizard.line",
    "reverse.inspection.answer",
)
# Larger than a picture, a document or a short video of a phone.
MAX_BYTES = 50_000_000
# What a file is depends on these.
_CONTENT = {"raw", "datas", "db_datas", "name", "mimetype", "type", "res_model"}
# What may be written on evidence: how it is shown, not what it shows.
OPEN_FIELDS = {"access_token", "index_content", "thumbnail"}


class IrAttachment(models.Model):
    """Evidence of a completed inspection stays as it is, and held returns whole."""

    _inherit = "ir.attachment"

    reverse_proof = fields.Selection(
        [("purchase", "Purchase document"), ("hazard", "Hazard declaration")],
        "Proves for a Return",
        help="Any other image is a photo of the goods.",
    )

    reverse_decided = fields.Boolean(
        "Shown When Decided",
        readonly=True,
        copy=False,
        help="The return was authorized, rejected or cancelled with it: it stays as it "
        "was then.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments.filtered("reverse_decided")._check_reverse_decided()
        # Afterwards: where a file belongs to may come from the context.
        attachments._check_reverse_content()
        attachments._check_reverse_added()
        attachments._take_from_visitors()
        return attachments

    def write(self, vals):
        if "reverse_decided" in vals:
            self._check_reverse_decided()
        if not self._reverse_passes() and set(vals) - OPEN_FIELDS:
            for attachment in self._reverse_locked("write"):
                if attachment._reverse_differs(vals):
                    attachment._refuse_reverse_change()
        places = ("res_model", "res_id", "res_field")
        if not set(places) & set(vals):
            res = super().write(vals)
            if _CONTENT & set(vals):
                self._check_reverse_content()
            return res
        # sudo: where a file belongs to, whoever handles it
        before = {file: [file[name] for name in places] for file in self.sudo()}
        res = super().write(vals)
        self._check_reverse_content()
        # sudo: as above
        moved = self.sudo().filtered(
            lambda file: before[file] != [file[name] for name in places]
        )
        moved.with_env(self.env)._check_reverse_added()
        moved.with_env(self.env)._take_from_visitors()
        return res

    def unlink(self):
        if not self._reverse_passes():
            for attachment in self._reverse_locked("unlink"):
                attachment._refuse_reverse_change()
        return super().unlink()

    def _check_reverse_decided(self):
        """Only the authorization of a return says with which files it was given."""
        if self and not self._reverse_passes():
            raise UserError(
                self.env._(
                    "With which files a return is authorized is noted when that "
                    "happens, and not entered."
                )
            )

    def _reverse_passes(self):
        """Whether the system itself removes evidence: after retention, on uninstall."""
        return self.env["reverse.rma"]._in_workflow() or is_uninstalling(self.env)

    # ------------------------------------------------------------------
    # What is fixed
    # ------------------------------------------------------------------
    def _get_reverse_documents(self, names=RETURN_MODELS):
        """Group these files by the return documents they belong to.

        :return: ``{model name: {document: attachments}}``
        """
        found = {}
        # sudo: where a file belongs to, whoever handles it
        attachments = self.sudo().filtered(
            lambda file: (
                file.res_model in names and file.res_id and not file._is_reverse_value()
            )
        )
        for name, files in attachments.grouped("res_model").items():
            # sudo: whether the document still exists, whoever reads it
            documents = self.env[name].sudo().browse(files.mapped("res_id")).exists()
            by_id = files.grouped("res_id")
            found[name] = {document: by_id[document.id] for document in documents}
        return found

    def _is_reverse_value(self):
        """Whether this is what a binary field of a document holds, and no file of it.

        Odoo shows files that name a field nowhere, so naming any other would hide one.
        """
        self.ensure_one()
        field = self.res_field and self.env[self.res_model]._fields.get(self.res_field)
        return bool(field) and field.type == "binary"

    def _reverse_locked(self, operation):
        """Give those of these files that nobody may change."""
        locked = self.browse()
        for name, documents in self._get_reverse_documents().items():
            fixed = self._get_reverse_fixed(name, documents)
            for document, files in documents.items():
                rma = document if name == "reverse.rma" else document.rma_id
                if document in fixed or rma._get_held():
                    locked |= files
                else:
                    locked |= files.filtered("reverse_decided")
        return (locked | self._find_reverse_said()).with_env(self.env)

    def _find_reverse_said(self):
        """Give those of these files that others sent with what they wrote: customers,
        and colleagues as well.
        """
        messages = self.env["mail.message"].sudo()  # sudo: what was written
        threads = messages._get_reverse_threads()
        # sudo: where a file belongs to, whoever handles it
        files = self.sudo().filtered(lambda file: file.res_model in threads)
        domain = [("model", "in", [*threads]), ("attachment_ids", "in", files.ids)]
        said = messages.search(domain) if files else messages
        # Clients never run as superuser; Odoo deletes files with their document.
        others = said.filtered(
            lambda message: (
                message.message_type == "comment" and not message._is_reverse_own()
            )
        )
        said = said.filtered(lambda message: message._is_from_customer())
        if not self.env.su:
            said |= others
        return files & said.attachment_ids

    @api.model
    def _get_reverse_fixed(self, name, documents):
        """Give those of these documents whose goods are inspected.

        Touches the inspections first: whoever completes one at the same moment either
        sees this change, or this change sees the completed inspection.
        """
        if name not in EVIDENCE_MODELS:
            return self.env[name]
        # sudo: as above; the inspections are only touched
        records = self.env[name].sudo().concat(*documents)
        inspections = records._get_evidence_inspections()
        inspections.flush_recordset()
        inspections._reverse_touch()
        inspections.invalidate_recordset(["state"])
        return records.filtered(
            lambda record: record._is_fixed_by(record._get_evidence_inspections())
        )

    def _check_reverse_content(self):
        """Refuse evidence that is no picture, video or document.

        :raises UserError: naming the first file
        """
        # sudo: where a file belongs to, whoever handles it
        for file in self.sudo():
            if file.type != "binary" or file.res_model not in UPLOAD_MODELS:
                continue
            if not file._is_reverse_value():
                file._check_reverse_file()

    def _check_reverse_file(self):
        self.ensure_one()
        if len(self.raw or b"") > MAX_BYTES:
            raise UserError(
                self.env._("“%(file)s” is larger than 50 MB.", file=self.name)
            )
        if not self.raw:
            raise UserError(
                self.env._(
                    "“%(file)s” is empty and shows nothing: choose another file.",
                    file=self.name,
                )
            )
        if not self._is_reverse_evidence():
            raise UserError(
                self.env._(
                    "“%(file)s” cannot be attached: choose a picture, a video, a PDF, "
                    "an office document without macros, or plain text.",
                    file=self.name,
                )
            )

    def _check_reverse_added(self):
        """Refuse files that come too late."""
        if self._reverse_passes():
            return
        for name, documents in self._get_reverse_documents(EVIDENCE_MODELS).items():
            for document in self._get_reverse_fixed(name, documents):
                raise UserError(
                    self.env._(
                        "%(document)s is inspected: its evidence is complete. To add "
                        "photos or documents, have the goods inspected again, or "
                        "write a message on the return.",
                        document=document.display_name,
                    )
                )

    def _reverse_differs(self, vals):
        """Whether writing these values would change anything that counts."""
        self.ensure_one()
        attachment = self.sudo()  # sudo: compare only
        for name, value in vals.items():
            if name in OPEN_FIELDS or name not in self._fields:
                continue
            if name in ("raw", "datas"):
                content = value or b""
                if name == "datas":
                    content = base64.b64decode(content)
                elif isinstance(content, str):
                    content = content.encode()
                if self._compute_checksum(content) != attachment.checksum:
                    return True
                continue
            field = self._fields[name]
            if field.convert_to_write(
                field.convert_to_record(
                    field.convert_to_cache(value, attachment), attachment
                ),
                attachment,
            ) != field.convert_to_write(attachment[name], attachment):
                return True
        return False

    def _refuse_reverse_change(self):
        self.ensure_one()
        attachment = self.sudo()  # sudo: names in the message
        document = self.env[attachment.res_model].sudo().browse(attachment.res_id)
        rma = document if document._name == "reverse.rma" else document.rma_id
        if rma._get_held():
            raise UserError(
                self.env._(
                    "%(rma)s is under legal hold: “%(file)s” stays as it is until the "
                    "hold is released.",
                    rma=rma.display_name,
                    file=attachment.name,
                )
            )
        if document == rma:
            raise UserError(
                self.env._(
                    "The customer sent “%(file)s” with what they wrote about %(rma)s, "
                    "and it stays as it is.",
                    rma=rma.display_name,
                    file=attachment.name,
                )
            )
        if attachment.reverse_decided and not document._is_fixed_by(
            document._get_evidence_inspections()
        ):
            raise UserError(
                self.env._(
                    "%(rma)s was decided with “%(file)s”, which stays as it was "
                    "shown then. Add another file if there is a better one.",
                    rma=rma.display_name,
                    file=attachment.name,
                )
            )
        raise UserError(
            self.env._(
                "“%(file)s” is evidence of a completed inspection (%(document)s) and "
                "cannot be changed or deleted.",
                file=attachment.name,
                document=document.display_name,
            )
        )

    def _is_reverse_evidence(self):
        """Tell whether the file can prove something.

        A picture, a video or a document that is here can; what stands at an address
        elsewhere can change.
        """
        self.ensure_one()
        return self.type == "binary" and is_evidence(
            self.raw or b"", self.name, self.mimetype
        )

    def _is_reverse_stored(self):
        """Whether there is a file; its content was checked when it was added."""
        self.ensure_one()
        return self.type == "binary" and self.file_size > 0

    def _is_reverse_picture(self):
        """Whether this shows the goods; its content was checked when it was added."""
        self.ensure_one()
        return self._is_reverse_stored() and (self.mimetype or "").startswith("image/")

    def _get_reverse_digest(self):
        """What stands for the content in the events."""
        self.ensure_one()
        if self.type == "url":
            return hashlib.sha256((self.url or "").encode()).hexdigest()
        return self.checksum or ""

    def _is_reverse_content(self, digest):
        """Whether the stored file still is what an event says it was."""
        self.ensure_one()
        if self._get_reverse_digest() != digest:
            return False
        return self.type == "url" or self._compute_checksum(self.raw or b"") == digest
