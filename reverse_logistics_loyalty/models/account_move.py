from odoo import models


class AccountMove(models.Model):
    """Post credit notes over nothing when a card gets points back."""

    _inherit = "account.move"

    def _drop_reverse_nil(self):
        # Giving a card its points back needs a posted document, even over nothing.
        by_card = self.filtered("reverse_settlement_id.amount_cards")
        return super(AccountMove, self - by_card)._drop_reverse_nil()
