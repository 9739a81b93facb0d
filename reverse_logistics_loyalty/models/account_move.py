from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _drop_reverse_nil(self):
        # What a card paid goes back to it in the books as well, if nothing else is due.
        by_card = self.filtered(
            lambda move: move.reverse_settlement_id.line_ids._get_card_points()
        )
        return super(AccountMove, self - by_card)._drop_reverse_nil()
