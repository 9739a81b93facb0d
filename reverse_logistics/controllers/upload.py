import json
import unicodedata

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.web.controllers.binary import Binary

from ..models.extensions.ir_attachment import UPLOAD_MODELS


class ReverseUpload(Binary):
    """Files of returns: whoever uploads one that is refused reads why."""

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
