from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .sources import ToSupplier


class ReverseRmaLine(models.Model):
    """Choose whether drop-shipped goods come to us or go back to their supplier."""

    _inherit = "reverse.rma.line"

    return_to = fields.Selection(
        [("facility", "Returns facility"), ("supplier", "Supplier")],
        default="facility",
        required=True,
        help="Drop-shipped goods may go straight to the supplier: they never touch "
        "our stock, and nobody here inspects them.",
    )
    supplier_move_ids = fields.One2many(
        "stock.move", "reverse_supplier_line_id", "Transfers to Supplier"
    )

    @api.model
    def _get_source_layers(self):
        return {**super()._get_source_layers(), "to_supplier": ToSupplier}

    def _get_paths_ahead(self):
        return (*super()._get_paths_ahead(), "return_to")

    def _come_here(self):
        """Drop-shipped goods come, too, and not to their supplier."""
        past = self.filtered(lambda line: line.return_to == "supplier")
        past._guarded_write({"return_to": "facility"})
        return super()._come_here()

    def _check_dropshipped(self):
        """Refuse to send goods to a supplier that did not come from one."""
        for line in self:
            # sudo: the user need not have access to the delivery
            delivery = line.sudo().move_id
            if delivery and not delivery._is_dropshipped():
                raise UserError(
                    self.env._(
                        "%(line)s left from our stock with %(delivery)s, so it cannot "
                        "go straight to a supplier. Choose “Returns facility”.",
                        line=line.display_name,
                        delivery=delivery.picking_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Transfer to the supplier
    # ------------------------------------------------------------------
    def _prepare_supplier_move(self, picking_type):
        self.ensure_one()
        dropship = self.move_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self._get_unsent_quantity(),
            "product_uom": self.uom_id.id,
            "location_id": dropship.location_dest_id.id,
            "location_dest_id": dropship.location_id.id,
            "location_final_id": False,
            "picking_type_id": picking_type.id,
            "company_id": self.company_id.id,
            "partner_id": dropship.partner_id.id,
            "origin": self.rma_id.name,
            "origin_returned_move_id": dropship.id,
            "move_orig_ids": [Command.set(dropship.ids)],
            "sale_line_id": dropship.sale_line_id.id,
            "purchase_line_id": dropship.purchase_line_id.id,
            "procure_method": "make_to_stock",
            "to_refund": True,
            "reverse_supplier_line_id": self.id,
        }

    def _sum_supplier_moves(self, states):
        """Sum up what is on transfers to the supplier, in the line's unit.

        :param states: function that tells whether a state of a move counts
        """
        self.ensure_one()
        return sum(
            move.product_uom._compute_quantity(
                move.quantity if move.state == "done" else move.product_uom_qty,
                self.uom_id,
                rounding_method="HALF-UP",
            )
            # sudo: only quantities are read; the user need not have access to transfers
            for move in self.sudo().supplier_move_ids
            if states(move.state)
        )

    def _get_unsent_quantity(self):
        """Give what should go to the supplier and is on no transfer, in line units."""
        return (
            self.qty_authorized
            - self.qty_closed_short
            - self._get_kept_otherwise()
            - self._sum_supplier_moves(lambda state: state != "cancel")
        )

    def _fit_open_receipts(self):
        res = super()._fit_open_receipts()
        for line in self.filtered(lambda line: line.return_to == "supplier"):
            if line.uom_id.compare(line._get_unsent_quantity(), 0) < 0:
                # sudo: the user need not have access to the return's transfers
                moves = line.sudo().supplier_move_ids.filtered(
                    lambda m: m.state not in ("done", "cancel")
                )
                moves._action_cancel()
                line.rma_id._create_supplier_returns()
        return res

    def _get_kept_otherwise(self):
        """Give what the customer keeps although it should go to the supplier."""
        kept = self.inspection_ids.filtered(
            lambda part: (
                part.not_inspected
                and part.state == "done"
                and not part.supplier_move_id
            )
        )
        return sum(kept.mapped("quantity"))

    def _get_credited_back(self):
        """Count goods that the supplier got as not kept, although none came in."""
        kept = self._get_kept_otherwise()
        if self.return_to != "supplier" or kept == self.qty_kept:
            return super()._get_credited_back()
        credited = self.qty_settled - self.qty_replaced
        return max(credited - min(credited, kept), 0.0)

    def _check_sent(self, moves):
        """Refuse to send more than authorized, or goods of another drop-shipment."""
        self.ensure_one()
        sending = sum(
            move.product_uom._compute_quantity(
                move.quantity, self.uom_id, rounding_method="HALF-UP"
            )
            for move in moves
            if move.picked
        )
        due = self.qty_authorized - self.qty_closed_short - self._get_kept_otherwise()
        due -= self._sum_supplier_moves(lambda state: state == "done")
        due -= self.qty_received
        fits = (
            moves.product_id == self.product_id
            and moves.origin_returned_move_id == self.move_id
        )
        goes = self.state == "authorized" and self.return_to == "supplier"
        if not (fits and goes) or self.uom_id.compare(sending, due) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: %(sending)s would go to the supplier, but authorized "
                    "to: %(due).12g.",
                    line=self.display_name,
                    sending=self.uom_id._say_reverse(sending),
                    due=max(due, 0.0) if goes else 0.0,
                )
            )

    def _on_sent_to_supplier(self, moves):
        """Create a part for each lot that was sent, and note the event."""
        if not moves:
            return
        direct = self.env.ref("reverse_logistics_dropshipping.disposition_direct")
        vals_list = []
        for move in moves:
            line = move.reverse_supplier_line_id
            for lot, found in move.move_line_ids.grouped("lot_id").items():
                quantity = sum(found.mapped("quantity_product_uom"))
                vals_list.append(
                    {
                        "line_id": line.id,
                        "quantity": line._from_product_uom(quantity),
                        "lot_id": lot.id,
                        "disposition_id": direct.id,
                        "supplier_move_id": move.id,
                    }
                )
        self.env["reverse.inspection"]._guarded_create(vals_list)
        by_rma = moves.grouped(lambda m: m.reverse_supplier_line_id.rma_id)
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnSentToSupplier",
            lambda rma: {
                "transfers": by_rma[rma].picking_id.ids,
                "lines": [
                    {"line": m.reverse_supplier_line_id.id, "quantity": m.quantity}
                    for m in by_rma[rma]
                ],
            },
        )
        self.rma_id._update_progress()
