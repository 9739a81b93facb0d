from odoo import Command, api, models
from odoo.exceptions import UserError

from ...engine import endings


class StockMove(models.Model):
    """Every path that creates, enlarges or completes a return."""

    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        loose = self.filtered(lambda m: m._is_reverse_loose())
        loose._name_reverse_delivery()
        receipts = self.filtered(
            lambda m: m.state == "draft" and m._is_reverse_receipt()
        )
        receipts._check_reverse_authorized()
        receipts._check_reverse_destination()
        res = super()._action_confirm(merge, merge_into, create_proc)
        receipts.exists().origin_returned_move_id._check_over_return(planned=True)
        loose.exists()._check_over_return()
        # Order lines with a negative quantity bring goods back as well.
        res.filtered(
            lambda m: m.sale_line_id.product_uom_qty < 0 and m._is_reverse_loose()
        )._check_reverse_authorized()
        return res

    def _assign_picking(self):
        """What is needed no more, and never was a customer's, comes back as before.

        Odoo takes the operation type by which deliveries come back, wherever they went.
        """
        for move in self:
            operation = move.picking_type_id
            warehouse = operation.warehouse_id
            if (
                operation.code == "incoming"
                and operation == warehouse.reverse_receipt_type_id
                and not move.location_id._is_outgoing()
                and not move.location_dest_id._is_reverse()
            ):
                move.picking_type_id = warehouse.in_type_id
        return super()._assign_picking()

    def _name_reverse_delivery(self):
        """Let goods that name only their order line return its newest delivery."""
        for move in self:
            # sudo: the deliveries of the same order
            deliveries = move.sudo().sale_line_id.move_ids.filtered(
                lambda m: (
                    m.state == "done"
                    and m.product_id == move.product_id  # noqa: B023
                    and m.location_dest_id == move.location_id  # noqa: B023
                    and not m.origin_returned_move_id
                )
            )
            wanted = move._get_reverse_parts()[0][1]
            free = deliveries._get_returnable()
            for delivery in deliveries.sorted(lambda m: (m.date, m.id), reverse=True):
                if free[delivery.id, False] >= wanted:
                    move.write(
                        {
                            "origin_returned_move_id": delivery.id,
                            "move_orig_ids": [Command.link(delivery.id)],
                        }
                    )
                    break

    def _prepare_move_split_vals(self, qty):
        return {
            **super()._prepare_move_split_vals(qty),
            "reverse_rma_line_id": self.reverse_rma_line_id.id,
            "reverse_inspection_id": self.reverse_inspection_id.id,
        }

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
                self.env._("The return of a transfer cannot be set by hand.")
            )
        before = {}
        if "product_uom_qty" in vals:
            before = {move: move.product_uom_qty for move in self}
        res = super().write(vals)
        if links or {"product_id", "location_id", "origin_returned_move_id"} & set(
            vals
        ):
            self._check_reverse_links()
        if "location_dest_id" in vals:
            self.filtered(
                lambda m: (
                    m.state not in ("draft", "done", "cancel")
                    and m._is_reverse_receipt()
                )
            )._check_reverse_destination()
        for move, quantity in before.items():
            enlarged = move.product_uom_qty > quantity and (
                move._is_reverse_receipt() or move._is_reverse_loose()
            )
            if enlarged and move.state not in ("draft", "cancel"):
                move._check_over_return(planned=move.state != "done")
        return res

    def _check_reverse_links(self):
        """A transfer of a return moves that return's goods and no others."""
        for move in self.sudo():  # sudo: the return need not be the user's to read
            line, part = move.reverse_rma_line_id, move.reverse_inspection_id
            if part and not self.env.su:
                part._check_transfer(move)
            fits = not line or (
                move.product_id == line.product_id
                and move.origin_returned_move_id._get_reverse_roots() == line.move_id
                and move._is_reverse_receipt()
            )
            if not fits or (part and move.product_id != part.product_id):
                raise UserError(
                    self.env._(
                        "%(transfer)s belongs to %(rma)s: its product, its origin and "
                        "the delivery it takes back cannot be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=(line or part).rma_id.display_name,
                    )
                )

    def _action_done(self, cancel_backorder=False):
        open_moves = self.filtered(lambda m: m.state not in ("done", "cancel"))
        receipts = open_moves.filtered(lambda m: m._is_reverse_receipt())
        open_moves._check_reverse_shortcut()
        # What corrects a shipping error does not come in: it was here all the time.
        receipts = receipts.filtered(lambda m: not m.reverse_correction)
        if receipts:
            receipts._check_reverse_authorized()
            receipts._level_reverse_lines()
            receipts._check_reverse_receiver()
            receipts._check_reverse_destination()
            receipts._check_reverse_lots()
            receipts._name_reverse_packages()
            receipts |= receipts._split_reverse_lots()
            receipts._get_reverse_roots()._fetch_reverse_chains()
        done = super(StockMove, self | receipts)._action_done(
            cancel_backorder=cancel_backorder
        )
        received = (receipts & done).exists()
        if received:
            received.origin_returned_move_id._check_over_return()
            # sudo: the receiver's duty is checked above; what follows in returns is
            # the system's, whoever moves the goods
            received = received.sudo()
            received.env["reverse.rma"]._adopt_receipts(
                received.filtered(
                    lambda m: (
                        not m.reverse_rma_line_id
                        and m.location_dest_id.usage == "internal"
                    )
                )
            )
            received.reverse_rma_line_id._on_received(received)
        # sudo: as above; sending goods is the warehouse's, not a step of the return
        resent = (
            (done - received)
            .sudo()
            .filtered(
                lambda m: m.reverse_inspection_id and m.location_dest_id._is_outgoing()
            )
        )
        resent.reverse_inspection_id._on_sent_back(resent)
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
                        "%(company)s takes goods back only with a return "
                        "authorization. Create the return with the Return button of "
                        "the sales order.",
                        company=move.company_id.name,
                    )
                )

    def _check_reverse_shortcut(self):
        """Nothing gets from returns into a warehouse without having been inspected."""
        for move in self:
            # The lines say what is moved, whatever the transfer itself says.
            lines = move.move_line_ids
            inside = (move.location_id | lines.location_id).filtered(
                lambda location: location._is_reverse()
            )
            outside = (move.location_dest_id | lines.location_dest_id).filtered(
                lambda location: (
                    location.usage in ("internal", "transit")
                    and not location._is_reverse()
                    and (location.warehouse_id or not location._is_outgoing())
                )
            )
            if inside and outside and not move._is_reverse_restock():
                raise UserError(
                    self.env._(
                        "%(product)s lies in %(location)s and has to be inspected "
                        "first: complete its inspection with a disposition that "
                        "restocks it.",
                        product=move.product_id.display_name,
                        location=inside[:1].display_name,
                    )
                )

    def _is_reverse_restock(self):
        """Moves what an inspection restocked, and no more than that."""
        self.ensure_one()
        part = self.sudo().reverse_inspection_id  # sudo: the decision about the goods
        moves = part.move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_id._is_reverse()
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
        for move in self.filtered(lambda m: not m.reverse_correction):
            targets = move.location_dest_id | move.move_line_ids.location_dest_id
            inside = targets.filtered("warehouse_id")[:1]
            if inside:
                raise UserError(
                    self.env._(
                        "Returned goods are inspected first, so %(transfer)s cannot "
                        "put %(product)s into %(location)s. Use the destination "
                        "%(inspection)s.",
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

    def _level_reverse_lines(self):
        """Spread what was entered of a product over all lines that wait for it.

        Who counts or scans goods enters them on the first line, whatever the others
        say.
        """
        goods = self.filtered(
            lambda m: m.reverse_rma_line_id and m.product_id.tracking == "none"
        ).grouped(lambda m: (m.picking_id, m.product_id, m.product_uom))
        for (_picking, _product, unit), moves in goods.items():
            entered = [move.quantity if move.picked else 0.0 for move in moves]
            due = moves.mapped("product_uom_qty")
            if any(
                unit.compare(quantity, most) > 0
                for quantity, most in zip(entered, due, strict=True)
            ):
                level = endings.level(entered, due, unit.rounding)
                for move, was, quantity in zip(moves, entered, level, strict=True):
                    if unit.compare(was, quantity):
                        move.write({"quantity": quantity, "picked": quantity > 0})

    def _check_reverse_receiver(self):
        """Receipts of returns are for receivers, whichever screen they use."""
        # sudo: the receiver may not see the whole return, others nothing of it
        lines = self.sudo().reverse_rma_line_id
        if lines:
            lines.rma_id._check_duty("receiver")
        for line in lines:
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

    def _split_reverse_lots(self):
        """Receive each lot that is valued separately by a move of its own, and give the
        new ones: Odoo values all lots of a move alike.
        """
        others = {}
        for move in self.filtered("product_id.lot_valuated"):
            if move.state == "draft":
                continue  # Odoo confirms and completes it at once
            by_lot = move.move_line_ids.filtered("picked").grouped("lot_id")
            for lines in list(by_lot.values())[1:]:
                (vals,) = move._split(sum(lines.mapped("quantity_product_uom")))
                others[lines] = vals
        moves = self.create(list(others.values()))
        for move, lines in zip(moves, others, strict=True):
            lines.move_id = move
        moves._action_confirm(merge=False)
        return moves

    def _name_reverse_packages(self):
        """Take each lot out of the package in which the customer has it.

        Odoo proposes packages of the delivery in their order, whichever lot comes back.
        """
        # sudo: where the customer's goods are, for whoever receives them
        lines = self.sudo().move_line_ids.filtered(lambda ml: ml.picked and ml.lot_id)
        if not lines:
            return
        quants = (
            self.env["stock.quant"]
            .sudo()
            ._get_quants_by_products_locations(
                lines.product_id,
                lines.location_id,
                [("lot_id", "in", lines.lot_id.ids), ("quantity", ">", 0)],
            )
        )
        packages = {}
        for (_product_id, place, lot, package, _owner), _found in quants.items():
            packages.setdefault((place, lot), []).append(package)
        for line in lines:
            known = packages.get((line.location_id.id, line.lot_id.id))
            if known and line.package_id.id not in known:
                line.write({"package_id": known[0], "result_package_id": False})

    def _check_reverse_lots(self):
        """Refuse lots and serials that the delivery never contained."""
        tracked = self.filtered(lambda m: m.product_id.tracking != "none")
        # sudo: the delivery's lots are needed whoever receives
        for move in tracked.sudo().filtered("origin_returned_move_id"):
            delivered = move.origin_returned_move_id._get_reverse_chain_lots()
            for line in move.move_line_ids.filtered("picked"):
                name = line.lot_id.name or line.lot_name
                if (
                    name
                    and line.lot_id not in delivered
                    and name not in delivered.mapped("name")
                ):
                    raise UserError(
                        self.env._(
                            "%(lot)s of %(product)s was not part of %(delivery)s. "
                            "Check the number; if the goods are not from this "
                            "delivery, receive them on another return.",
                            lot=name,
                            product=move.product_id.display_name,
                            delivery=move.origin_returned_move_id.picking_id.name,
                        )
                    )
