from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError

from ...engine import endings
from ..base.reverse_inputs import checked, number, text
from ..base.reverse_labels import get_labels


class ReverseRmaLine(models.Model):
    """What is expected of a line, and what came in."""

    _inherit = "reverse.rma.line"

    short_reason = fields.Selection(
        [
            ("not_sent", "Customer never sent it"),
            ("lost", "Lost in transit"),
            ("kept", "Customer keeps it"),
            ("withdrawn", "Return withdrawn"),
        ],
        "Closed Short Because",
        readonly=True,
        copy=False,
        help="The latest reason; the events tell the quantity of each.",
        guarded=True,
    )

    def _prepare_receipt_move(self, location, destination):
        """Values of the move that the warehouse waits for.

        Extended by reverse_logistics_mrp (components of kits) and
        reverse_logistics_repair (goods that stay sold).
        """
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

    def _get_dangers(self):
        """Say why goods are only safe in quarantine: ``{line: phrase}``, others left
        out.

        reverse_logistics_recall: what was recalled.
        """
        phrase = self.env._("this is leaking, burnt or swollen")
        return {line: phrase for line in self if line.is_damaged_hazard}

    def _get_receipt_places(self):
        """Give where goods are put when they come in: ``{line: stock.location}``."""
        dangers = self._get_dangers()
        return {
            line: line.rma_id.facility_id._get_arrival_place(line in dangers)
            for line in self
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
        awaited = self.quantity if self._is_late() else self._get_awaited_quantity()
        return awaited - self.qty_received

    def _get_open_receipts(self):
        """The open transfers' moves that wait for these goods."""
        # sudo: the open receipt is the return's own
        return self.sudo().move_ids.filtered(
            lambda m: m.state not in ("done", "cancel") and m._is_reverse_receipt()
        )

    def _get_unannounced_quantity(self):
        """What is to come in and on no open transfer yet, in the line's unit."""
        self.ensure_one()
        if not self._get_source().comes_here:
            return 0.0
        announced = sum(
            move.product_uom._compute_quantity(
                move.product_uom_qty, self.uom_id, rounding_method="HALF-UP"
            )
            for move in self._get_open_receipts()
        )
        return self._get_expected_quantity() - announced

    def _fit_open_receipts(self):
        """The warehouse waits for no more than is still expected.

        Nor does a supplier: reverse_logistics_dropshipping extends this.
        """
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
        return self.state == "authorized" or self._is_late()

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
                    "%(line)s: you receive %(arriving)s, but only %(due).12g expected. "
                    "Receive what is expected; the rest needs a return of its own.",
                    line=self.display_name,
                    arriving=self.uom_id._say_reverse(arriving),
                    due=due,
                )
            )

    def _on_received(self, moves):
        """Take note of done receipts, of which `stock.move` has checked the quantities.

        1. quantities, who received them, and when first;
        2. parts to inspect, and the event;
        3. the stage of the return, and a message to the customer at the first receipt;
        4. parts that a route exempts from inspection get the condition it assumes, and
           about the others is asked what their template asks;
        5. credits that policy releases on receipt.
        """
        received = defaultdict(float)
        for move in moves:
            line = move.reverse_rma_line_id
            received[line] += move.product_uom._compute_quantity(
                move.quantity, line.uom_id, rounding_method="HALF-UP"
            )
        now = fields.Datetime.now()
        self._guarded_write_each(
            {
                line: {"qty_received": line.qty_received + quantity}
                for line, quantity in received.items()
            }
        )
        self.rma_id._guarded_write({"received_by_ids": [Command.link(self.env.uid)]})
        first = self.rma_id.filtered(lambda rma: not rma.received_at)
        first._guarded_write({"received_at": now})
        self.rma_id._note_late(self)
        parts = self.env["reverse.inspection"]._create_for(moves)
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
        first._tell_customers("received")
        self._assume_conditions(moves)
        parts._ask()
        # sudo: policy decided; the receiver only set it off
        self.sudo()._release_early("receipt")

    # ------------------------------------------------------------------
    # What was authorized and will not come in.
    # ------------------------------------------------------------------
    @checked(quantity=number, reason=text)
    def action_close_short(self, quantity=None, reason="not_sent"):
        """Stop waiting for goods: they may be returned again by another return.

        :param float quantity: of each line, in its unit; all that is expected when
            left out
        :param str reason: ``not_sent``, ``lost`` or ``kept``
        :raises AccessError: without the role customer service
        :raises UserError: when no more is expected
        """
        self._check_duty("service")
        reasons = get_labels(self, "short_reason")
        if reason not in reasons or reason == "withdrawn":
            raise UserError(
                self.env._(
                    "Say why the goods will not come: choose one of the reasons."
                )
            )
        quantities = {}
        for line in self:
            free = line._get_closable_quantity()
            wanted = free if quantity is None else quantity
            line._check_close_short(wanted, free)
            quantities[line] = wanted
        self._close_short(quantities, reason)
        return True

    def _get_closable_quantity(self):
        """What is expected, less what an inspector is noting as kept."""
        self.ensure_one()
        noted = self.inspection_ids.filtered(
            lambda part: part.not_inspected and part.state == "draft"
        )
        return self._get_expected_quantity() - sum(noted.mapped("quantity"))

    def _check_close_short(self, wanted, free):
        self.ensure_one()
        if self.state != "authorized":
            raise UserError(
                self.env._(
                    "%(line)s: the return is %(state)s, so nothing is being waited "
                    "for.",
                    line=self.display_name,
                    state=self.rma_id._state_label(),
                )
            )
        compare = self.uom_id.compare
        if compare(wanted, 0) <= 0 or compare(wanted, free) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: still expected: %(expected)s. Enter more than zero and "
                    "no more than that.",
                    line=self.display_name,
                    expected=self.uom_id._say_reverse(max(free, 0.0)),
                )
            )

    def _close_short(self, quantities, reason):
        """Write down what is no longer expected; ``{line: quantity}`` of these."""
        for line, quantity in quantities.items():
            line._review_shortfall(quantity)
        self._add(
            {line: {"closed_short": amount} for line, amount in quantities.items()}
        )
        self._guarded_write({"short_reason": reason})
        self._fit_open_receipts()
        by_rma = self.grouped("rma_id")
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnClosedShort",
            lambda rma: {
                "short_reason": reason,
                "lines": [
                    {"line": line.id, "quantity": quantities[line]}
                    for line in by_rma[rma]
                ],
            },
        )
        self.rma_id._update_progress()

    def _is_passing_through(self):
        """Late goods beyond what left: here, but never ours."""
        return bool(self.customer_owned and self.rma_id.origin_rma_id)

    def _is_late(self):
        return self.state == "requested" and bool(self.rma_id.origin_rma_id)

    def _get_outstanding_quantity(self):
        """What was announced, did not come, and is no longer waited for."""
        self.ensure_one()
        if self.state in ("rejected", "cancelled"):
            announced = self.qty_authorized or self.quantity
            return announced - self.qty_received - self.qty_kept
        waiting = self._get_expected_quantity() if self.state != "authorized" else 0.0
        return max(self.qty_closed_short + waiting, 0.0)

    def _get_proposed_quantity(self):
        """What may be standing on the dock: what is waited for, or never came."""
        waiting = self._get_expected_quantity() if self.state == "authorized" else 0.0
        return waiting if waiting > 0 else self._get_outstanding_quantity()

    def _sort_arrivals(self, arrived):
        """Tell where goods belong that have arrived.

        :param dict arrived: ``{line: quantity}`` of these lines
        :rtype: dict[reverse.rma.line, engine.endings.Arrival]
        """
        self.env.flush_all()
        deliveries = self.move_id
        deliveries._reverse_touch()
        free = deliveries._get_returnable()
        tracked = deliveries.filtered(lambda m: m.product_id.tracking != "none")
        free_lots = tracked._get_returnable(by_lot=True)
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        result = {}
        for line, quantity in arrived.items():
            expected = max(line._get_expected_quantity(), 0.0)
            outstanding = line._get_outstanding_quantity()
            key = (line.move_id.id, line.lot_id.id)
            left = line._get_source().get_free_quantity(
                line, free, free_lots, outstanding
            )
            arrival = endings.sort_arrival(
                quantity, line.state, expected, outstanding, left, step
            )
            taken = line._in_product_uom(arrival.reopened + arrival.linked)
            if line.move_id:
                free[line.move_id.id, False] -= taken
            if key in free_lots:
                free_lots[key] -= taken
            result[line] = arrival
        return result

    def _prepare_follow_up(self, arrival):
        """Values of lines for what belongs to a return of its own."""
        self.ensure_one()
        data = {
            **self.copy_data({"rma_id": False})[0],
            "product_id": self.product_id.id,
            "uom_id": self.uom_id.id,
            "gives_credit": self.gives_credit,
            "customer_owned": self.customer_owned,
            # What stands here is no claim about what was shipped.
            **dict.fromkeys(("claim", "remedy", "claimed_product_id"), False),
        }
        data.pop("rma_id")
        vals_list = []
        if arrival.linked:
            vals_list.append({**data, "quantity": arrival.linked})
        if arrival.foreign:
            sources = dict.fromkeys(self._get_source_fields(), False)
            own = {**sources, "customer_owned": True}
            vals_list.append({**data, **own, "quantity": arrival.foreign})
        return vals_list

    def _enter_arrivals(self, quantities):
        """Enter on the open receipts what has arrived: ``{line: quantity}``."""
        self._get_open_receipts().picked = False
        for line, quantity in quantities.items():
            for move in line._get_open_receipts():
                if line.uom_id.compare(quantity, 0) <= 0:
                    break
                announced = move.product_uom._compute_quantity(
                    move.product_uom_qty, line.uom_id, rounding_method="HALF-UP"
                )
                taken = min(announced, quantity)
                move.quantity = line.uom_id._compute_quantity(
                    taken, move.product_uom, rounding_method="HALF-UP"
                )
                move.picked = True
                quantity -= taken

    def _get_undone_moves(self):
        """Done moves that took receipts of these lines back."""
        return self.move_ids.returned_move_ids.filtered(
            lambda m: m.state == "done" and m._is_reverse_undo()
        )
