from odoo import api, fields, models
from odoo.fields import Domain

from .stock_move import REFUSED

#: Names of the four numbers of an order line.
_NUMBERS = ("received", "returned", "billed", "credited")


class PurchaseOrderLine(models.Model):
    """Four numbers of what was bought: Odoo shows only two, of what is left of them."""

    _inherit = "purchase.order.line"

    reverse_qty_received = fields.Float(
        "Came In",
        digits="Product Unit",
        compute="_compute_reverse_quantities",
        compute_sudo=True,
        help="All that was received, whatever went back. What the supplier refused and "
        "sent back to you had come in before.",
    )
    reverse_qty_returned = fields.Float(
        "Went Back",
        digits="Product Unit",
        compute="_compute_reverse_quantities",
        compute_sudo=True,
        help="Of what came in, what went back to the supplier, which has kept it.",
    )
    reverse_qty_billed = fields.Float(
        "Billed in All",
        digits="Product Unit",
        compute="_compute_reverse_quantities",
        compute_sudo=True,
        help="Quantity of posted bills, whatever was credited.",
    )
    reverse_qty_credited = fields.Float(
        "Credited",
        digits="Product Unit",
        compute="_compute_reverse_quantities",
        compute_sudo=True,
        help="Quantity of posted credit notes.",
    )

    @api.depends(
        "move_ids.state",
        "move_ids.quantity",
        "invoice_lines.parent_state",
        "invoice_lines.quantity",
    )
    def _compute_reverse_quantities(self):
        sums = {(line.id, name): 0.0 for line in self for name in _NUMBERS}
        for name, rows in self._read_reverse_quantities().items():
            number, sign = ("returned", -1) if name == "refused" else (name, 1)
            for line, unit, quantity in rows:
                sums[line.id, number] += sign * unit._compute_quantity(
                    quantity, line.product_uom_id, rounding_method="HALF-UP"
                )
        for line in self:
            for name in _NUMBERS:
                line[f"reverse_qty_{name}"] = sums[line.id, name]

    def _read_reverse_quantities(self):
        """Sum moves and bills: ``{number: [(order line, unit, quantity), …]}``.

        What the supplier refused is apart: it did not stay there.
        """
        ours = [("purchase_line_id", "in", self.ids)]
        moves = self.env["stock.move"]
        bills = self.env["account.move.line"]
        done = Domain([*ours, ("state", "=", "done")])
        posted = [*ours, ("parent_state", "=", "posted")]
        came = done & Domain(
            [
                ("location_id.usage", "=", "supplier"),
                ("location_dest_id.usage", "!=", "supplier"),
            ]
        )
        moved = ["purchase_line_id", "product_uom"], ["quantity:sum"]
        counted = ["purchase_line_id", "product_uom_id"], ["quantity:sum"]
        return {
            "received": moves._read_group(came & ~REFUSED, *moved),
            "refused": moves._read_group(came & REFUSED, *moved),
            "returned": moves._read_group(
                done
                & Domain(
                    [
                        ("location_dest_id.usage", "=", "supplier"),
                        ("location_id.usage", "!=", "supplier"),
                    ]
                ),
                *moved,
            ),
            "billed": bills._read_group(
                [*posted, ("move_id.move_type", "=", "in_invoice")], *counted
            ),
            "credited": bills._read_group(
                [*posted, ("move_id.move_type", "=", "in_refund")], *counted
            ),
        }
