from odoo import models
from odoo.exceptions import UserError

from ..engine import files

# The first bytes of workbooks in the format from before 2007.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


class BaseImportImport(models.TransientModel):
    """Refuse files for historic sales that are no lists."""

    _inherit = "base_import.import"

    def _read_file(self, options):
        """Refuse a file that is no list by its content, before it is read as one."""
        content = self.file or b""
        if (
            self.res_model == "reverse.historic.sale"
            and files.find_kind(content) not in ("workbook", "document", "text")
            and not content.startswith(_OLD_WORKBOOK)
        ):
            raise UserError(
                self.env._(
                    "%(file)s could not be read, whatever its name says. Save the "
                    "list as XLSX or CSV, and choose that file.",
                    file=self.file_name or self.env._("The file"),
                )
            )
        return super()._read_file(options)
