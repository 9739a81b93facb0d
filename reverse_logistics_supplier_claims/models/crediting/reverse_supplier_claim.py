from odoo import models


class ReverseSupplierClaim(models.Model):
    """The supplier's answer lets credits go on that waited for it."""

    _inherit = "reverse.supplier.claim"

    def _go_on_crediting(self, answer=None):
        """Credit customers whose credits only waited for this answer.

        Where nobody but who claims says that there is one, a person releases them.

        :param answer: the ``reverse.supplier.answer``, if there is one
        """
        # sudo: policy decided before; the answer only sets it off
        lines = self.sudo().line_ids.inspection_id.settlement_line_ids
        proved = not answer or answer._is_proved()
        lines.settlement_id._go_on_answered(proved)
