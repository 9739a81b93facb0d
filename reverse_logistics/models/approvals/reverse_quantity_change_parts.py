from odoo import fields, models
from odoo.exceptions import UserError


class ReverseQuantityChange(models.Model):
    """Which goods exactly somebody approved to be moved: these and no others.

    A part is ``(product, lot, owner, from, to)`` with the name of the lot, else ids.
    """

    _inherit = "reverse.quantity.change"

    parts = fields.Json(
        readonly=True, help="Of a transfer with several lots or places, each of them."
    )

    def _get_approved(self):
        """Give the parts that may be moved: ``{part: quantity}``."""
        self.ensure_one()
        if self.parts:
            return {tuple(part): quantity for *part, quantity in self.parts}
        part = (
            self.product_id.id,
            self.lot_id.name or "",
            self.owner_id.id,
            self.location_id.id,
            self.location_dest_id.id,
        )
        return {part: self.quantity}

    def _check_moved(self, move):
        """Refuse a move of more than was approved, or of anything else."""
        uom = self.product_id.uom_id
        moved, approved = move._get_reverse_moved(), self._get_approved()
        transfer = move.picking_id.name or move.display_name
        if uom.compare(sum(moved.values()), self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(transfer)s would move more of %(product)s than was approved: "
                    "%(quantity)s.",
                    transfer=transfer,
                    product=self.product_id.display_name,
                    quantity=uom._say_reverse(self.quantity),
                )
            )
        other = {
            part: quantity
            for part, quantity in moved.items()
            if uom.compare(quantity, approved.get(part, 0.0)) > 0
        }
        if other:
            raise UserError(
                self.env._(
                    "%(transfer)s would move what nobody has approved:\n%(other)s\n"
                    "Enter what was approved, or cancel it and ask for another one:\n"
                    "%(approved)s",
                    transfer=transfer,
                    other=self._describe_parts(other),
                    approved=self._describe_parts(approved),
                )
            )

    def _describe_parts(self, parts):
        """Name parts with their quantities, one on a line."""
        return "\n".join(
            self._describe_part(*part, quantity) for part, quantity in parts.items()
        )

    def _describe_part(self, product, lot, owner, source, target, quantity):
        # sudo: names of what the reader of the change sees anyway
        env = self.sudo().env
        product = env["product.product"].browse(product)
        names = [product.display_name, lot, env["res.partner"].browse(owner).name]
        return self.env._(
            "%(quantity)s %(goods)s: %(origin)s → %(target)s",
            quantity=product.uom_id._say_reverse(quantity),
            goods=", ".join(filter(None, names)),
            origin=env["stock.location"].browse(source).display_name,
            target=env["stock.location"].browse(target).display_name,
        )
