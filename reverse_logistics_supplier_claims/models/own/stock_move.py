from odoo import models
from odoo.exceptions import UserError

from ...engine import amounts


class StockMove(models.Model):
    """Own goods that are claimed from their supplier."""

    _inherit = "stock.move"

    def _take_reverse_own(self, lot, picked=False):
        """Take exactly these goods from where they lie.

        :param lot: the only one that counts; none for goods without any
        :raises UserError: when not all of them lie there
        """
        self.ensure_one()
        quants = self.env["stock.quant"]._find_reverse_own(
            self.product_id, self.location_id, lot
        )
        free = {quant: quant.available_quantity for quant in quants}
        here = sum(free.values())
        taken = amounts.fill(min(here, self.product_qty), free)
        if self.product_id.uom_id.compare(here, self.product_qty) < 0:
            raise UserError(
                self.env._(
                    "%(wanted)s of %(product)s are claimed, but only %(here)s are free "
                    "in %(location)s. Claim what is there, or keep the goods where "
                    "they are.",
                    wanted=self.product_id.uom_id._say_reverse(self.product_qty),
                    product=(lot or self.product_id).display_name,
                    here=self.product_id.uom_id._say_reverse(here),
                    location=self.location_id.display_name,
                )
            )
        self.env["stock.move.line"].create(
            [
                {
                    "move_id": self.id,
                    "picking_id": self.picking_id.id,
                    "product_id": self.product_id.id,
                    "product_uom_id": self.product_id.uom_id.id,
                    "quantity": quantity,
                    "location_id": quant.location_id.id,
                    "location_dest_id": self.location_dest_id.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "company_id": self.company_id.id,
                    "picked": picked,
                }
                for quant, quantity in taken.items()
                if self.product_id.uom_id.compare(quantity, 0) > 0
            ]
        )
