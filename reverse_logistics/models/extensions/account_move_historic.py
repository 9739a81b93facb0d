from odoo import models


class AccountMove(models.Model):
    """Credits of sales of the past: their limit."""

    _inherit = "account.move"

    def _check_reverse_over_credit(self):
        res = super()._check_reverse_over_credit()
        credit_notes = self.filtered(lambda m: m.move_type == "out_refund")
        # sudo: the limit counts every credit, whoever made it
        settled = credit_notes.invoice_line_ids.sudo().reverse_settlement_line_id
        settled.historic_sale_id._check_over_credit(credit_notes)
        return res


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_reverse_price_net(self):
        """Amount in the terms of the price, less what its settlement withholds."""
        self.ensure_one()
        gross = self._get_reverse_gross()
        # sudo: the limit of a credit does not depend on who posts it
        settled = self.sudo().reverse_settlement_line_id
        whole = settled._get_gross()
        if not whole:
            return gross
        withheld = settled.discount_share + settled.rounding + settled.deduction
        return gross * (1 - withheld / whole)

    def _get_cogs_value(self):
        """Goods of a sale of the past come back at what they were worth then."""
        # sudo: who posts it need not read returns
        sale = self.sudo().reverse_settlement_line_id.historic_sale_id
        if sale and self.move_id.move_type == "out_refund":
            return sale._get_unit_cost()
        return super()._get_cogs_value()
