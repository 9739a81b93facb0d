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
        answer = self.sudo()
        own = answer.claim_id._get_claimants()
        user = answer.user_id
        if not user._is_internal():
            return not (user.create_uid | user.partner_id._get_reverse_let_in()) & own
        return user not in own
