from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.models.base.reverse_columns import differs
from odoo.addons.reverse_logistics.models.extensions.stock_move import MOVING


class StockMove(models.Model):
    """Components of kits, which were sold as a part of something else."""

    _inherit = "stock.move"

    reverse_kit_need = fields.Float(
        "Quantity in One Kit",
        digits=0,
        readonly=True,
        help="What one kit, in the unit it was ordered in, held of this product when "
        "it was ordered: bills of materials change.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Keep how much of a component one kit has, as its bill says now."""
        kits = defaultdict(list)
        for vals in vals_list:
            if (
                vals.get("sale_line_id")
                and vals.get("bom_line_id")
                and not vals.get("origin_returned_move_id")
                and not vals.get("reverse_kit_need")
            ):
                kits[vals["sale_line_id"]].append(vals)
        for order_line_id, own in kits.items():
            parts = self.env["mrp.bom.line"].browse(v["bom_line_id"] for v in own)
            order_line = self.env["sale.order.line"].browse(order_line_id)
            needs = order_line._explode_reverse_kit(parts)
            for vals, part in zip(own, parts, strict=True):
                vals["reverse_kit_need"] = needs.get(part, 0.0)
        kept = {id(vals) for own in kits.values() for vals in own}
        moves = super().create(vals_list)
        # Checked after creation, because the context can set it as well.
        moves.browse(
            move.id
            for move, vals in zip(moves, vals_list, strict=True)
            if id(vals) not in kept
        )._check_reverse_kit_need()
        moves._check_reverse_bom_line()
        return moves

    def write(self, vals):
        if "reverse_kit_need" in vals:
            self._refuse_reverse_kit_need()
        if "bom_line_id" in vals:
            self.filtered(
                lambda move: (
                    move.sale_line_id
                    and (move.state == "done" or move.bom_line_id)
                    and differs(move, vals, {"bom_line_id"})
                )
            )._refuse_reverse_bom_line()
        res = super().write(vals)
        if {"bom_line_id", "product_id", "sale_line_id"} & set(vals):
            self._check_reverse_bom_line()
        return res

    def _check_reverse_bom_line(self):
        """Refuse what is delivered of a kit as another component than it is.

        It would be credited as that one when it comes back. What its order has already
        been delivered as, it stays, whatever becomes of the bill: backorders and
        returns are copies of it.
        """
        # sudo: bills of materials are configuration, and the order's transfers
        others = self.sudo().filtered(
            lambda move: (
                move.sale_line_id
                and move.bom_line_id
                and move.bom_line_id.product_id != move.product_id
            )
        )
        for move in others:
            alike = (move.sale_line_id.move_ids - move).filtered(
                lambda other, move=move: (
                    (other.bom_line_id, other.product_id)
                    == (move.bom_line_id, move.product_id)
                )
            )
            if not alike:
                move.with_env(self.env)._refuse_reverse_bom_line()

    def _refuse_reverse_bom_line(self):
        # Clients never run as superuser; code that does has checked the user before.
        if not self.env.su:
            for move in self:
                raise UserError(
                    self.env._(
                        "%(transfer)s delivers %(product)s as the component of a kit "
                        "that it is, and returns go by it. Deliver another product "
                        "by a line of its own.",
                        transfer=move.picking_id.name or move.display_name,
                        product=move.product_id.display_name,
                    )
                )

    def _check_reverse_kit_need(self):
        """Refuse a need of a kit that no other delivery of it has.

        It is set by the first delivery. Splits, returns and next steps of a transfer
        copy it.
        """
        for move in self.filtered("reverse_kit_need"):
            # sudo: the user need not have access to the order
            move = move.sudo()
            known = {
                (peer.product_id, peer.bom_line_id, peer.reverse_kit_need)
                for peer in move.sale_line_id.move_ids - move
            }
            own = (move.product_id, move.bom_line_id, move.reverse_kit_need)
            if own not in known:
                self._refuse_reverse_kit_need()

    def _refuse_reverse_kit_need(self):
        # Clients never run as superuser; code that does has checked the user before.
        if not self.env.su:
            raise UserError(
                self.env._("What a kit held when it was ordered cannot be set by hand.")
            )

    # ------------------------------------------------------------------
    # What is moved is what was looked at: kits become their components before anything
    # is checked, and goods of returns stay what they are.
    # ------------------------------------------------------------------
    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        moves = self._explode_reverse_kits()
        if moves != self:
            return moves._action_confirm(merge, merge_into, create_proc)
        return super()._action_confirm(merge, merge_into, create_proc)

    def _action_done(self, cancel_backorder=False):
        """Move components of kits as what they are, and look at these.

        Odoo makes them of a kit that was not one yet when it was confirmed, below
        whatever was checked of it; how they are called on paper moves nothing.
        """
        moves = self._explode_reverse_kits(refused=True)
        if moves != self:
            return moves._action_done(cancel_backorder=cancel_backorder)
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _explode_reverse_kits(self, refused=False):
        """Give these moves, with the components of kits in their place.

        :param bool refused: whether kits come from returns, or get there, no more
        """
        kits = self.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.product_id.with_company(move.company_id).is_kits
                and not move._is_reverse_whole()
            )
        )
        if not kits:
            return self
        if refused:
            kits._refuse_reverse_kits()
        # The components follow from the bill: that is no word of a client.
        marked = kits.with_context(reverse_moving=MOVING)
        parts = marked.action_explode().with_env(self.env)
        return self if parts == kits else (self - kits) | parts

    def action_explode(self):
        """Leave goods of returns what they are, though their product is a kit by now.

        That is what was received, inspected or approved; a bill of materials comes
        without any of it.
        """
        whole = self.filtered(lambda move: move._is_reverse_whole())
        return whole | super(StockMove, self - whole).action_explode()

    def _is_reverse_whole(self):
        """Moves what a return names, or brings back what left as it is."""
        self.ensure_one()
        move = self.sudo()  # sudo: the return need not be the user's to read
        return bool(
            move.reverse_rma_line_id
            or move.reverse_inspection_id
            or move.reverse_quantity_change_id
            or move.origin_returned_move_id.product_id == move.product_id
        )

    def _refuse_reverse_kits(self):
        """Refuse kits on their way from or to returns: these know what lies there."""
        for move in self:
            lines = move.move_line_ids
            places = move.location_id | move.location_dest_id
            places |= lines.location_id | lines.location_dest_id
            if any(place._is_reverse() for place in places):
                raise UserError(
                    self.env._(
                        "%(product)s is a kit, and %(transfer)s would move its "
                        "components from or to returns. Enter the components "
                        "themselves: what lies in returns is moved as what it is.",
                        product=move.product_id.display_name,
                        transfer=move.picking_id.name or move.display_name,
                    )
                )

    def _get_reverse_ordered(self):
        if not self._is_reverse_component():
            return super()._get_reverse_ordered()
        # sudo: the order need not be the user's to read
        line = self.sudo().sale_line_id
        need = line._get_reverse_kit_products().get(self.product_id)
        return need and need * line.product_uom_qty

    def _is_reverse_made(self):
        self.ensure_one()
        orders = self.raw_material_production_id | self.production_id
        unbuilt = self.consume_unbuild_id | self.unbuild_id
        return bool(orders or unbuilt) or super()._is_reverse_made()

    def _is_reverse_component(self):
        self.ensure_one()
        # sudo: whoever may read the delivery may know what was ordered
        ordered = self.sudo().sale_line_id.product_id
        return bool(ordered) and ordered != self.product_id

    def _get_reverse_component(self):
        """Give the component of the kit that these goods are, also when they come back.

        It is the line of the bill, or the product where that line was deleted since, or
        names another one.
        """
        # sudo: bills of materials are configuration
        move = self.sudo()
        part = move.bom_line_id or move._get_reverse_roots().bom_line_id[:1]
        return part if part.product_id == move.product_id else move.product_id

    def _group_by_reverse_component(self):
        return self.grouped(lambda move: move._get_reverse_component())

    def _get_cogs_price_unit(self, quantity=0):
        """Give nothing for moves of several products at once.

        Odoo asks for the components of a kit together here, fails on more than one
        product, and counts them elsewhere.
        """
        if len(self.product_id) > 1:
            return 0.0
        return super()._get_cogs_price_unit(quantity)

    # ------------------------------------------------------------------
    # As customer service sees them
    # ------------------------------------------------------------------
    def _get_reverse_uom(self):
        if len(self) == 1 and self._is_reverse_component():
            return self.product_uom
        return super()._get_reverse_uom()

    def _get_reverse_unit_price(self):
        price = super()._get_reverse_unit_price()
        if not self._is_reverse_component():
            return price
        # sudo: as above
        line = self.sudo().sale_line_id
        unit = line.product_uom_id._compute_quantity(
            1.0, self.product_id.uom_id, round=False
        )
        return price * unit * line._to_reverse_kits(self, 1.0)

    def _get_reverse_sold_price(self):
        price, currency = super()._get_reverse_sold_price()
        if self and self._is_reverse_component():
            unit = self.product_uom._compute_quantity(1.0, self.product_id.uom_id)
            # sudo: as above
            price *= self.sudo().sale_line_id._to_reverse_kits(self, unit)
        return price, currency
