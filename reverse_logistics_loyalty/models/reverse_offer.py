from odoo import models


class ReverseOffer(models.Model):
    """Say how much of an offer goes back to cards."""

    _inherit = "reverse.offer"

    def _get_card_amount(self):
        """Give what of the offer the customer gets on the cards that paid."""
        return sum(term.get("cards", 0.0) for term in self.terms or ())
