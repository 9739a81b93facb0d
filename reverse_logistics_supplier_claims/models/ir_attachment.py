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
        return files.with_env(self.env) | self._find_of_accepted()

    def _find_of_accepted(self):
        """Give the evidence of steps of 8D reports that were accepted."""
        # sudo: as above
        steps = self.env["reverse.corrective.step"].sudo()
        files = self.sudo().filtered(
            lambda file: file.res_model == steps._name and file.res_id
        )
        accepted = steps.search(
            [
                ("state", "=", "accepted"),
                "|",
                ("evidence_ids", "in", self.ids),
                ("id", "in", files.mapped("res_id")),
            ]
        )
        own = files.filtered(lambda file: file.res_id in accepted.ids)
        # Those that a step names belong to it, wherever they were uploaded.
        named = self.sudo() & accepted.evidence_ids
        return (own | named).with_env(self.env)
