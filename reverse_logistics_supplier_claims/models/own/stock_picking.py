from odoo import api, fields, models


class StockPicking(models.Model):
    """Receipts of which something was missing, damaged or wrong."""

    _inherit = "stock.picking"

    reverse_is_claim_allowed = fields.Boolean(
        compute="_compute_reverse_is_claim_allowed", compute_sudo=True
    )

    @api.depends(
        "state", "move_ids.purchase_line_id", "move_ids.move_line_ids.owner_id"
    )
    @api.depends_context("uid")
    def _compute_reverse_is_claim_allowed(self):
        mine = self.env["reverse.supplier.claim"]._has_duty("claims")
        for picking in self:
            picking.reverse_is_claim_allowed = mine and bool(
                picking._get_reverse_claimable()
            )

    def _get_reverse_claimable(self):
        """Give the moves with which purchases came in that are ours."""
        return self.move_ids.filtered(
            lambda m: (
                m.state == "done"
                and m.location_id.usage == "supplier"
                and m.purchase_line_id
                and not all(line.owner_id for line in m.move_line_ids)
            )
        )

    def action_claim_supplier(self):
        """Open the form in which is said what was missing, damaged or wrong."""
        self.check_access("read")
        entry = self.env["reverse.supplier.own"]
        # sudo: who claims need not read purchases; nothing is claimed yet
        moves = self.sudo()._get_reverse_claimable()
        return entry._open(
            [
                {
                    "receipt_move_id": move.id,
                    "product_id": move.product_id.id,
                    "lot_id": lot.id,
                    "location_id": move.location_dest_id.id,
                    "quantity_here": sum(lines.mapped("quantity_product_uom")),
                    "found": "damaged",
                }
                for move in moves
                for lot, lines in move.move_line_ids.filtered(
                    lambda line: not line.owner_id
                )
                .grouped("lot_id")
                .items()
            ]
        )
