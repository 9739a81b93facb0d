from odoo import fields, models
from odoo.exceptions import UserError


class ReverseSupplierRotationLine(models.TransientModel):
    """Goods of one receipt that are on hand and may go back unsold."""

    _name = "reverse.supplier.rotation.line"
    _description = "Unsold Goods"

    choice_id = fields.Many2one(
        "reverse.supplier.rotation", required=True, ondelete="cascade"
    )
    product_id = fields.Many2one("product.product", readonly=True)
    lot_id = fields.Many2one("stock.lot", readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True)
    receipt_move_id = fields.Many2one("stock.move", "Came in with", readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    available = fields.Float(
        "On Hand",
        digits="Product Unit",
        readonly=True,
        help="Not reserved, of what came in with this receipt.",
    )
    quantity = fields.Float("Return", digits="Product Unit")

    def _get_goods(self):
        """Give ``(product, lot, location, receipt, quantity)``."""
        self.ensure_one()
        return (
            self.product_id,
            self.lot_id,
            self.location_id,
            self.receipt_move_id,
            self.quantity,
        )

    def _check_available(self):
        """Refuse what is not there, or is no more what it was when it was listed."""
        names = ("product_id", "lot_id", "location_id", "receipt_move_id")
        found = {
            tuple(vals[name] for name in names): vals["available"]
            for vals in self.choice_id.agreement_id._find_rotatable()
        }
        for key, lines in self.grouped(
            lambda line: tuple(line[name].id for name in names)
        ).items():
            left = found.get(key, 0.0)
            wanted = sum(lines.mapped("quantity"))
            unit = lines.uom_id
            if min(lines.mapped("quantity")) < 0 or unit.compare(wanted, left) > 0:
                raise UserError(
                    self.env._(
                        "%(product)s: up to %(left)s can go back that came in with "
                        "%(receipt)s.",
                        product=(lines.lot_id or lines.product_id).display_name,
                        left=unit._say_reverse(left),
                        # sudo: the name of the receipt that is shown
                        receipt=lines.sudo().receipt_move_id.picking_id.name,
                    )
                )
