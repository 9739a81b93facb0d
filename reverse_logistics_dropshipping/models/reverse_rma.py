from odoo import Command, models
from odoo.exceptions import UserError


class ReverseRma(models.Model):
    """Announce to suppliers what goes back to them without coming to us."""

    _inherit = "reverse.rma"

    def _create_receipts(self):
        res = super()._create_receipts()
        self._create_supplier_returns()
        return res

    def _create_supplier_returns(self):
        """Create transfers of goods to their supplier, one for each drop-shipment."""
        lines = self.line_ids.filtered(
            lambda line: (
                line.return_to == "supplier"
                and line._is_sourced()
                and line.uom_id.compare(line._get_unsent_quantity(), 0) > 0
            )
        )
        if not lines:
            return
        # sudo: customer service authorizes and need not have access to transfers
        groups = lines.sudo().grouped(
            lambda line: (line.rma_id, line.move_id.picking_id)
        )
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                rma._prepare_supplier_return(dropship, group)
                for (rma, dropship), group in groups.items()
            ]
        )
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()
        for move in pickings.move_ids:
            lot = move.reverse_supplier_line_id.lot_id
            if lot:
                move.move_line_ids.lot_id = lot

    def _prepare_supplier_return(self, dropship, lines):
        self.ensure_one()
        picking_type = dropship.picking_type_id
        return {
            "picking_type_id": picking_type.id,
            "partner_id": dropship.partner_id.id,
            "company_id": self.company_id.id,
            "location_id": dropship.location_dest_id.id,
            "location_dest_id": dropship.location_id.id,
            "origin": self.name,
            "return_id": dropship.id,
            "user_id": False,
            "move_ids": [
                Command.create(line._prepare_supplier_move(picking_type))
                for line in lines
            ],
        }

    def action_cancel(self):
        for rma in self:
            # sudo: only whether goods have left is read
            moves = rma.sudo().line_ids.supplier_move_ids
            if moves.filtered(lambda m: m.state == "done"):
                raise UserError(
                    self.env._(
                        "Goods of %(rma)s have gone to the supplier: complete their "
                        "inspection, and close the rest short.",
                        rma=rma.display_name,
                    )
                )
        return super().action_cancel()
