from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: What a supplier did not keep: it came back by its claim, or by Odoo's own return.
REFUSED = Domain("reverse_back_line_id", "!=", False) | Domain(
    [
        ("origin_returned_move_id.location_dest_id.usage", "=", "supplier"),
        ("reverse_replaced_line_id", "=", False),
    ]
)


class StockMove(models.Model):
    """No more goes back to a supplier than came; what it refuses comes back to us."""

    _inherit = "stock.move"

    reverse_back_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Refused by Supplier",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    def _check_vendor_over_return(self):
        """Refuse to send a supplier more of a purchase than came in with it.

        Call it before the goods are moved. Of two users at once, the second sees what
        the first has sent.

        :raises UserError: naming purchase, product and quantities
        """
        going = self.filtered(
            lambda m: (
                "supplier" in m._get_reverse_targets().mapped("usage")
                and m.location_id.usage != "supplier"
                and m.purchase_line_id.product_qty > 0
            )
        )
        if not going:
            return
        # sudo: receipts and returns of every user count
        known = going.sudo().purchase_line_id.move_ids
        came = known.filtered(lambda m: m.location_id.usage == "supplier")
        came._reverse_touch()
        for (line, product), moves in (
            going.sudo().grouped(lambda m: (m.purchase_line_id, m.product_id)).items()
        ):
            own = known.filtered(
                lambda m, line=line, product=product: (
                    m.state == "done"
                    and m.purchase_line_id == line
                    and m.product_id == product
                )
            )
            moves._check_vendor_balance(own)

    def _check_vendor_balance(self, done):
        """Refuse these moves of one purchase where they are more than is left of it.

        :param done: what of the same purchase came and went already
        """
        left = 0.0
        for move, quantity in done._get_reverse_parts_sum().items():
            incoming = move.location_id.usage == "supplier"
            outgoing = move.location_dest_id.usage == "supplier"
            left += quantity * (incoming - outgoing)
        lines = self.move_line_ids.filtered("picked") or self.move_line_ids
        wanted = sum(lines.mapped("quantity_product_uom"))
        unit = self.product_id.uom_id
        if unit.compare(wanted, left) > 0:
            raise UserError(
                self.env._(
                    "%(transfer)s sends %(wanted)s of %(product)s to the supplier, but "
                    "of %(order)s only %(left)s can go back. Lower the quantity, or "
                    "name the purchase with which the rest came in.",
                    transfer=self.picking_id[:1].name or self[:1].display_name,
                    wanted=unit._say_reverse(wanted),
                    product=self.product_id.display_name,
                    order=self.purchase_line_id.order_id.name,
                    left=unit._say_reverse(left),
                )
            )
