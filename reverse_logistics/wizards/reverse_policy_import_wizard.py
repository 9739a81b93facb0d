import base64

from odoo import fields, models
from odoo.exceptions import UserError

# Rules are short: a larger file is something else.
MAX_BYTES = 5_000_000


class ReversePolicyImportWizard(models.TransientModel):
    """Dialog in which an administrator makes a draft of a policy from a file."""

    _name = "reverse.policy.import.wizard"
    _description = "Import of a Policy Version"

    policy_id = fields.Many2one(
        "reverse.policy", required=True, help="Gets the new draft."
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()

    def action_import(self):
        """Make a draft from the file.

        :raises UserError: listing all that this database does not know
        """
        self.ensure_one()
        data = base64.b64decode(self.file)
        if len(data) > MAX_BYTES:
            raise UserError(self.env._("The file is larger than 5 MB."))
        title = self.file_name or self.env._("The file")
        versions = self.env["reverse.policy.version"]
        return versions._import_file(data, self.policy_id, title)._open_form()
