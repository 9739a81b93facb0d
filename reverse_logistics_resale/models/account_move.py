from odoo import models


class AccountMove(models.Model):
    """Advance invoices say what the order of a lot deducts once they are posted."""

    _inherit = "account.move"

    def action_post(self):
        # Odoo writes price and taxes one after the other.
        moves = self.env["sale.order.line"]._amounting(self)
        return super(AccountMove, moves).action_post()
