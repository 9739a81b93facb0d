from odoo import models


class ReverseRmaLine(models.Model):
    """What a line is credited from: the invoices of its order line, unless extended."""

    _inherit = "reverse.rma.line"

    def _get_credit_ledger(self):
        """What was invoiced of these lines' sources, and what is left to credit of it.

        :rtype: engine.settlement.Ledger
        """
        return self.sale_line_id._get_credit_ledger()

    def _get_credit_currency(self):
        self.ensure_one()
        return self.sudo().sale_line_id.currency_id  # sudo: currency only

    def _to_order_quantity(self, quantity):
        """Give a quantity of this line in its order line's unit, as fine as it is.

        What is sold as a part of something else counts as that part of it.
        """
        self.ensure_one()
        # sudo: the unit only
        order_uom = self.sudo().sale_line_id.product_uom_id
        return self.uom_id._compute_quantity(quantity, order_uom, round=False)
