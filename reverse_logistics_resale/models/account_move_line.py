from odoo import models


class AccountMoveLine(models.Model):
    """What liquidated goods cost."""

    _inherit = "account.move.line"

    def _get_cogs_value(self):
        """Book what exactly these pieces left with.

        Odoo takes the mean of all lines of the order with the same product, at what the
        product costs when it is invoiced.
        """
        cost = self._get_reverse_liquidation_cost()
        return super()._get_cogs_value() if cost is None else cost

    def _get_reverse_liquidation_cost(self):
        """Unit cost of the piece of a lot that this line invoices.

        :return: None where it invoices none, or where nothing has left yet
        """
        self.ensure_one()
        # sudo: the cost does not depend on who posts the invoice
        sold = self.sudo().sale_line_ids.filtered("reverse_liquidation_line_id")
        if self.move_id.move_type != "out_invoice" or not sold:
            return None
        left = sold.move_ids.filtered(lambda m: m.state == "done" and m.is_out)
        quantity = sum(move._get_valued_qty() for move in left)
        return sum(left.mapped("value")) / quantity if quantity else None
