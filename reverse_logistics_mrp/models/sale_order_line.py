from collections import defaultdict
from math import ceil, floor

from odoo import api, models

from ..engine import kits


class SaleOrderLine(models.Model):
    """Kits: one line is ordered and invoiced while several products are delivered."""

    _inherit = "sale.order.line"

    # ------------------------------------------------------------------
    # What is agreed about a kit
    # ------------------------------------------------------------------
    def _get_reverse_agreements(self):
        """Keep what components are, and what is credited of each, as well.

        They come back one by one, and their bill may say other shares by then.
        """
        agreed = super()._get_reverse_agreements()
        for company, lines in self.grouped("company_id").items():
            # sudo: bills of materials are configuration
            boms = self.env["mrp.bom"].sudo()
            boms = boms._bom_find(lines.product_id, "", company.id, "phantom")
            for line in lines:
                bom = boms[line.product_id]
                parts = line._explode_reverse_kit(bom.bom_line_ids)
                agreed[line]["components"] = {
                    str(part.product_id.id): self._describe_reverse_goods(
                        part.product_id
                    )
                    for part in parts
                }
                if bom:
                    agreed[line]["kit_credit"] = bom._get_reverse_kit_credit(company)
                    agreed[line]["kit_parts"] = {
                        str(part.id): said
                        for part, said in line._describe_reverse_parts(parts).items()
                    }
        return agreed

    # ------------------------------------------------------------------
    # What a kit consists of
    # ------------------------------------------------------------------
    def _get_reverse_kit_agreed(self, key):
        """Give what was agreed of a kit, None for orders of before it was kept."""
        # sudo: what was agreed counts whoever asks
        return (self.sudo().reverse_agreed or {}).get(key)

    def _get_reverse_kit_bom(self):
        """Give the bill of materials by which a kit was delivered, empty for others."""
        # sudo: bills of materials are configuration
        return self._find_reverse_kit_bom(
            self._get_reverse_kit_moves().sudo().bom_line_id
        )

    def _is_reverse_kit(self):
        """Tell whether this line was delivered as a kit, even if its bill changed."""
        # sudo: bills of materials are configuration
        moves = self._get_reverse_kit_moves().sudo()
        return any(moves.mapped("reverse_kit_need")) or bool(
            self._get_reverse_kit_bom()
        )

    def _find_reverse_kit_bom(self, parts):
        """Find the bill of materials of the kit that these lines of bills belong to."""
        self.ensure_one()
        # sudo: bills of materials are configuration
        line = self.sudo()
        boms = parts.sudo().bom_id.filtered(lambda bom: bom.type == "phantom")
        own = boms.filtered(
            lambda bom: (
                bom.product_id == line.product_id
                or (
                    bom.product_tmpl_id == line.product_id.product_tmpl_id
                    and not bom.product_id
                )
            )
        )[:1]
        if own or not boms:
            return own
        # The moves of a kit that contains kits name the bills of those inside.
        return boms._bom_find(
            line.product_id, company_id=line.company_id.id, bom_type="phantom"
        )[line.product_id]

    def _get_reverse_kit_moves(self):
        """Give the deliveries of components, without those of returned goods."""
        # sudo: the user works on the order and need not have access to deliveries
        return self.sudo().move_ids.filtered(
            lambda m: (
                m.state == "done"
                and m.location_dest_id._is_outgoing()
                and not m.origin_returned_move_id
            )
        )

    def _get_reverse_kit(self):
        """Give ``{component: quantity of its product in one kit}``, empty for others.

        It follows the bills at the time when these kits were ordered, in proportion to
        the quantities. A component is the line of its bill, or its product where that
        line is gone.
        """
        if not self._is_reverse_kit():
            return {}
        # sudo: the user works on the order and need not have access to deliveries
        moves = self.sudo().move_ids.filtered(
            lambda m: m.reverse_kit_need and not m.origin_returned_move_id
        )
        if not moves:
            return self._explode_reverse_kit(self._get_reverse_kit_bom().bom_line_ids)
        return {
            part: kits.need((move.product_qty, move.reverse_kit_need) for move in own)
            for part, own in moves._group_by_reverse_component().items()
        }

    def _get_reverse_kit_products(self):
        """Give ``{product: its quantity in one kit}``, empty without a kit."""
        needs = defaultdict(float)
        for part, need in self._get_reverse_kit().items():
            needs[self._get_reverse_kit_product(part)] += need
        return dict(needs)

    @api.model
    def _get_reverse_kit_product(self, part):
        return part.product_id if part._name == "mrp.bom.line" else part

    def _explode_reverse_kit(self, parts):
        """Give what ``_get_reverse_kit`` gives, by the present bill of these lines."""
        bom = self._find_reverse_kit_bom(parts)
        if not bom:
            return {}
        ordered = self.product_uom_qty or 1.0
        quantity = self.product_uom_id._compute_quantity(
            ordered, bom.product_uom_id, round=False
        )
        _boms, rows = bom.explode(self.product_id, quantity / bom.product_qty)
        per_kit = defaultdict(float)
        for part, data in rows:
            if part.product_id.type != "service" and data["qty"] > 0:
                per_kit[part] += (
                    part.product_uom_id._compute_quantity(
                        data["qty"], part.product_id.uom_id, round=False
                    )
                    / ordered
                )
        return dict(per_kit)

    def _get_reverse_kit_shares(self, per_kit):
        """Give the share of the kit's price that each component stands for.

        What was agreed counts, and what the components cost then: whoever handles the
        goods writes other costs. What was sold before that was kept goes by what its
        deliveries say.
        """
        agreed = self._get_reverse_kit_parts(per_kit)
        table = {part: said["share"] for part, said in agreed.items()}
        if None in table.values() or self._get_reverse_kit_credit() != "table":
            table = {}
        kept = self._get_reverse_kit_agreed("kit_parts")
        by_part = self._get_reverse_kit_moves()._group_by_reverse_component()
        costs, prices = {}, {}
        for part, need in per_kit.items():
            moves = by_part.get(part, self.env["stock.move"])
            quantity = sum(move._get_reverse_parts()[0][1] for move in moves)
            value = 0.0 if kept else sum(abs(move.value) for move in moves)
            cost = value / quantity if quantity and value else agreed[part]["cost"]
            costs[part] = cost * need
            prices[part] = agreed[part]["price"] * need
        return kits.shares(table, costs, prices)

    def _get_reverse_kit_parts(self, per_kit):
        """Give what these components count by: what was agreed, where it was kept.

        One whose line is gone from its bill, or names another product by now, is found
        by its product. What came to the bill later was no part of the price.

        :return: as :meth:`_describe_reverse_parts`
        """
        found = self._describe_reverse_parts(per_kit)
        kept = self._get_reverse_kit_agreed("kit_parts")
        if not kept:
            return found
        named = {str(part.id) for part in per_kit if part._name == "mrp.bom.line"}
        for part, now in found.items():
            if part._name == "mrp.bom.line":
                own = [said for key, said in kept.items() if key == str(part.id)]
            else:
                own = [
                    said
                    for key, said in kept.items()
                    if key not in named and said["product"] == part.id
                ]
            found[part] = kits.join(own) if own else {**now, "share": 0.0}
        return found

    def _describe_reverse_parts(self, parts):
        """Give what components count by, as bills and products say now.

        :return: ``{component: {"product", "share", "cost", "price"}}``; the share is
            None where no percentages say it of the whole kit
        """
        # sudo: bills of materials are configuration, and only costs are read
        lines = self.env["mrp.bom.line"].sudo()
        lines = lines.concat(*(part for part in parts if part._name == lines._name))
        # With kits inside, or with lines deleted, the percentages are incomplete.
        whole = len(lines.bom_id) == 1 and len(lines) == len(parts)
        found = {}
        for part in parts:
            product = self._get_reverse_kit_product(part)
            product = product.with_company(self.company_id).sudo()  # sudo: as above
            found[part] = {
                "product": product.id,
                "share": part.sudo().reverse_share if whole else None,  # sudo: as above
                "cost": product.standard_price,
                "price": product.lst_price,
            }
        return found

    def _get_reverse_kit_credit(self):
        # sudo: configuration
        bom = self.sudo()._get_reverse_kit_bom()
        return self._get_reverse_kit_agreed(
            "kit_credit"
        ) or bom._get_reverse_kit_credit(self.sudo().company_id)

    def _count_reverse_kits(self, quantities):
        """Count the kits that these components are worth.

        :param dict quantities: quantity by component, in the product's unit
        :return: kits in the unit of this line
        """
        per_kit = self._get_reverse_kit()
        if self._get_reverse_kit_credit() == "complete":
            return kits.complete(quantities, per_kit)
        return kits.worth(quantities, per_kit, self._get_reverse_kit_shares(per_kit))

    def _to_reverse_kits(self, move, quantity):
        """Give what a quantity of a delivered component is worth, in kits."""
        per_kit = self._get_reverse_kit()
        if not per_kit:
            return 0.0
        shares = self._get_reverse_kit_shares(per_kit)
        return kits.worth({move._get_reverse_component(): quantity}, per_kit, shares)

    def _get_reverse_returnable_kits(self):
        """Count the complete kits that can still come back."""
        self.ensure_one()
        free = defaultdict(float)
        moves = self._get_reverse_kit_moves()
        for (move_id, _lot), quantity in moves._get_returnable().items():
            free[moves.browse(move_id)._get_reverse_component()] += quantity
        return kits.complete(free, self._get_reverse_kit())

    def _get_reverse_returnable(self):
        if not self._is_reverse_kit():
            return super()._get_reverse_returnable()
        return self._get_reverse_returnable_kits()

    # ------------------------------------------------------------------
    # Quantities
    # ------------------------------------------------------------------
    @api.depends("move_ids.reverse_rma_line_id")
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _prepare_qty_delivered(self):
        """Subtract what returned components are worth from the delivered kits.

        Odoo subtracts a whole kit for each missing component, and all of them when the
        kit was drop-shipped.
        """
        delivered = super()._prepare_qty_delivered()
        for line in self:
            if (
                line in delivered
                and line._get_reverse_signed_moves()
                and line._is_reverse_kit()
            ):
                moves = line._get_reverse_kit_moves()
                whole, missing = line._count_delivered_kits(moves)
                delivered[line] = whole - missing
        return delivered

    def _count_delivered_kits(self, moves):
        """Count the kits that these deliveries complete, and what is missing of them.

        Missing is what came back, less the components sent once more in exchange.

        :return: ``(whole kits, missing)`` in this line's unit
        """
        sent = defaultdict(float)
        # When goods are delivered in steps, only the last one leads to the customer.
        for move in moves - moves.move_orig_ids:
            sent[move._get_reverse_component()] += move._get_reverse_parts()[0][1]
        # Kits are whole in the unit of the product: half a dozen kits are six.
        unit = self.product_id.uom_id
        factor = self.product_uom_id._compute_quantity(1.0, unit, round=False)
        per_kit = {
            part: need / factor for part, need in self._get_reverse_kit().items()
        }
        whole = kits.complete(sent, per_kit)
        again = kits.exchanged(sent, self._get_returned_components(), per_kit, whole)
        missing = self._get_reverse_returned() - self.product_uom_id.round(
            self._count_reverse_kits(again), rounding_method="HALF-UP"
        )
        whole = unit._compute_quantity(whole, self.product_uom_id, round=False)
        return whole, missing

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        """Count returned components of kits as delivered when the order changes.

        They are not asked back again when less is ordered, and not delivered again as
        long as no whole kit is missing.
        """
        if not (self._get_reverse_signed_moves() and self._is_reverse_kit()):
            return super()._get_qty_procurement(previous_product_uom_qty)
        # sudo: the user works on the order and need not have access to deliveries
        moves = self.sudo().move_ids.filtered(
            self._get_incoming_outgoing_moves_filter()["incoming_moves"]
        )
        whole, missing = self._count_delivered_kits(
            moves.filtered(lambda m: not m.origin_returned_move_id)
        )
        unit = self.product_id.uom_id
        missing = self.product_uom_id._compute_quantity(
            missing, unit, rounding_method="HALF-UP"
        )
        least, most = (
            whole - unit._compute_quantity(kept, self.product_uom_id, round=False)
            for kept in (ceil(missing), floor(missing))
        )
        return min(max(self.product_uom_qty, least), most)

    def _get_returned_components(self):
        """Give ``{component: quantity}`` of what returns brought back.

        What was sent back again is subtracted. Quantities are in the product's unit.
        """
        returned = defaultdict(float)
        for move, sign in self._get_reverse_signed_moves():
            returned[move._get_reverse_component()] += (
                sign * move._get_reverse_parts()[0][1]
            )
        return returned

    def _get_reverse_returned(self):
        if not self._is_reverse_kit():
            return super()._get_reverse_returned()
        return self.product_uom_id.round(
            self._count_reverse_kits(self._get_returned_components()),
            rounding_method="HALF-UP",
        )

    def _to_reverse_quantity(self, move):
        if not self._is_reverse_kit():
            return super()._to_reverse_quantity(move)
        return self._to_reverse_kits(move, move._get_reverse_parts()[0][1])

    def _get_reverse_sendings(self):
        parts = self.move_ids.filtered(
            lambda m: (
                m.reverse_kit_need
                and m.state != "cancel"
                and m.location_dest_id._is_outgoing()
            )
        )
        return parts or super()._get_reverse_sendings()

    def _get_reverse_surplus(self, moves):
        """Give of each component what no kit needs, counting kits that were begun."""
        if not any(moves.mapped("reverse_kit_need")):
            return super()._get_reverse_surplus(moves)
        wanted = (
            self.qty_delivered
            + self._get_reverse_returned()
            + self._get_reverse_undelivered()
        )
        delivered = self._get_reverse_kit_moves()._group_by_reverse_component()
        surplus = []
        for part, own in moves._group_by_reverse_component().items():
            sent = sum(
                move._get_reverse_parts()[0][1] for move in delivered.get(part, ())
            )
            planned = sum(own.mapped("product_qty"))
            surplus.append((own, planned + sent - wanted * own[0].reverse_kit_need))
        return surplus

    def _get_reverse_pending(self, returned):
        if not self._is_reverse_kit():
            return super()._get_reverse_pending(returned)
        # sudo: whoever invoices need not read returns
        settled = self.sudo().reverse_line_ids.settlement_line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and line.state == "released"
                and not line.without_document
            )
        )
        credited = sum(line._get_order_quantity() for line in settled)
        return max(returned - credited, 0.0)
