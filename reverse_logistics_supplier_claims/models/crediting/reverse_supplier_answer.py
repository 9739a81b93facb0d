from odoo import models


class ReverseSupplierAnswer(models.Model):
    """Answers that let customers be credited."""

    _inherit = "reverse.supplier.answer"

    def _is_proved(self):
        """Tell whether more than the word of whoever claims says what was answered.

        That is somebody else of the company, or the supplier itself where none of those
        who claim made its user, or let it in. A file is no more than the word of who
        attached it.
        """
        self.ensure_one()
        # sudo: who took which step
        own = self.sudo().claim_id._get_claimants()
        return not self._get_speakers() & own
