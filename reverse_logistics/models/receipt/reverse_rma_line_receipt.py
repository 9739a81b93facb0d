from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError


class ReverseRmaLine(models.Model):
    """What is expected of a line, and what came in."""

    _inherit = "reverse.rma.line"

    def _prepare_receipt_move(self, location, destination):
        self.ensure_one()
        delivery = self.move_id
        picking_type = self.rma_id.facility_id.receipt_type_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self._get_unannounced_quantity(),
            "product_uom": self.uom_id.id,
            "location_id": location.id,
            "location_dest_id": destination.id,
            "location_final_id": False,
            "picking_type_id": picking_type.id,
            "warehouse_id": picking_type.warehouse_id.id,
            "company_id": self.company_id.id,
            "partner_id": self._get_goods_partner().id,
            "origin": self.rma_id.name,
            "origin_returned_move_id": delivery.id,
            "move_orig_ids": [Command.set(delivery.ids)],
            "sale_line_id": delivery.sale_line_id.id,
            "procure_method": "make_to_stock",
            "to_refund": bool(delivery),
            "restrict_partner_id": self._get_goods_owner().id,
            "reverse_rma_line_id": self.id,
        }

    def _get_receipt_origin(self):
        """The location from which the goods come."""
        self.ensure_one()
        # sudo: where the customer's goods are is configuration
        line = self.sudo()
        return line.move_id.location_dest_id or (
            line.partner_id.with_company(line.company_id).property_stock_customer
        )

    def _get_goods_owner(self):
        """Whose the goods are once they are here: nobody's name means ours.

        What is not ours is worth nothing to us, and only passes through.
        """
        self.ensure_one()
        if self.customer_owned:
            return self.partner_id.commercial_partner_id
        return self.env["res.partner"]

    def _get_awaited_quantity(self):
        """What was or is to come in, in the line's unit."""
        return self.qty_authorized - self.qty_kept - self.qty_closed_short

    def _get_expected_quantity(self):
        """What is still to come in, in the line's unit."""
        return self._get_awaited_quantity() - self.qty_received

    def _get_open_receipts(self):
        """The open transfers' moves that wait for these goods."""
        # sudo: the open receipt is the return's own
        return self.sudo().move_ids.filtered(
            lambda m: m.state not in ("done", "cancel") and m._is_reverse_receipt()
        )

    def _get_unannounced_quantity(self):
        """What is to come in and on no open transfer yet, in the line's unit."""
        self.ensure_one()
        announced = sum(
            move.product_uom._compute_quantity(
                move.product_uom_qty, self.uom_id, rounding_method="HALF-UP"
            )
            for move in self._get_open_receipts()
        )
        return self._get_expected_quantity() - announced

    def _fit_open_receipts(self):
        """The warehouse waits for no more than is still expected."""
        for line in self:
            surplus = -line._get_unannounced_quantity()
            for move in line._get_open_receipts():
                if line.uom_id.compare(surplus, 0) <= 0:
                    break
                announced = move.product_uom._compute_quantity(
                    move.product_uom_qty, line.uom_id, rounding_method="HALF-UP"
                )
                if line.uom_id.compare(surplus, announced) >= 0:
                    move._action_cancel()
                else:
                    move.product_uom_qty -= line.uom_id._compute_quantity(
                        surplus, move.product_uom, rounding_method="HALF-UP"
                    )
                    # Odoo drops what was prepared to come in.
                    move._action_assign()
                    line._set_expected_lots(move)
                surplus -= announced

    def _set_expected_lots(self, moves):
        """Put the lot that was announced on the receipt, and no other."""
        for move in moves.filtered(lambda m: m.product_id.tracking != "none"):
            lot = move.reverse_rma_line_id.lot_id
            if lot and move.move_line_ids.lot_id != lot:
                move.move_line_ids.lot_id = lot

    def _is_awaited(self):
        """Whether goods of this line may be received at all."""
        self.ensure_one()
        return self.state == "authorized"

    def _check_receipt(self, moves):
        """Refuse to receive more than was authorized, or on another delivery."""
        self.ensure_one()
        if moves.origin_returned_move_id != self.move_id:
            raise UserError(
                self.env._(
                    "%(line)s returns another delivery than this transfer.",
                    line=self.display_name,
                )
            )
        arriving = sum(
            move.product_uom._compute_quantity(
                move.quantity, self.uom_id, rounding_method="HALF-UP"
            )
            for move in moves
            if move.picked
        )
        # Nothing more is expected of a return that is cancelled or finished.
        due = self._get_expected_quantity() if self._is_awaited() else 0.0
        if self.uom_id.compare(arriving, due) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: you receive %(arriving)s, but expected: %(due).12g. "
                    "Receive what is expected; the rest needs a return of its own.",
                    line=self.display_name,
                    arriving=self.uom_id._say_reverse(arriving),
                    due=due,
                )
            )

    def _on_received(self, moves):
        """Take note of done receipts: quantities, actors, parts to inspect, event."""
        received = defaultdict(float)
        for move in moves:
            line = move.reverse_rma_line_id
            received[line] += move.product_uom._compute_quantity(
                move.quantity, line.uom_id, rounding_method="HALF-UP"
            )
        now = fields.Datetime.now()
        for line, quantity in received.items():
            line._guarded_write({"qty_received": line.qty_received + quantity})
        self.rma_id._guarded_write({"received_by_ids": [Command.link(self.env.uid)]})
        self.rma_id.filtered(lambda rma: not rma.received_at)._guarded_write(
            {"received_at": now}
        )
        self.env["reverse.inspection"]._create_for(moves)
        by_rma = moves.grouped(lambda m: m.reverse_rma_line_id.rma_id)
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnReceived",
            lambda rma: {
                "transfers": by_rma[rma].picking_id.ids,
                "lines": [
                    {"line": line.id, "quantity": received[line]}
                    for line in by_rma[rma].reverse_rma_line_id
                ],
            },
        )
        self.rma_id._update_progress()
