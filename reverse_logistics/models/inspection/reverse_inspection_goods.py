from odoo import Command, api, models
from odoo.exceptions import UserError

from ...engine import allocation


class ReverseInspection(models.Model):
    """Where inspected goods go: the public methods that disposition steps call."""

    _inherit = "reverse.inspection"

    def _stays_with_customer(self):
        """Whether nobody gets these goods back; other addons know who else may."""
        self.ensure_one()
        return self.not_inspected and not self.line_id.undelivered

    def _dispose(self):
        self.disposition_id._run_steps(self)
        left = self.filtered(lambda part: not part.disposed)
        if left:
            raise UserError(
                self.env._(
                    "The steps of “%(disposition)s” did not move %(parts)s.",
                    disposition=left.disposition_id[:1].name,
                    parts=", ".join(left.mapped("display_name")),
                )
            )

    def _check_disposer(self):
        """Goods are moved for inspectors."""
        self._check_duty("inspector")

    def _check_dispose(self, *states, keeps_goods=False):
        """As the acting user: duty, access to the records, state, and that the
        disposition means this: the method can be called without it."""
        self._check_disposer()
        self.check_access("read")
        for part in self:
            disposition = part.disposition_id
            if disposition.keeps_goods != keeps_goods or (
                states and disposition.location_state not in states
            ):
                raise UserError(
                    self.env._(
                        "%(part)s: “%(disposition)s” asks for something else.",
                        part=part.display_name,
                        disposition=disposition.name,
                    )
                )
            if part.state != "done" or part.disposed:
                raise UserError(
                    self.env._(
                        "%(part)s is not waiting to be moved.", part=part.display_name
                    )
                )

    def action_dispose_move(self):
        """Move the goods to the location of their disposition and post the transfer."""
        self._check_dispose()
        destinations = {
            part: part.facility_id._get_location(part.disposition_id.location_state)
            for part in self
        }
        missing = [part.display_name for part in self if not destinations[part]]
        if missing:
            raise UserError(
                self.env._(
                    "The facility has no location to put %(parts)s.",
                    parts=", ".join(missing),
                )
            )
        groups = self.grouped(
            lambda part: (part.rma_id, part.location_id, destinations[part])
        )
        # sudo: duty and state are checked above; this moves the inspected goods only
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                parts._prepare_transfer(
                    rma.facility_id.putaway_type_id, source, destination
                )
                for (rma, source, destination), parts in groups.items()
            ]
        )
        self._move_at_once(pickings)
        for destination, parts in self.grouped(destinations.get).items():
            parts._guarded_write({"location_id": destination.id, "disposed": True})
        self._note_put_away()
        return True

    def action_dispose_scrap(self):
        """Scrap the goods; their value is written off to the location's account."""
        self._check_dispose("scrap")
        # sudo: duty and state are checked above; this scraps the inspected goods only
        prepared = self.sudo()._prepare_scraps()
        scraps = (
            self._workflow()
            ._sudo_clean(self.env["stock.scrap"])
            .create([vals for own in prepared for vals in own])
        )
        for scrap in scraps:
            if scrap.action_validate() is not True or scrap.state != "done":
                raise UserError(
                    self.env._(
                        "%(product)s could not be scrapped.",
                        product=scrap.product_id.display_name,
                    )
                )
        for part, own in zip(self, prepared, strict=True):
            mine, scraps = scraps[: len(own)], scraps[len(own) :]
            mine.move_ids.reverse_inspection_id = part
            part._guarded_write(
                {"location_id": mine[:1].scrap_location_id.id, "disposed": True}
            )
        self._note_put_away()
        return True

    def _prepare_scraps(self):
        """Values of what writes each part off: one for each package it lies in."""
        values = [
            {
                "product_id": part.product_id.id,
                "product_uom_id": part.uom_id.id,
                "quantity": part.quantity,
                "lot_id": part.lot_id.id,
                "owner_id": part._get_stock_owner().id,
                "location_id": part.location_id.id,
                "scrap_location_id": part.company_id._ensure_reverse_scrap().id,
                "company_id": part.company_id.id,
                "origin": part.rma_id.name,
            }
            for part in self
        ]
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            self.product_id,
            self.location_id,
            [("lot_id", "in", [False, *self.lot_id.ids])],
        )
        return [
            [{"scrap_qty": vals.pop("quantity"), **vals} for vals in own]
            for own in self._take_from_packages(values, quants)
        ]

    def action_dispose_customer(self):
        """Prepare the delivery that sends the goods back; the warehouse validates
        it.
        """
        self._check_dispose("customer")
        self._create_deliveries_back()
        self._guarded_write({"disposed": True})
        return True

    def _create_deliveries_back(self):
        """Announce to the warehouse what it sends back; the caller has checked who
        decides that.
        """
        groups = self.grouped(
            lambda part: (
                part.rma_id,
                part.location_id,
                part.receipt_move_id.location_id,
                part.line_id._get_goods_partner(),
            )
        )
        # sudo: duty and state are checked before; the delivery is the warehouse's to do
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    parts._prepare_transfer(
                        rma._get_warehouse().out_type_id, source, destination
                    )
                    for (rma, source, destination, _partner), parts in groups.items()
                ]
            )
        )
        self._fill_transfers(pickings, picked=False)
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()

    def action_dispose_keep(self):
        """Nothing to move: the goods stay with the customer."""
        self._check_dispose(keeps_goods=True)
        self._guarded_write({"disposed": True})
        # The warehouse no longer expects what the customer keeps.
        self.line_id._fit_open_receipts()
        self._note_put_away()
        return True

    def _prepare_transfer(self, picking_type, source, destination):
        rma = self.rma_id
        outgoing = picking_type.code == "outgoing"
        return {
            "picking_type_id": picking_type.id,
            "partner_id": outgoing and self.line_id[:1]._get_goods_partner().id,
            "company_id": rma.company_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "origin": rma.name,
            "user_id": False,
            "move_ids": [
                Command.create(
                    part._prepare_transfer_move(
                        picking_type, source, destination, outgoing
                    )
                )
                for part in self
            ],
        }

    def _prepare_transfer_move(self, picking_type, source, destination, outgoing):
        self.ensure_one()
        # sudo: link to the receipt of these goods
        receipt = self.sudo().receipt_move_id
        vals = {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "picking_type_id": picking_type.id,
            "warehouse_id": picking_type.warehouse_id.id,
            "company_id": self.company_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "restrict_partner_id": self._get_stock_owner().id,
            "reverse_inspection_id": self.id,
        }
        if outgoing:
            vals.update(
                origin_returned_move_id=receipt.id,
                sale_line_id=receipt.sale_line_id.id,
                # What came in without changing what was delivered goes out so, too.
                to_refund=receipt.to_refund or not receipt.origin_returned_move_id,
            )
        return vals

    def _check_transfer(self, move):
        """By hand, the transfer of inspected goods can be split, not multiplied."""
        self.ensure_one()
        out = self.move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_dest_id._is_outgoing()
        )
        sent = sum(
            m.product_uom._compute_quantity(m.product_uom_qty, self.uom_id) for m in out
        )
        if self.state != "done" or self.uom_id.compare(sent, self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(transfer)s cannot move %(part)s: its inspection decides where "
                    "it goes.",
                    transfer=move.picking_id.name or move.display_name,
                    part=self.display_name,
                )
            )

    def _check_on_hand(self, moves, quants):
        """Goods that left by another way cannot be put away: they would sell twice."""
        wanted = moves.filtered("product_id.is_storable").grouped(
            lambda m: (
                m.product_id,
                m.location_id,
                m.reverse_inspection_id.lot_id,
                m.restrict_partner_id,
            )
        )
        for (product, location, lot, owner), group in wanted.items():
            here = sum(
                sum(found.mapped("quantity"))
                for (*place, _package_id, owner_id), found in quants.items()
                if place == [product.id, location.id, lot.id] and owner_id == owner.id
            )
            needed = sum(group.mapped("product_qty"))
            if product.uom_id.compare(needed, here) > 0:
                raise UserError(
                    self.env._(
                        "%(needed)s of %(product)s should be moved, but %(location)s "
                        "has only %(here).12g. Find out where the "
                        "rest went, bring it back there, and try again.",
                        needed=product.uom_id._say_reverse(needed),
                        product=product.display_name,
                        here=max(here, 0.0),
                        location=location.display_name,
                    )
                )

    def _fill_transfers(self, pickings, picked):
        """Enter exactly the lots and quantities that were inspected."""
        moves = pickings.move_ids
        # sudo: as the transfer itself; the quants of all are looked up at once
        quants = (
            self.env["stock.quant"]
            .sudo()
            ._get_quants_by_products_locations(
                moves.product_id,
                moves.location_id,
                [("lot_id", "in", [False, *moves.reverse_inspection_id.lot_id.ids])],
            )
        )
        self._check_on_hand(moves, quants)
        lines = self.env["stock.move.line"].sudo()  # sudo: as the transfer itself
        values = [
            {
                "move_id": move.id,
                "picking_id": move.picking_id.id,
                "product_id": move.product_id.id,
                "product_uom_id": move.product_uom.id,
                "quantity": move.product_uom_qty,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
                "lot_id": move.reverse_inspection_id.lot_id.id,
                "owner_id": move.restrict_partner_id.id,
                "company_id": move.company_id.id,
                "picked": picked,
            }
            for move in moves
        ]
        # Before confirming: what Odoo reserves then may be of other parts, and would
        # count twice.
        lines.with_context(quants_cache=quants).create(
            [vals for own in self._take_from_packages(values, quants) for vals in own]
        )

    @api.model
    def _take_from_packages(self, values, quants):
        """Name the packages that goods lie in: taken from elsewhere, they would stay
        there and be missing here.

        :param list values: dicts with product, unit, quantity, location, lot and owner
        :param quants: as Odoo's ``_get_quants_by_products_locations`` gives them
        :return: a list for each of them: the same values, once for each package
        """
        free = {}
        for (*place, package, owner), found in quants.items():
            supplies = free.setdefault((*place, owner), {})
            supplies[package] = sum(q.quantity - q.reserved_quantity for q in found)
        return [
            self._take_from(
                vals,
                free.get(
                    tuple(
                        vals[name]
                        for name in ("product_id", "location_id", "lot_id", "owner_id")
                    )
                ),
            )
            for vals in values
        ]

    @api.model
    def _take_from(self, vals, supplies):
        """Spread one quantity over packages, and take it from ``supplies``.

        :param dict supplies: ``{package id or False: free quantity}``
        """
        if not supplies or not any(supplies):
            return [vals]
        unit = self.env["product.product"].browse(vals["product_id"]).uom_id
        own_unit = self.env["uom.uom"].browse(vals["product_uom_id"])
        parts, rest = allocation.allocate(
            own_unit._compute_quantity(
                vals["quantity"], unit, rounding_method="HALF-UP"
            ),
            [allocation.Supply(*supply) for supply in supplies.items()],
            unit.rounding,
        )
        if rest:  # promised elsewhere, and taken nevertheless
            parts.append((next(iter(supplies)), rest))
        for package, part in parts:
            supplies[package] -= part
        if len(parts) == 1:
            return [{**vals, "package_id": parts[0][0]}]
        return [
            {
                **vals,
                "package_id": package,
                "product_uom_id": unit.id,
                "quantity": part,
            }
            for package, part in parts
        ]

    def _move_at_once(self, pickings):
        """Post transfers of what was inspected."""
        self._fill_transfers(pickings, picked=True)
        self._post_at_once(pickings)

    def _post_at_once(self, pickings):
        # What was inspected is out of its package.
        moves = pickings.move_ids.with_context(bypass_entire_pack=True)
        moves._action_confirm(merge=False)
        pickings.with_context(
            skip_backorder=True, skip_expired=True, skip_sms=True
        ).button_validate()
        unfinished = pickings.filtered(lambda p: p.state != "done")
        if unfinished:
            raise UserError(
                self.env._(
                    "%(pickings)s could not be validated.",
                    pickings=", ".join(unfinished.mapped("name")),
                )
            )

    def _note_put_away(self, quantities=None):
        """Note that goods are where they belong: all of each part, or
        ``quantities``.
        """
        amounts = {}
        for part in self:
            changes = amounts.setdefault(part.line_id, {"put_away": 0.0})
            changes["put_away"] += quantities[part] if quantities else part.quantity
        self.line_id._add(amounts)
        self._log_parts("InventoryDispositionUpdated")

    def _on_sent_back(self, moves):
        """Deliveries that send goods back to the customer have left, or part of
        them.
        """
        if not self:
            return
        self._note_put_away(
            {
                part: part.line_id._sum_moves(group)
                for part, group in moves.grouped("reverse_inspection_id").items()
            }
        )
        self.rma_id._update_progress()
