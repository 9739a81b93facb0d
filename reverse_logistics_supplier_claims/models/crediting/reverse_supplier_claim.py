from odoo import models

from ..reverse_supplier_claim import DECIDING


class ReverseSupplierClaim(models.Model):
    """The supplier's answer lets credits go on that waited for it."""

    _inherit = "reverse.supplier.claim"

    def _go_on_crediting(self):
        """Credit customers whose credits only waited for this answer."""
        # sudo: policy decided before; the answer only sets it off
        lines = self.sudo().line_ids.inspection_id.settlement_line_ids
        lines.settlement_id._go_on_answered()

    def _is_answered_by_word(self):
        """Tell whether nobody but who claims says that there is an answer."""
        self.ensure_one()
        # sudo: what was answered, whoever credits
        answers = self.sudo().answer_ids.filtered(lambda one: one.kind in DECIDING)
        last = answers.sorted("id")[-1:]
        return bool(last) and not last._is_proved()
