import json
import unicodedata

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.mail.controllers.attachment import AttachmentController
from odoo.addons.web.controllers.binary import Binary

from ..models.extensions.ir_attachment import UPLOAD_MODELS
from ..models.portal.ir_attachment import FILE_BYTES


class ReverseUpload(Binary):
    """Upload files of returns, and say why one is refused."""

    @http.route()
    def upload_attachment(self, model, id, ufile, callback=None):
        if model not in UPLOAD_MODELS or callback:
            return super().upload_attachment(model, id, ufile, callback)
        answers = []
        for file in request.httprequest.files.getlist("ufile"):
            try:
                with request.env.cr.savepoint():
                    answers.append(self._add_reverse_file(model, int(id), file))
            except UserError as error:
                answers.append({"error": error.args[0]})
        return json.dumps(answers)

    def _add_reverse_file(self, model, record_id, file):
        attachment = request.env["ir.attachment"].create(
            {
                # Some browsers send the letters of names apart from their accents.
                "name": unicodedata.normalize("NFC", file.filename or ""),
                "raw": file.read(),
                "res_model": model,
                "res_id": record_id,
            }
        )
        attachment._post_add_create()
        return {
            "filename": attachment.name,
            "mimetype": attachment.mimetype,
            "id": attachment.id,
            "size": attachment.file_size,
        }


class ReverseMessageUpload(AttachmentController):
    """Upload files for a customer's message, and say why one is refused.

    The file is checked again when the message is posted.
    """

    @http.route()
    def mail_attachment_upload(
        self, ufile, thread_id, thread_model, is_pending=False, **kwargs
    ):
        options = {"is_pending": is_pending, **kwargs}
        if thread_model != "reverse.rma" or not request.env.user.share:
            return super().mail_attachment_upload(
                ufile, thread_id, thread_model, **options
            )
        try:
            with request.env.cr.savepoint():
                self._check_file(ufile, thread_id, **kwargs)
                return super().mail_attachment_upload(
                    ufile, thread_id, thread_model, **options
                )
        except UserError as error:
            return request.make_json_response({"error": error.args[0]})

    def _check_file(self, ufile, thread_id, **kwargs):
        """Check the file if its sender may post on this return."""
        if self._get_thread_with_access_for_post("reverse.rma", thread_id, **kwargs):
            content = ufile.read(FILE_BYTES + 1)
            ufile.seek(0)
            files = request.env["ir.attachment"]
            files._clean_customer_file(ufile.filename or "", content)
