from dataclasses import replace

from odoo import api, models


class ReverseException(models.Model):
    """Gift cards and eWallets pay before the invoice, as down payments do."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_paid_ahead(self):
        kind = super()._get_type_paid_ahead()
        by_card = self.env._(
            "What a gift card or eWallet paid goes back to it: invoice the rest of the "
            "order first, with no more of the card than the rest costs, then update "
            "the balance of the card with the return as the reason. Or cancel the "
            "order where nothing of it is left: that gives the card its points, and no "
            "balance is to be updated."
        )
        return replace(kind, todo=f"{kind.todo} {by_card}")
