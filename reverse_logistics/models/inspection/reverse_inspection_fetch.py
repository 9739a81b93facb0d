from odoo import Command, models


class ReverseInspection(models.Model):
    """Where the goods of a superseded inspection are now."""

    _inherit = "reverse.inspection"

    def _fetch_goods(self):
        """Get back what is still where the disposition put it.

        :return: values of ``quantity``, ``location_id`` and ``goods_gone`` of the new
            parts: what can be moved again, and what is gone
        """
        self.ensure_one()
        if self.not_inspected:
            return [{"quantity": self.quantity}]
        if self.goods_gone:
            here, location = 0.0, self.location_id
        elif not self.disposed:
            here, location = self.quantity, self.location_id
        else:
            here, location = self._fetch_disposed()
        pieces = [
            (here, location, False),
            (self.uom_id.round(self.quantity - here), self.location_id, True),
        ]
        return [
            {"quantity": quantity, "location_id": place.id, "goods_gone": gone}
            for quantity, place, gone in pieces
            if self.uom_id.compare(quantity, 0) > 0
        ]

    def _fetch_disposed(self):
        """Give what is back or still there, and where."""
        state = self.disposition_id.location_state
        if state == "customer":
            return self._fetch_from_delivery()
        if state == "sellable":
            return self._fetch_from_stock()
        if state == "scrap":
            return self._fetch_from_scrap()
        # Parked in returns; whoever decides anew is told when it is not there.
        return self.quantity, self.location_id

    def _fetch_from_delivery(self):
        """Stop the delivery that sends the goods back, if it has not left."""
        # sudo: the delivery was made by the inspection's own disposition
        out = self.sudo().move_ids.filtered(
            lambda m: m.location_dest_id._is_outgoing() and m.state != "cancel"
        )
        sent = out.filtered(lambda m: m.state == "done")
        (out - sent)._action_cancel()
        return self.quantity - self.line_id._sum_moves(sent), self.location_id

    def _fetch_from_stock(self):
        """Take goods out of sellable stock that were not sold or promised since."""
        inspection = self.facility_id._get_location("inspection")
        wanted = self.line_id._in_product_uom(self.quantity)
        owner = self._get_stock_owner()
        # sudo: exactly the goods that this inspection put there
        quants = self.env["stock.quant"].sudo()
        found = quants._gather(
            self.product_id, self.location_id, lot_id=self.lot_id, strict=False
        ).filtered(lambda q: q.lot_id == self.lot_id and q.owner_id == owner)
        takes = []
        for quant in found:
            free = quant.quantity - quant.reserved_quantity
            taken = min(free, wanted - sum(part for _quant, part in takes))
            if self.product_id.uom_id.compare(taken, 0) > 0:
                takes.append((quant, taken))
        if takes:
            self._move_back(takes, inspection)
        here = sum(part for _quant, part in takes)
        return self.line_id._from_product_uom(here), inspection

    def _move_back(self, takes, inspection):
        rma = self.rma_id
        quantity = sum(part for _quant, part in takes)
        picking_type = rma.facility_id.putaway_type_id
        vals = self._prepare_transfer(picking_type, self.location_id, inspection)
        move_vals = {
            **self._prepare_transfer_move(
                picking_type, self.location_id, inspection, False
            ),
            "product_uom_qty": quantity,
            "product_uom": self.product_id.uom_id.id,
        }
        vals["move_ids"] = [Command.create(move_vals)]
        # sudo: as above
        picking = self._workflow()._sudo_clean(self.env["stock.picking"]).create([vals])
        self._sudo_clean(self.env["stock.move.line"]).create(
            [
                {
                    "move_id": picking.move_ids.id,
                    "picking_id": picking.id,
                    "product_id": self.product_id.id,
                    "product_uom_id": self.product_id.uom_id.id,
                    "quantity": part,
                    "location_id": quant.location_id.id,
                    "location_dest_id": inspection.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "company_id": self.company_id.id,
                    "picked": True,
                }
                for quant, part in takes
            ]
        )
        self._post_at_once(picking)

    def _fetch_from_scrap(self):
        """Take the write-off back by a counter-move, at the value it had."""
        # sudo: exactly the goods that this inspection scrapped
        scrapped = self.sudo().move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id.usage == "inventory"
        )[:1]
        inspection = self.facility_id._get_location("inspection")
        moves = self._workflow()._sudo_clean(self.env["stock.move"])
        move = moves.create(
            {
                **self._prepare_counter_move(scrapped, scrapped.quantity),
                "location_dest_id": inspection.id,
                "reverse_inspection_id": self.id,
            }
        )
        self._do_counter_move(move, self.lot_id)
        return self.quantity, inspection

    def _prepare_counter_move(self, move, quantity):
        """Values of a move that takes another one back."""
        return {
            "product_id": move.product_id.id,
            "product_uom_qty": quantity,
            "product_uom": move.product_uom.id,
            "location_id": move.location_dest_id.id,
            "location_dest_id": move.location_id.id,
            "location_final_id": False,
            "company_id": move.company_id.id,
            "origin": self.rma_id.name,
            "origin_returned_move_id": move.id,
            "procure_method": "make_to_stock",
            "restrict_partner_id": move.restrict_partner_id.id,
        }

    def _do_counter_move(self, move, lot):
        """Post it with exactly this lot."""
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            move.product_id, move.location_id, [("lot_id", "=", lot.id)]
        )
        vals = {
            "move_id": move.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_uom.id,
            "quantity": move.product_uom_qty,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "lot_id": lot.id,
            "owner_id": self._get_stock_owner().id,
            "company_id": move.company_id.id,
            "picked": True,
        }
        # sudo: the move itself was made so; lines before confirming, as elsewhere
        lines = self.env["stock.move.line"].sudo()
        lines.create(self._take_from_packages([vals], quants)[0])
        move = move.with_context(bypass_entire_pack=True)
        move._action_confirm(merge=False)
        move._action_done()
