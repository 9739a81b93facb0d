from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseSupplierClaimLine(models.Model):
    """Goods that lie in our own stock, and were never sold."""

    _inherit = "reverse.supplier.claim.line"

    stock_location_id = fields.Many2one(
        "stock.location",
        "Lies In",
        readonly=True,
        guarded=True,
        ondelete="restrict",
        help="Where own goods wait that go back to the supplier.",
    )

    def _check_no_rotation(self):
        """Which unsold goods go back is chosen in the form that knows what may."""
        if any(line.claim_id.kind == "rotation" for line in self):
            raise UserError(
                self.env._(
                    "Unsold goods are claimed with “Return Unsold Goods” of their "
                    "agreement."
                )
            )

    def _get_unsold(self):
        """Give the lines of unsold goods; those of faulty ones say what was found."""
        return self.filtered(lambda line: line.stock_location_id and not line.found)

    def _get_rotated_value(self):
        """What counts of the right: at full price, as far as it was not refused."""
        self.ensure_one()
        value = self.quantity * self.unit_cost
        awaited = self.state in ("draft", *transitions.AWAITED_IN)
        if awaited or not self.claim_id.answered_on or not self.amount_claimed:
            return value
        return value * self.amount_approved / self.amount_claimed

    def _get_place(self):
        """Give the location in which these goods lie, or lay."""
        self.ensure_one()
        return self.inspection_id.location_id or self.stock_location_id

    def _prepare_stock_move(self, picking_type, source, goal):
        """Give the values of a move that takes own goods away."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "location_id": source.id,
            "location_dest_id": goal.id,
            "location_final_id": goal.id,
            "picking_type_id": picking_type.id,
            "warehouse_id": picking_type.warehouse_id.id,
            "company_id": self.company_id.id,
            "procure_method": "make_to_stock",
        }
