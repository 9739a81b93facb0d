from odoo import Command, fields, models
from odoo.exceptions import UserError


class ReverseRmaLine(models.Model):
    """Where drop-shipped goods come back to."""

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

    def _find_deliveries(self, preview=False):
        lines = super()._find_deliveries(preview)
        if not preview:
            lines._check_return_to()
        return lines

    def _check_return_to(self):
        """Only what a supplier has sent can go back to one."""
        for line in self.filtered(lambda line: line.return_to == "supplier"):
            # sudo: the delivery of the customer's own goods
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
        """What is on transfers to the supplier, in the line's unit."""
        self.ensure_one()
        # sudo: the return's own transfers
        return sum(
            move.product_uom._compute_quantity(
                move.quantity if move.state == "done" else move.product_uom_qty,
                self.uom_id,
                rounding_method="HALF-UP",
            )
            # sudo: quantities only; the transfer is the purchaser's
            for move in self.sudo().supplier_move_ids
            if states(move.state)
        )

    def _get_unsent_quantity(self):
        """What is to go to the supplier and on no transfer yet, in the line's unit."""
        return (
            self.qty_authorized
            - self.qty_closed_short
            - self._get_kept_otherwise()
            - self._sum_supplier_moves(lambda state: state != "cancel")
        )

    def _get_unannounced_quantity(self):
        # What goes past us is not announced to our warehouse.
        if self.return_to == "supplier":
            return 0.0
        return super()._get_unannounced_quantity()

    def _fit_open_receipts(self):
        res = super()._fit_open_receipts()
        for line in self.filtered(lambda line: line.return_to == "supplier"):
            if line.uom_id.compare(line._get_unsent_quantity(), 0) < 0:
                # sudo: the return's own transfers
                moves = line.sudo().supplier_move_ids.filtered(
                    lambda m: m.state not in ("done", "cancel")
                )
                moves._action_cancel()
                line.rma_id._create_supplier_returns()
        return res

    def _is_coming(self):
        # What goes past us takes no facility's time.
        return super()._is_coming() and self.return_to != "supplier"

    def _get_kept_otherwise(self):
        """What stays with the customer although it was to go to the supplier."""
        kept = self.inspection_ids.filtered(
            lambda part: (
                part.not_inspected
                and part.state == "done"
                and not part.supplier_move_id
            )
        )
        return sum(kept.mapped("quantity"))

    def _get_credited_back(self):
        """What the supplier got is not kept, although it never came in."""
        kept = self._get_kept_otherwise()
        if self.return_to != "supplier" or kept == self.qty_kept:
            return super()._get_credited_back()
        credited = self.qty_settled - self.qty_replaced
        return max(credited - min(credited, kept), 0.0)

    def _check_sent(self, moves):
        """Refuse to send more than was authorized, or on another drop-shipment."""
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
        fits = (
            moves.product_id == self.product_id
            and moves.origin_returned_move_id == self.move_id
        )
        if (
            not fits
            or self.state != "authorized"
            or self.uom_id.compare(sending, due) > 0
        ):
            raise UserError(
                self.env._(
                    "%(line)s: %(sending)s would go to the supplier, but authorized "
                    "to: %(due).12g.",
                    line=self.display_name,
                    sending=self.uom_id._say_reverse(sending),
                    due=max(due, 0.0) if self.state == "authorized" else 0.0,
                )
            )

    def _on_sent_to_supplier(self, moves):
        """Open a part for what nobody here will see, lot by lot; note the event."""
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

    # ------------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------------
    def _get_claims(self, by_lot=False):
        """What is on its way to the supplier counts as back already."""
        claims = super()._get_claims(by_lot)
        for line in self.filtered("supplier_move_ids"):
            key = (line.move_id.id, by_lot and line.lot_id.id)
            if key not in claims:
                continue
            on_moves = line._in_product_uom(
                line._sum_supplier_moves(lambda state: state != "cancel")
            )
            claims[key] = max(claims[key] - on_moves, 0.0)
        return claims
