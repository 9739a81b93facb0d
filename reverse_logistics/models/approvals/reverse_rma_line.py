from odoo import models


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _lacks_confirmed_sale(self):
        """Whether nobody has confirmed that we sold these goods."""
        self.ensure_one()
        # sudo: whether there is a sale, and whether an old one was confirmed
        line = self.sudo()
        if line.move_id or line.sale_line_id:
            return False
        sale = line.historic_sale_id
        return not sale.confirmed if sale else line.customer_owned
