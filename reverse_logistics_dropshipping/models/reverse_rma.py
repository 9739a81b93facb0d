from odoo import Command, api, models
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

    @api.model
    def _adopt_sent(self, moves):
        """Make returns of drop-shipped goods that went back to their supplier outside
        of any, for a person.
        """
        groups = moves.grouped("picking_id")
        # sudo: whoever sent the goods need not be of customer service
        rmas = self._guarded_create(
            [
                self._prepare_adopted_sent(picking, group)
                for picking, group in groups.items()
            ]
        )
        for rma, group in zip(rmas, groups.values(), strict=True):
            for line, move in zip(rma.line_ids.sorted("id"), group, strict=True):
                # sudo: the link is the return's to set
                move.sudo().reverse_supplier_line_id = line
        if rmas:
            rmas._request_adopted()

    @api.model
    def _prepare_adopted_sent(self, picking, moves):
        """The supplier is on the transfer: the customer is whoever ordered."""
        orders = moves._get_reverse_roots().sale_line_id.order_id
        vals = self._prepare_adopted(picking, moves)
        lines = [
            Command.create({**move._prepare_adopted_line(), "return_to": "supplier"})
            for move in moves
        ]
        partner = orders[:1].partner_id.id or vals["partner_id"]
        return {**vals, "partner_id": partner, "line_ids": lines}

    def _has_gone_to_supplier(self):
        """Tell whether some of the goods are with their supplier already."""
        self.ensure_one()
        # sudo: only whether goods have left is read
        moves = self.sudo().line_ids.supplier_move_ids
        return "done" in moves.mapped("state")

    def action_cancel(self):
        for rma in self:
            if rma._has_gone_to_supplier():
                raise UserError(
                    self.env._(
                        "Goods of %(rma)s have gone to the supplier: complete their "
                        "inspection, and close the rest short.",
                        rma=rma.display_name,
                    )
                )
        return super().action_cancel()

    def _reject(self, message):
        self._check_not_with_supplier()
        return super()._reject(message)

    def _check_not_with_supplier(self):
        """Refuse to end a return as if the customer could get the goods back."""
        for rma in self:
            if rma._has_gone_to_supplier():
                raise UserError(
                    self.env._(
                        "Goods of %(rma)s have gone to the supplier, so the customer "
                        "does not get them back: authorize the return, complete their "
                        "inspection, and deny the credit where none is due.",
                        rma=rma.display_name,
                    )
                )
