from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import allocation


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "reverse.touch.mixin"]

    reverse_rma_line_id = fields.Many2one(
        "reverse.rma.line", "Return Line", index="btree_not_null", readonly=True
    )
    reverse_inspection_id = fields.Many2one(
        "reverse.inspection", "Return Inspection", index="btree_not_null", readonly=True
    )
    reverse_line_ids = fields.One2many(
        "reverse.rma.line", "move_id", "Returns of This Delivery"
    )

    # ------------------------------------------------------------------
    # What may still come back
    # ------------------------------------------------------------------
    def _is_reverse_receipt(self):
        """Goods of a delivery coming back from a customer."""
        self.ensure_one()
        return bool(
            self.origin_returned_move_id
            and self.location_id._is_outgoing()
            and not self.location_dest_id._is_outgoing()
            and self.location_dest_id.usage != "supplier"
        )

    def _is_reverse_loose(self):
        """Goods of an order coming back that name no delivery."""
        self.ensure_one()
        return bool(
            self.sale_line_id
            and not self.origin_returned_move_id
            and self.location_id._is_outgoing()
            and not self.location_dest_id._is_outgoing()
        )

    def _get_reverse_parts(self, by_lot=False):
        """Give ``(lot id or False, quantity)`` of this move in the product's unit.

        An open move counts with what is expected, a done one with what was moved.
        """
        self.ensure_one()
        uom = self.product_id.uom_id
        if by_lot:
            return [
                (line.lot_id.id, line.quantity_product_uom)
                for line in self.move_line_ids
            ]
        quantity = self.quantity
        if self.state != "done":
            quantity = max(quantity, self.product_uom_qty)
        return [
            (
                False,
                self.product_uom._compute_quantity(
                    quantity, uom, rounding_method="HALF-UP"
                ),
            )
        ]

    def _get_reverse_balance(self, by_lot=False):
        """Sum what left with these deliveries and what was claimed of it, by any path.

        :param bool by_lot: one balance per lot instead of one per delivery
        :return: ``{(delivery id, lot id or False): [left, back, requested]}`` in the
            product's unit; *back* is what came back or is on its way by any document,
            less what was sent to the customer again; *requested* is what live returns
            ask for beyond their documents
        """
        balance = defaultdict(lambda: [0.0, 0.0, 0.0])

        def add(moves, column, sign, delivery_of):
            for move in moves:
                for lot_id, quantity in move._get_reverse_parts(by_lot):
                    balance[delivery_of(move).id, lot_id][column] += sign * quantity

        # sudo: returns of every user and branch count against a delivery
        deliveries = self.sudo()
        add(deliveries.filtered(lambda m: m.state == "done"), 0, 1, lambda m: m)
        # What went out again may come back again, and so on.
        roots = {delivery: delivery for delivery in deliveries}
        moves = deliveries
        while moves := moves.returned_move_ids.filtered(lambda m: m.state != "cancel"):
            roots.update({m: roots[m.origin_returned_move_id] for m in moves})
            out = moves.filtered(lambda m: m.location_dest_id._is_outgoing())
            add(moves - out, 1, 1, roots.get)
            add(out.filtered(lambda m: m.state == "done"), 1, -1, roots.get)
        for key, quantity in deliveries.reverse_line_ids._get_claims(by_lot).items():
            balance[key][2] += quantity
        return balance

    def _get_reverse_roots(self):
        """Give the deliveries with which these goods left first."""
        moves = self.sudo()  # sudo: earlier deliveries may belong to other users
        while moves.origin_returned_move_id:
            first = moves.filtered(lambda m: not m.origin_returned_move_id)
            moves = first | moves.origin_returned_move_id
        return moves.with_env(self.env)

    def _get_returnable(self, by_lot=False):
        """Tell what of these deliveries may still be asked back.

        :return: ``{(delivery id, lot id or False): quantity}`` in the product's unit
        """
        step = self.env["decimal.precision"].precision_get("Product Unit")
        return {
            key: allocation.returnable(left, back, requested, 10**-step)
            for key, (left, back, requested) in self._get_reverse_balance(
                by_lot
            ).items()
        }

    def _check_over_return(self):
        """Refuse what would bring back more of these deliveries than left.

        :raises UserError: naming delivery, product and quantities
        """
        self = self._get_reverse_roots()  # noqa: PLW0642
        if not self:
            return
        self.env.flush_all()
        self._reverse_touch()
        self.invalidate_recordset(["returned_move_ids", "reverse_line_ids"])
        for by_lot in {False, *(m.product_id.tracking != "none" for m in self)}:
            deliveries = (
                self.filtered(lambda m: m.product_id.tracking != "none")
                if by_lot
                else self
            )
            for (move_id, lot_id), amounts in deliveries._get_reverse_balance(
                by_lot
            ).items():
                if by_lot and not lot_id:
                    continue
                left, back, requested = amounts
                delivery = self.browse(move_id).sudo()  # sudo: names in the message
                if delivery.product_id.uom_id.compare(back + requested, left) > 0:
                    delivery._refuse_over_return(lot_id, left, back + requested)
        self._check_over_return_of_order_lines()

    def _check_over_return_of_order_lines(self):
        """Count returns that name the order line but no delivery."""
        # sudo: returns of every user count
        for line in self.sudo().sale_line_id:
            if line.product_uom_qty < 0:
                continue  # an order line that is itself a return
            moves = line.move_ids.filtered(lambda m: m.state != "cancel")
            loose = moves.filtered(lambda m: m._is_reverse_loose())
            if not loose:
                continue
            deliveries = moves.filtered(
                lambda m: (
                    m.location_dest_id._is_outgoing() and not m.origin_returned_move_id
                )
            )
            balance = deliveries._get_reverse_balance().values()
            left = sum(amounts[0] for amounts in balance)
            claimed = sum(amounts[1] + amounts[2] for amounts in balance) + sum(
                part[1] for move in loose for part in move._get_reverse_parts()
            )
            if line.product_id.uom_id.compare(claimed, left) > 0:
                (deliveries or loose)[-1:]._refuse_over_return(False, left, claimed)

    def _refuse_over_return(self, lot_id, left, claimed):
        product = self.product_id.display_name
        if lot_id:
            lot = (
                self.env["stock.lot"].sudo().browse(lot_id)
            )  # sudo: name in the message
            product = f"{product} ({lot.name})"
        raise UserError(
            self.env._(
                "%(delivery)s delivered %(left)g %(uom)s of %(product)s; with this return "
                "%(claimed)g %(uom)s would come back. Lower the quantity, or cancel the "
                "return that claims the rest.",
                delivery=self.picking_id.name or self.display_name,
                left=left,
                claimed=claimed,
                uom=self.product_id.uom_id.name,
                product=product,
            )
        )

    # ------------------------------------------------------------------
    # Hooks: every path that creates, enlarges or completes a return
    # ------------------------------------------------------------------
    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        receipts = self.filtered(
            lambda m: m.state == "draft" and m._is_reverse_receipt()
        )
        receipts._check_reverse_authorized()
        loose = self.filtered(lambda m: m._is_reverse_loose())
        res = super()._action_confirm(merge, merge_into, create_proc)
        receipts.exists().origin_returned_move_id._check_over_return()
        loose.exists()._check_over_return()
        return res

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered(
            lambda m: m.reverse_rma_line_id or m.reverse_inspection_id
        )._check_reverse_links()
        return moves

    def write(self, vals):
        links = {"reverse_rma_line_id", "reverse_inspection_id"} & set(vals)
        # Clients never run as superuser; whatever does was checked before.
        if links and not self.env.su:
            raise UserError(
                self.env._("The return of a transfer is set by the return only.")
            )
        before = {}
        if "product_uom_qty" in vals:
            before = {move: move.product_uom_qty for move in self}
        res = super().write(vals)
        if links or {"product_id", "location_id", "origin_returned_move_id"} & set(vals):
            self._check_reverse_links()
        for move, quantity in before.items():
            enlarged = move.product_uom_qty > quantity and (
                move._is_reverse_receipt() or move._is_reverse_loose()
            )
            if enlarged and move.state not in ("draft", "cancel"):
                move._check_over_return()
        return res

    def _check_reverse_links(self):
        """A transfer of a return moves that return's goods and no others."""
        for move in self.sudo():  # sudo: the return need not be the user's to read
            line, part = move.reverse_rma_line_id, move.reverse_inspection_id
            fits = not line or (
                move.product_id == line.product_id
                and move.origin_returned_move_id._get_reverse_roots() == line.move_id
                and move._is_reverse_receipt()
            )
            if not fits or (part and move.product_id != part.product_id):
                raise UserError(
                    self.env._(
                        "%(transfer)s belongs to %(rma)s: its product, its origin and the "
                        "delivery it takes back cannot be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=(line or part).rma_id.display_name,
                    )
                )

    def _action_done(self, cancel_backorder=False):
        open_moves = self.filtered(lambda m: m.state not in ("done", "cancel"))
        receipts = open_moves.filtered(lambda m: m._is_reverse_receipt())
        open_moves._check_reverse_shortcut()
        if receipts:
            receipts._check_reverse_receiver()
            receipts._check_reverse_destination()
            receipts._check_reverse_lots()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        received = (receipts & done).exists()
        if received:
            received.origin_returned_move_id._check_over_return()
            self.env["reverse.rma"]._adopt_receipts(
                received.filtered(
                    lambda m: (
                        not m.reverse_rma_line_id
                        and m.location_dest_id.usage == "internal"
                    )
                )
            )
            received.reverse_rma_line_id._on_received(received)
        resent = (done - received).filtered(
            lambda m: m.reverse_inspection_id and m.location_dest_id._is_outgoing()
        )
        resent.reverse_inspection_id._on_sent_back()
        return done

    def _check_reverse_authorized(self):
        """Refuse returns outside of an RMA where the company says so."""
        for move in self:
            if (
                not move.reverse_rma_line_id
                and move.company_id.reverse_unauthorized == "refuse"
            ):
                raise UserError(
                    self.env._(
                        "%(company)s takes goods back only with a return authorization. "
                        "Create the return with the Return button of the sales order.",
                        company=move.company_id.name,
                    )
                )

    def _check_reverse_shortcut(self):
        """Nothing gets from returns into a warehouse without having been inspected."""
        for move in self:
            if (
                move.location_id.reverse_facility_id
                and move.location_dest_id.warehouse_id
                and not move._is_reverse_restock()
            ):
                raise UserError(
                    self.env._(
                        "%(product)s lies in %(location)s and has to be inspected first: "
                        "complete its inspection with a disposition that restocks it.",
                        product=move.product_id.display_name,
                        location=move.location_id.display_name,
                    )
                )

    def _is_reverse_restock(self):
        """Moves what an inspection restocked, and no more than that."""
        self.ensure_one()
        part = self.sudo().reverse_inspection_id  # sudo: the decision about the goods
        moves = part.move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_id.reverse_facility_id
        )
        # What Odoo reserved beside the picked lots is not moved.
        lines = moves.move_line_ids.filtered(lambda ml: ml.picked or ml.state == "done")
        moved = sum(lines.mapped("quantity_product_uom"))
        return (
            part.state == "done"
            and part.disposition_id.location_state == "sellable"
            and part.product_id.uom_id.compare(
                moved, part.line_id._in_product_uom(part.quantity)
            )
            <= 0
        )

    def _check_reverse_destination(self):
        """Whatever transfer brings goods back, they are inspected before they sell."""
        for move in self:
            targets = move.location_dest_id | move.move_line_ids.location_dest_id
            inside = targets.filtered("warehouse_id")[:1]
            if inside:
                raise UserError(
                    self.env._(
                        "Returned goods are inspected first, so %(transfer)s cannot put "
                        "%(product)s into %(location)s. Use the destination %(inspection)s.",
                        transfer=move.picking_id.name,
                        product=move.product_id.display_name,
                        location=inside.display_name,
                        inspection=move._get_reverse_inspection_location().display_name,
                    )
                )

    def _get_reverse_inspection_location(self):
        self.ensure_one()
        # sudo: where returns go is configuration
        warehouse = self.sudo().warehouse_id or self.sudo().picking_type_id.warehouse_id
        return warehouse.reverse_facility_ids[:1]._get_location("inspection")

    def _check_reverse_receiver(self):
        """Receipts of returns are for receivers, whichever screen they use."""
        lines = self.reverse_rma_line_id
        if lines:
            lines.rma_id._check_duty("receiver")
        for line in lines.sudo():  # sudo: the receiver may not see the whole return
            line._check_receipt(
                self.filtered(lambda m, line=line: m.reverse_rma_line_id == line)
            )

    def _prepare_adopted_line(self):
        self.ensure_one()
        delivery = self._get_reverse_roots()
        return {
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "uom_id": self.product_uom.id,
            "move_id": delivery.id,
            "sale_line_id": delivery.sale_line_id.id,
        }

    def _check_reverse_lots(self):
        """Refuse lots and serials that the delivery never contained."""
        tracked = self.filtered(lambda m: m.product_id.tracking != "none")
        # sudo: the delivery's lots are needed whoever receives
        for move in tracked.sudo():
            delivered = move.origin_returned_move_id.move_line_ids.lot_id
            for line in move.move_line_ids.filtered("picked"):
                name = line.lot_id.name or line.lot_name
                if (
                    name
                    and line.lot_id not in delivered
                    and name not in delivered.mapped("name")
                ):
                    raise UserError(
                        self.env._(
                            "%(lot)s of %(product)s was not part of %(delivery)s. Check the "
                            "number; if the goods are not from this delivery, receive them "
                            "on another return.",
                            lot=name,
                            product=move.product_id.display_name,
                            delivery=move.origin_returned_move_id.picking_id.name,
                        )
                    )
