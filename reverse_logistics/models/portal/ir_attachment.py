from odoo import api, models
from odoo.exceptions import UserError

from ...engine import files
from .pictures import strip

#: Largest file of a customer in bytes.
FILE_BYTES = 10_000_000
#: Files that customers and visitors may add to one return.
MOST_FILES = 100


class IrAttachment(models.Model):
    """Files of customers: pictures and papers only, and without where they were."""

    _inherit = "ir.attachment"

    @api.model
    def _clean_customer_file(self, name, content):
        """Give what is kept of a file that a customer sends.

        :param str name: of the file, as they call it
        :param bytes content: of the file
        :return: bytes
        :raises UserError: for what is too large, or neither picture nor PDF
        """
        if len(content) > FILE_BYTES:
            raise UserError(
                self.env._(
                    "%(file)s is too large. Files of up to %(most)s MB can be sent.",
                    file=name,
                    most=FILE_BYTES // 1_000_000,
                )
            )
        kind = files.find_kind(content)
        if kind == "image":
            # The camera notes where a picture was taken, which is not our business.
            content = strip(content)
        if not content or kind not in ("image", "pdf"):
            raise UserError(
                self.env._(
                    "%(file)s cannot be used. Please send a photo (JPEG or PNG) or "
                    "a PDF document.",
                    file=name,
                )
            )
        return content

    def _take_from_visitors(self):
        """Look at what customers and visitors add to the messages of a return.

        Their own mails come in by the mail server and are no visitor's: nobody would
        be there to read that a file of theirs was refused.
        """
        if not self.env.user.share:
            return
        documents = self._get_reverse_documents(("reverse.rma",))
        for rma, own in documents.get("reverse.rma", {}).items():
            rma._check_file_count()
            # Also where a return is held: what is changed was not there before.
            for file in own.with_env(rma._workflow().env):
                content = file._clean_customer_file(file.name, file.raw or b"")
                if content != file.raw:
                    file.raw = content
