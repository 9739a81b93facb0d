from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Goods of a sale of the past: what they are worth, and which lots they are."""

    _inherit = "stock.move"

    def _get_reverse_historic_value(self, quantity):
        """What goods of a sale of the past cost then."""
        # sudo: the value of goods does not depend on who receives them
        sale = self.sudo().reverse_rma_line_id.historic_sale_id
        return sale and {
            "value": sale._get_unit_cost() * quantity,
            "quantity": quantity,
            "description": self.env._(
                "Cost of the old invoice %(invoice)s", invoice=sale.invoice_name
            ),
        }

    def _check_reverse_lots(self):
        res = super()._check_reverse_lots()
        # sudo: what was sold is needed whoever receives
        for move in self.sudo():
            sale = move.reverse_rma_line_id.historic_sale_id
            if not sale.lot_id:
                continue
            for line in move.move_line_ids.filtered("picked"):
                name = line.lot_id.name or line.lot_name
                if name and name != sale.lot_id.name:
                    raise UserError(
                        self.env._(
                            "%(lot)s of %(product)s was not part of the old invoice "
                            "%(invoice)s. Check the number; if the goods are of "
                            "another sale, receive them on another return.",
                            lot=name,
                            product=move.product_id.display_name,
                            invoice=sale.invoice_name,
                        )
                    )
        return res
