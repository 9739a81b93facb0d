from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import allocation


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "reverse.touch.mixin"]

    reverse_rma_line_id = fields.Many2one(
        "reverse.rma.line",
        "Return Line",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    reverse_inspection_id = fields.Many2one(
        "reverse.inspection",
        "Return Inspection",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    reverse_line_ids = fields.One2many(
        "reverse.rma.line", "move_id", "Returns of This Delivery"
    )

    # ------------------------------------------------------------------
    # What may still come back
    # ------------------------------------------------------------------
    def _is_reverse_receipt(self):
        """Goods coming back from a customer: of a delivery, or on a return."""
        self.ensure_one()
        return bool(
            (self.origin_returned_move_id or self.reverse_rma_line_id)
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

    def _get_reverse_balance(self, by_lot=False, planned=False):
        """Sum what left with these deliveries and what was claimed of it, by any path.

        :param bool by_lot: one balance per lot instead of one per delivery
        :param bool planned: as if the deliveries that are still open had left
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
        gone = deliveries.filtered(
            lambda m: m.state == "done" or (planned and m.state != "cancel")
        )
        add(gone, 0, 1, lambda m: m)
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

    def _get_reverse_possessed_on(self):
        """Give the day on which the customer had what these deliveries brought: that of
        the carrier's proof, else of the dispatch and the longest time in transit.

        :rtype: dict[stock.move, date]
        """
        times = self.env["reverse.transit.time"]
        found = {}
        # sudo: the dates of the customer's own deliveries
        for move, own in zip(self, self.sudo().with_prefetch(), strict=True):
            picking, company = own.picking_id, own.company_id
            day = picking.reverse_possessed_on
            if not day:
                keys = picking._get_reverse_transit_keys() if picking else {}
                day = company._to_reverse_day(own.date)
                day += timedelta(times._find_days(company, keys))
            found[move] = day
        return found

    def _take_off_reverse(self, quantity):
        """Deliver so much less, the newest transfers first, and prepare it no more.

        :param float quantity: in the product's unit
        """
        for move in self.sorted("id", reverse=True):
            uom = move.product_id.uom_id
            taken = min(quantity, move.product_qty)
            if uom.compare(taken, 0) <= 0:
                break
            quantity -= taken
            earlier = move.move_orig_ids.filtered(lambda m: m.state != "done")
            if uom.compare(taken, move.product_qty) < 0:
                move.product_uom_qty -= uom._compute_quantity(
                    taken, move.product_uom, rounding_method="HALF-UP"
                )
                move._action_assign()
            else:
                move._action_cancel()
            earlier.filtered(lambda m: m.state != "cancel")._take_off_reverse(taken)

    # ------------------------------------------------------------------
    # What it is worth
    # ------------------------------------------------------------------
    def _get_value_from_returns(self, quantity, at_date=None):
        """Goods come back at what those very goods left with."""
        return (
            self._get_reverse_title_value(quantity)
            or self._is_reverse_receipt()
            and (
                self._get_reverse_historic_value(quantity)
                or self._get_reverse_left_value(quantity, at_date)
            )
            or super()._get_value_from_returns(quantity, at_date)
        )

    def _get_reverse_left_value(self, quantity, at_date=None):
        """What these goods left with, of deliveries that have a value."""
        value = total = 0.0
        sources = self._get_reverse_sources()
        for (delivery, lot), part in sources.items():
            unit_value = delivery._get_reverse_unit_value(lot, at_date)
            if unit_value is not None:
                value += unit_value * part
                total += part
        names = {delivery.reference for delivery, _lot in sources}
        return total and {
            "value": value / total * quantity,
            "quantity": quantity,
            "description": self.env._(
                "As delivered with %(transfers)s", transfers=", ".join(sorted(names))
            ),
        }

    def _get_reverse_sources(self):
        """Find the deliveries with which these goods left, a replacement by its own.

        Goods without numbers come back in the order in which they left.

        :return: ``{(delivery, lot): quantity}`` in the product's unit
        """
        chain = self._get_reverse_chain().filtered(
            lambda m: m != self and (m.date, m.id) < (self.date, self.id)
        )
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        left = {}  # of the deliveries so far: {lot: {delivery: quantity}}
        for move in [*chain, self]:
            back = not move.location_dest_id._is_outgoing()
            sources = {}
            for line in move.move_line_ids:
                lot, quantity = line.lot_id, line.quantity_product_uom
                found = left.setdefault(lot, {})
                if not back:
                    found[move] = found.get(move, 0.0) + quantity
                    continue
                # What names its delivery comes from there; the last one is known best.
                order = sorted(found, key=lambda d: (d.date, d.id), reverse=bool(lot))
                named = move.origin_returned_move_id
                if named.origin_returned_move_id:
                    order.sort(key=lambda d: d != named)
                parts, _rest = allocation.allocate(
                    quantity, [allocation.Supply(d, found[d]) for d in order], step
                )
                for delivery, part in parts:
                    found[delivery] -= part
                    key = delivery, lot
                    sources[key] = sources.get(key, 0.0) + part
        return sources

    def _get_reverse_unit_value(self, lot, at_date=None):
        """What one product unit of this delivery left with, None if it has no value."""
        self.ensure_one()
        quantity = self.is_out and self._get_valued_qty()
        if not quantity:
            return None
        return self.value / quantity * self._get_reverse_lot_weight(lot)

    def _get_reverse_lot_weight(self, lot):
        """How much more than the mean one piece of this lot is worth in this delivery.

        Odoo keeps one value for all lots of a transfer, of lots valued separately too.
        """
        self.ensure_one()
        lines = self.move_line_ids
        if not self.product_id.lot_valuated or len(lines.lot_id) < 2:
            return 1.0
        # sudo: costs, of which only the proportion is told
        costs = {
            one: one.sudo().with_company(self.company_id).standard_price
            for one in lines.lot_id
        }
        total = sum(costs[line.lot_id] * line.quantity_product_uom for line in lines)
        quantity = sum(lines.mapped("quantity_product_uom"))
        if lot not in costs or total <= 0:
            return 1.0
        return costs[lot] * quantity / total

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------
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

    def _check_over_return(self, planned=False):
        """Refuse what would bring back more of these deliveries than left.

        :param bool planned: what is only announced may be of goods still to leave;
            it cannot be received before they have
        :raises UserError: naming delivery, product and quantities
        """
        # Read together, wherever they come from: what they come from is forgotten
        # below.
        self = self._get_reverse_roots().with_prefetch()  # noqa: PLW0642
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
            balance = deliveries._get_reverse_balance(by_lot, planned)
            for (move_id, lot_id), amounts in balance.items():
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
        order_lines = self.sudo().sale_line_id
        order_lines.move_ids.fetch(["origin_returned_move_id"])
        for line in order_lines:
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
            # One order line may be delivered as several products.
            for product, returned in loose.grouped("product_id").items():
                returned._check_over_return_of_product(
                    deliveries.filtered(lambda m, p=product: m.product_id == p)
                )

    def _check_over_return_of_product(self, deliveries):
        """Refuse these nameless returns of one product beyond its deliveries."""
        balance = deliveries._get_reverse_balance().values()
        left = sum(amounts[0] for amounts in balance)
        claimed = sum(amounts[1] + amounts[2] for amounts in balance) + sum(
            part[1] for move in self for part in move._get_reverse_parts()
        )
        if self.product_id.uom_id.compare(claimed, left) > 0:
            (deliveries or self)[-1:]._refuse_over_return(False, left, claimed)

    def _refuse_over_return(self, lot_id, left, claimed):
        self.env["reverse.refusal"]._note("over_return", self.company_id)
        product = self.product_id.display_name
        if lot_id:
            # sudo: name in the message
            lot = self.env["stock.lot"].sudo().browse(lot_id)
            product = f"{product} ({lot.name})"
        raise UserError(
            self.env._(
                "%(delivery)s delivered %(left)s of %(product)s; with this return "
                "%(claimed)s would come back. Lower the quantity, "
                "or cancel the return that claims the rest.",
                delivery=self.picking_id.name or self.display_name,
                left=self.product_id.uom_id._say_reverse(left),
                claimed=self.product_id.uom_id._say_reverse(claimed),
                product=product,
            )
        )
