from odoo import models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    """Files of a message about a claim stay with it as they are."""

    _inherit = "ir.attachment"

    def _reverse_locked(self, operation):
        return super()._reverse_locked(operation) | self._find_of_answers()

    def _check_reverse_added(self):
        res = super()._check_reverse_added()
        added = self._find_of_answers()
        if added and not self._reverse_passes():
            raise UserError(
                self.env._(
                    "“%(file)s” cannot be added: what was written about a claim "
                    "stays as it is. Note a message of its own.",
                    file=added[0].name,
                )
            )
        return res

    def _refuse_reverse_change(self):
        if self._find_of_answers():
            raise UserError(
                self.env._(
                    "“%(file)s” was written about a claim and stays as it is.",
                    file=self.sudo().name,  # sudo: name in the message
                )
            )
        return super()._refuse_reverse_change()

    def _find_of_answers(self):
        # sudo: where a file belongs to, whoever handles it
        files = self.sudo().filtered(
            lambda file: file.res_model == "reverse.supplier.answer" and file.res_id
        )
        return files.with_env(self.env)
