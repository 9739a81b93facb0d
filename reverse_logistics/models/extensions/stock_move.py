from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import sql

from ...engine import allocation, custody, endings, transitions
from ...engine.days import local_day
from ..base.reverse_columns import columns, differs
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_remembered import remembered, remembering

#: Marks that Odoo moves goods now: a thing of its own, which no client can send.
MOVING = object()


def as_moved(records):
    """Give these records without a client's word that Odoo shall move nothing.

    Odoo says so itself only while it changes the unit of a product.
    """
    context = records.env.context
    if not context.get("skip_uom_conversion") or context.get("reverse_unit") is MOVING:
        return records
    return records.with_context(skip_uom_conversion=False)


class StockMove(models.Model):
    """Limit what comes back to what left, value it, and tell returns of it."""

    _name = "stock.move"
    _inherit = ["stock.move", "reverse.sold.mixin", "reverse.touch.mixin"]
    _reverse_buyer = "picking_id.partner_id"
    _reverse_place = "picking_id.partner_id"

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
    reverse_done_at = fields.Datetime(
        "Moved on",
        readonly=True,
        copy=False,
        index=True,
        help="When it was done. The time for returns counts from it, whatever date is "
        "entered afterwards.",
    )
    # Who last changed what left after it had left, and when.
    reverse_edited_by_id = fields.Many2one(
        "res.users", copy=False, ondelete="restrict", groups=fields.NO_ACCESS
    )
    reverse_edited_at = fields.Datetime(copy=False, groups=fields.NO_ACCESS)
    reverse_settlement_line_id = fields.Many2one(
        "reverse.settlement.line",
        "Replacement For",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    reverse_correction = fields.Boolean(
        "Corrects a Shipping Error",
        readonly=True,
        copy=False,
        help=(
            "The goods did not move: the books said something other than what "
            "was shipped."
        ),
    )
    reverse_title_id = fields.Many2one(
        "reverse.inspection",
        "Taken Over from Customer",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    reverse_exchange = fields.Boolean(
        "To Be Replaced",
        readonly=True,
        copy=False,
        help="The customer wants the same goods again: the return replaces them once "
        "they have come back.",
    )
    reverse_quantity_change_id = fields.Many2one(
        "reverse.quantity.change",
        "Approved Change",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    # ------------------------------------------------------------------
    # When it was moved
    # ------------------------------------------------------------------
    def _get_reverse_moved_at(self):
        """Give when this was done, or is planned for while it is open.

        People may enter another *date* of what is done, as for accounting. Nothing of
        returns goes by that; in domains and SQL the field of done transfers is
        *reverse_done_at*.
        """
        return self.reverse_done_at or self.date

    def _get_reverse_turn(self):
        """Give what transfers are sorted by, the first one first."""
        return self._get_reverse_moved_at(), self.id

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

    def _get_reverse_balance(self, by_lot=False, planned=False, moved=False):
        """Sum what left with these deliveries and what was claimed of it, by any path.

        :param bool by_lot: one balance per lot instead of one per delivery
        :param bool planned: as if the deliveries that are still open had left
        :param bool moved: leave out what is only asked back or on its way
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
        # What went out again may come back again, and so on. A draft announces nothing:
        # it is checked when it is confirmed.
        roots = {delivery: delivery for delivery in deliveries}
        moves, seen = deliveries, deliveries.browse()
        while moves := (moves.returned_move_ids - seen).filtered(
            lambda m: m.state == "done" if moved else m.state not in ("draft", "cancel")
        ):
            seen |= moves
            roots.update({m: roots[m.origin_returned_move_id] for m in moves})
            out = moves.filtered(lambda m: m.location_dest_id._is_outgoing())
            add(moves - out, 1, 1, roots.get)
            add(out.filtered(lambda m: m.state == "done"), 1, -1, roots.get)
        asked = deliveries.browse() if moved else deliveries
        for key, quantity in asked.reverse_line_ids._get_claims(by_lot).items():
            balance[key][2] += quantity
        return balance

    def _find_reverse_sendings(self):
        """Find those of these moves that bring or brought goods to customers.

        :return: without what is cancelled, and without returns of a delivery
        """
        places = self.location_dest_id
        outgoing = {place._ids[0] for place in places if place._is_outgoing()}
        rows = columns(self, "state", "origin_returned_move_id", "location_dest_id")
        return self.browse(
            id_
            for id_, (state, origin, place) in zip(self._ids, rows, strict=True)
            if state != "cancel" and not origin and place in outgoing
        )

    def _find_reverse_beyond(self, share):
        """Find those of the deliveries of an order line that bring the rest of it.

        :param float share: how much of it all the others bring; they are the first
            ones
        """
        beyond = self.browse()
        for product, moves in self.grouped("product_id").items():
            rest = share * sum(moves.mapped("product_qty"))
            for move in moves.sorted(
                lambda own: (own.state != "done", own._get_reverse_moved_at())
            ):
                if product.uom_id.compare(rest, 0.0) <= 0:
                    beyond += move
                rest -= move.product_qty
        return beyond

    def _get_reverse_possessed_on(self, by_word=True):
        """Give the day on which the customer had what these deliveries brought.

        That is the day of the carrier's proof, else of the dispatch and the longest
        time in transit.

        :param bool by_word: whether the day that a user noted by hand counts

        :rtype: dict[stock.move, date]
        """
        times = self.env["reverse.transit.time"]
        # sudo: the dates of the customer's own deliveries
        moves = self.sudo()
        zones = moves.company_id._get_reverse_zones()
        companies = {company.id: company for company in moves.company_id}
        paths = moves.env["stock.picking"]._get_reverse_transit_paths()
        rows = columns(
            moves,
            "picking_id.reverse_possessed_on",
            "picking_id.reverse_possessed_proved",
            "company_id",
            "reverse_done_at",
            "date",
            *(f"picking_id.{path}" for path in paths.values()),
        )
        found, known = {}, {}
        for move, (day, proved, company, done_at, at, *ids) in zip(
            self, rows, strict=True
        ):
            if not (day and (proved or by_word)):
                key = company, *ids
                if key not in known:
                    keys = dict(zip(paths, ids, strict=True))
                    known[key] = timedelta(times._find_days(companies[company], keys))
                day = local_day(done_at or at, zones[company]) + known[key]
            found[move] = day
        return found

    def _take_off_reverse(self, quantity, later=()):
        """Lower what open transfers still deliver, those planned last first.

        :param float quantity: in the product's unit
        :param later: transfers that follow these, and are lowered already
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
            seen = move.union(*later)
            (earlier - seen).filtered(lambda m: m.state != "cancel")._take_off_reverse(
                taken, seen
            )

    # ------------------------------------------------------------------
    # What it is worth
    # ------------------------------------------------------------------
    def _set_value(self, correction_quantity=None):
        """Let Odoo's own step write what goods are worth, which nobody else may."""
        moving = self.with_context(reverse_moving=MOVING)
        return super(StockMove, moving)._set_value(correction_quantity)

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
            lambda m: m != self and m._get_reverse_turn() < self._get_reverse_turn()
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
                order = sorted(
                    found, key=lambda d: d._get_reverse_turn(), reverse=bool(lot)
                )
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
        moves = seen = self.sudo()  # sudo: earlier deliveries may belong to other users
        while moves := moves.origin_returned_move_id - seen:
            seen |= moves
        return seen.filtered(lambda m: not m.origin_returned_move_id).with_env(self.env)

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
            moves = line.move_ids.filtered(lambda m: m.state not in ("draft", "cancel"))
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
        if self.env.user.share:
            # Customers know no delivery, and cancel nobody's return but their own.
            raise UserError(
                self.env._(
                    "%(product)s: some of it is in another return already. Enter less, "
                    "or look at your returns.",
                    product=product,
                )
            )
        raise UserError(
            self.env._(
                "%(delivery)s delivered %(left)s of %(product)s; with this return "
                "%(claimed)s would come back. Lower the quantity, or cancel the "
                "return that claims the rest.",
                delivery=self.picking_id.name or self.display_name,
                left=self.product_id.uom_id._say_reverse(left),
                claimed=self.product_id.uom_id._say_reverse(claimed),
                product=product,
            )
        )

    def _find_reverse_by_word(self):
        """Find by which deliveries alone these brought what they say, or when.

        Who changes one that is done speaks of all goods of its order line: what came
        back by that can leave again with another one. So can what leaves when all that
        was ordered has left.

        :return: ``{delivery: (deliveries changed since, itself if it sent goods
            again)}``, without those that nobody doubts
        """
        # sudo: the deliveries of the same orders
        own, nothing = self.sudo(), self.browse().sudo()
        peers = (own | own.sale_line_id.move_ids)._find_reverse_sendings()
        left, changed = defaultdict(list), defaultdict(list)
        names = ("state", "sale_line_id", "reverse_settlement_line_id")
        rows = columns(peers, *names, "reverse_edited_by_id")
        for move, (state, sold, replaces, editor) in zip(peers, rows, strict=True):
            if state == "done" and not replaces:
                left[sold or move].append(move)
                if editor:
                    changed[sold or move].append(move)
        found = {}
        for key, moves in left.items():
            if len(moves) == 1 and key not in changed:
                continue
            edited = nothing.concat(*changed[key])
            again = nothing.concat(*moves)._find_reverse_sent_again()
            for move in moves:
                if edited or move in again:
                    found[move] = (edited, again & move)
        return {move: found[move] for move in own if move in found}

    def _find_reverse_sent_again(self):
        """Find those of these deliveries of an order line that left after all of it."""
        again = self.browse()
        for product, moves in self.grouped("product_id").items():
            ordered = moves[:1]._get_reverse_ordered()
            if ordered is None:
                continue
            left = 0.0
            for move in moves.sorted(lambda m: m._get_reverse_turn()):
                ((_lot, quantity),) = move._get_reverse_parts()
                if left and product.uom_id.compare(left + quantity, ordered) > 0:
                    again |= move
                left += quantity
        return again

    def _get_reverse_ordered(self):
        """Give how much of this product was ordered with it, in the product's unit.

        None if the order line is of another product, or if there is none.
        """
        line = self.sale_line_id
        if line.product_id != self.product_id:
            return None
        return line.product_uom_id._compute_quantity(
            line.product_uom_qty, self.product_id.uom_id, rounding_method="HALF-UP"
        )

    # ------------------------------------------------------------------
    # Every path that creates, enlarges or completes a return.
    # ------------------------------------------------------------------
    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        loose = self.filtered(lambda m: m._is_reverse_loose())
        loose._name_reverse_delivery()
        drafts = self.filtered(lambda m: m.state == "draft")
        drafts._recognise_reverse_returns()
        receipts = drafts.filtered(lambda m: m._is_reverse_receipt())
        receipts._check_reverse_authorized()
        drafts.filtered(
            lambda m: m.origin_returned_move_id and m.location_id._is_outgoing()
        )._check_reverse_custody()
        res = super()._action_confirm(merge, merge_into, create_proc)
        receipts.exists().origin_returned_move_id._check_over_return(planned=True)
        loose.exists()._check_over_return()
        # Order lines with a negative quantity bring goods back as well.
        res.filtered(
            lambda m: m.sale_line_id.product_uom_qty < 0 and m._is_reverse_loose()
        )._check_reverse_authorized()
        return res

    def _assign_picking(self):
        """Let goods that never reached a customer come back as receipts always did.

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
        if not self:
            return
        # sudo: the deliveries of the same orders
        deliveries = self.sudo().sale_line_id.move_ids.filtered(
            lambda m: m.state == "done" and not m.origin_returned_move_id
        )
        free = deliveries._get_returnable()
        newest = deliveries.sorted(
            lambda m: m._get_reverse_turn(), reverse=True
        ).grouped(lambda m: (m.sale_line_id, m.product_id, m.location_dest_id))
        for move in self:
            ((_lot, wanted),) = move._get_reverse_parts()
            key = (move.sale_line_id, move.product_id, move.location_id)
            for delivery in newest.get(key, ()):
                if free[delivery.id, False] >= wanted:
                    # the next one of these moves finds less of it
                    free[delivery.id, False] -= wanted
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
            "reverse_settlement_line_id": self.reverse_settlement_line_id.id,
            "reverse_exchange": self.reverse_exchange,
        }

    def _auto_init(self):
        """Transfers that were done before keep the day that they show now."""
        cr = self.env.cr
        is_new = not sql.column_exists(cr, "stock_move", "reverse_done_at")
        res = super()._auto_init()
        if is_new:
            cr.execute(
                "UPDATE stock_move SET reverse_done_at = date WHERE state = 'done'"
            )
        return res

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create([self._add_reverse_day(vals) for vals in vals_list])
        moves.filtered(
            lambda m: m.reverse_rma_line_id or m.reverse_inspection_id
        )._check_reverse_links()
        moves.filtered("origin_returned_move_id")._check_reverse_origin()
        moves._check_reverse_scrap(moves.scrap_id)
        moves.filtered("reverse_settlement_line_id")._check_reverse_replacement()
        moves.filtered("reverse_correction")._check_reverse_correction()
        moves.filtered("reverse_title_id")._check_reverse_title()
        moves.filtered("reverse_quantity_change_id")._check_reverse_change_link()
        done = moves.filtered(lambda m: m.state == "done")
        done._check_reverse_moved()
        done._keep_reverse_day()
        done._agree_reverse_unordered()
        return moves

    def write(self, vals):
        if "reverse_quantity_change_id" in vals:
            self._check_reverse_change_link()
        if "reverse_title_id" in vals:
            self._check_reverse_title()
        if "reverse_correction" in vals:
            self._check_reverse_correction()
        if "scrap_id" in vals:
            named = self.env["stock.scrap"].browse(vals["scrap_id"] or None)
            self._check_reverse_scrap(self.scrap_id | named)
        self._check_reverse_document_links(vals)
        self._check_reverse_bound(vals)
        self._check_reverse_done_links(vals)
        if vals.get("state") == "done":
            self.filtered(lambda m: m.state != "done")._check_reverse_moved()
        before = {}
        if "product_uom_qty" in vals:
            before = {move: move.product_uom_qty for move in self}
        vals = self._add_reverse_day(vals)
        res = super(StockMove, as_moved(self)).write(vals)
        if vals.get("state") == "done" and "reverse_done_at" not in vals:
            self._keep_reverse_day()
        if vals.get("state") == "done":
            self._agree_reverse_unordered()
        self._check_reverse_written(vals, before)
        return res

    def _add_reverse_day(self, vals):
        """Keep when these moves were done; people can enter another date afterwards.

        What the program itself dates back, such as an import, is kept as it says.
        """
        # Clients never run as superuser.
        by_program = self.env.su
        vals = {
            name: value
            for name, value in vals.items()
            if by_program or name != "reverse_done_at"
        }
        states = self.mapped("state")
        is_done = "done" in (vals.get("state"), *states)
        if "date" in vals and is_done and (by_program or "done" not in states):
            vals.setdefault("reverse_done_at", vals["date"])
        return vals

    def _keep_reverse_day(self):
        """Keep that these were done now, of those of which nothing is kept."""
        undated = self.filtered(lambda m: m.state == "done" and not m.reverse_done_at)
        if undated:
            # sudo: the day is the server's, whoever moves the goods
            undated.sudo().write({"reverse_done_at": fields.Datetime.now()})

    def _agree_reverse_unordered(self):
        """Keep who gets what leaves without an order, and what the goods are.

        Of the rest their orders keep it.
        """
        # sudo: the contact of the transfer, whoever moves the goods
        for move in self.sudo().with_context(active_test=False):
            if (
                move.state == "done"
                and not (move.sale_line_id or move.reverse_agreed)
                and move.location_dest_id.usage == "customer"
                and move.picking_id.partner_id
            ):
                move.reverse_agreed = {
                    **move._describe_reverse_sale(),
                    "goods": move.sale_line_id._describe_reverse_goods(move.product_id),
                }

    def _check_reverse_document_links(self, vals):
        """Refuse that somebody names the return or the settlement of a transfer."""
        # Clients never run as superuser; whatever does was checked before.
        if self.env.su:
            return
        if "reverse_settlement_line_id" in vals:
            raise UserError(
                self.env._("A replacement is sent by its settlement only: release it.")
            )
        if {"reverse_rma_line_id", "reverse_inspection_id"} & set(vals):
            raise UserError(
                self.env._("The return of a transfer cannot be set by hand.")
            )

    @api.model
    def _check_reverse_scrap(self, scraps):
        """Refuse to add to scrap orders what nobody reads who approves them.

        :raises UserError: for users, as clients never run as superuser
        """
        # sudo: what was asked for, whoever adds something
        asked = scraps.sudo().reverse_quantity_change_ids
        if asked and not self.env.su and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._(
                    "%(scrap)s scraps goods of returns: what it moves follows from its "
                    "own quantity. Enter another scrap order for more.",
                    scrap=asked[:1].scrap_id.display_name,
                )
            )

    def _check_reverse_bound(self, vals):
        """Refuse to make open transfers of returns ones of other goods or sales.

        :param dict vals: what is about to be written
        """
        context = self.env.context
        names = custody.BOUND.intersection(vals)
        if context.get("reverse_unit") is MOVING:
            names -= {"product_uom"}  # the product's own unit changes everywhere
        # Clients never run as superuser, nor can they send the mark of Odoo's steps.
        if self.env.su or context.get("reverse_moving") is MOVING or not names:
            return
        for move in self:
            if (
                move.state != "done"
                and move._is_reverse_bound()
                and differs(move, vals, names)
            ):
                raise UserError(
                    self.env._(
                        "%(transfer)s moves goods of a return: which goods these are, "
                        "whose, from where and of which sale is what the return says. "
                        "Enter what came, and to which place. Other goods need a "
                        "return of their own.",
                        transfer=move.picking_id.name or move.display_name,
                    )
                )

    def _is_reverse_bound(self):
        """Moves goods of a return, or will be one when they come in."""
        self.ensure_one()
        move = self.sudo()  # sudo: the return need not be the user's to read
        return bool(
            move.reverse_rma_line_id
            or move.reverse_inspection_id
            or (move.origin_returned_move_id and move._is_reverse_receipt())
        )

    def _check_reverse_moved(self):
        """Refuse to note as done what is not moved: deliveries, and what comes back.

        :raises UserError: for users; only Odoo's own step moves goods
        """
        # Clients never run as superuser, nor can they send the mark of that step.
        if self.env.su or self.env.context.get("reverse_moving") is MOVING:
            return
        for move in self:
            if move._passes_reverse():
                raise UserError(
                    self.env._(
                        "%(transfer)s is not done by writing so: validate it, which "
                        "moves the goods.",
                        transfer=move.picking_id.name or move.display_name,
                    )
                )

    def _passes_reverse(self, vals=()):
        """Whether goods come from customers or returns, or go there.

        :param dict vals: what is about to be written
        """
        self.ensure_one()
        lines = self.move_line_ids
        places = self.location_id | self.location_dest_id
        places |= lines.location_id | lines.location_dest_id
        named = {"location_id", "location_dest_id"}.intersection(vals)
        places |= places.browse(vals[name] for name in named if vals[name])
        return any(place._is_outgoing() or place._is_reverse() for place in places)

    def _check_reverse_done_links(self, vals):
        """Refuse to change what says which goods a done transfer moved, and whose."""
        known = {name: self._fields[name] for name in vals if name in self._fields}
        names = {
            name
            for name, field in known.items()
            if field.store and custody.GOODS_MODULES.intersection(field._modules)
        } - custody.STILL_OPEN
        if self.env.context.get("reverse_unit") is MOVING:
            names.discard("product_uom")  # the product's own unit changes everywhere
        # Clients never run as superuser, nor can they send the mark of Odoo's steps.
        moving = self.env.context.get("reverse_moving") is MOVING
        if self.env.su or moving or not names:
            return
        for move in self.filtered(lambda m: m.state == "done"):
            changed = differs(move, vals, names)
            # what was delivered for one order is not returned for another one
            resold = (
                "sale_line_id" in vals
                and move.sale_line_id
                and move.sale_line_id.id != vals["sale_line_id"]
                and move.location_dest_id._is_outgoing()
            )
            # by which operation it left tells recalls who has it
            given = {"picking_type_id"} & names
            given = given and differs(move, vals, given)
            # what left once does not leave again: its day would be another
            undone = vals.get("state", "done") != "done" and move._passes_reverse()
            # what can be claimed back is not told otherwise before somebody does
            evidence = changed and (
                move._passes_reverse(vals) or move._is_reverse_evidence()
            )
            if resold or given or undone or evidence:
                move._refuse_reverse_evidence()

    def _is_reverse_evidence(self):
        """Moved goods of returns, or what was claimed back of it."""
        self.ensure_one()
        move = self.sudo()  # sudo: the return need not be the user's to read
        return move.state == "done" and bool(
            move._is_reverse_linked()
            or move.reverse_inspection_id
            or move.reverse_settlement_line_id
            or move.reverse_title_id
            or move.reverse_correction
            or move.reverse_quantity_change_id
            or move.reverse_line_ids
            or move.returned_move_ids
            or any(
                place._is_reverse_stock()
                for place in move.move_line_ids.location_id
                | move.move_line_ids.location_dest_id
            )
        )

    def _refuse_reverse_evidence(self):
        for move in self:
            raise UserError(
                self.env._(
                    "%(transfer)s is done, and returns go by it: it is neither "
                    "changed nor deleted. What was entered wrongly is corrected on the "
                    "return, or by a transfer back.",
                    transfer=move.picking_id.name or move.display_name,
                )
            )

    @unless_uninstalling
    def _unlink_except_evidence(self):
        """Keep what was moved: Odoo would not delete it either, but for a key."""
        self.filtered(
            lambda m: (
                m.state == "done" and (m._is_reverse_evidence() or m._passes_reverse())
            )
        )._refuse_reverse_evidence()

    def _check_reverse_written(self, vals, before):
        """Check what returns say about these moves, once they are written.

        :param dict before: their quantities until now, when they were written
        """
        links = {"reverse_rma_line_id", "reverse_inspection_id"}
        places = {"product_id", "location_id", "origin_returned_move_id"}
        if (links | places) & set(vals):
            self._check_reverse_links()
        if "origin_returned_move_id" in vals:
            self._check_reverse_circle()
        if (places | {"location_dest_id", "sale_line_id"}) & set(vals):
            self.filtered("origin_returned_move_id")._check_reverse_origin()
        if "product_id" in vals:
            self.move_line_ids._check_reverse_said()
        if "location_dest_id" in vals:
            self.filtered(
                lambda m: (
                    m.state not in ("draft", "done", "cancel")
                    and m._is_reverse_receipt()
                )
            )._check_reverse_custody()
        for move, quantity in before.items():
            enlarged = move.product_uom_qty > quantity and (
                move._is_reverse_receipt() or move._is_reverse_loose()
            )
            if enlarged and move.state not in ("draft", "cancel"):
                move._check_over_return(planned=move.state != "done")
        if {"product_id", "product_uom_qty", "product_uom", "sale_line_id"} & set(vals):
            self.filtered("reverse_settlement_line_id")._check_reverse_replacement()

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

    def _check_reverse_circle(self):
        """Refuse goods that would come back from themselves, by whichever detour."""
        if self._has_cycle("origin_returned_move_id"):
            raise UserError(
                self.env._(
                    "%(transfer)s would take back what it has moved itself. Name the "
                    "transfer that brought the goods first.",
                    transfer=self[:1].picking_id.name or self[:1].display_name,
                )
            )

    def _check_reverse_origin(self):
        """Refuse to bring back of a delivery what it did not bring, or another sale's,
        and to deliver as sent again what no receipt brought back.

        What comes back is credited as the delivery that it names, and what is sent
        again can come back by that.
        """
        # Clients never run as superuser.
        if self.env.su:
            return
        for move in self.sudo():  # sudo: the delivery need not be the user's to read
            if move._is_reverse_receipt():
                goods = move._get_reverse_roots().product_id
            elif move._is_reverse_sending():
                goods = move.origin_returned_move_id._get_reverse_brought()
            else:
                continue
            left, sold = move._get_reverse_roots(), move.sale_line_id
            if move.product_id != goods or sold not in (
                left.sale_line_id,
                sold.browse(),
            ):
                move._refuse_reverse_origin(left)

    def _is_reverse_sending(self):
        """Goods that go to a customer."""
        self.ensure_one()
        return (
            self.location_dest_id._is_outgoing() and not self.location_id._is_outgoing()
        )

    def _get_reverse_brought(self):
        """Give the product that this brought, or brings, back from a customer."""
        back = self.location_id._is_outgoing() and (
            not self.location_dest_id._is_outgoing()
        )
        return self.product_id if back else self.product_id.browse()

    def _refuse_reverse_origin(self, left):
        """Say what this transfer names, and what it is not.

        :param left: the delivery with which the goods left that it names
        """
        values = {
            "transfer": self.picking_id.name or self.display_name,
            "delivery": left.picking_id.name or left[:1].display_name,
            "product": left.product_id.display_name,
            "order": left.sale_line_id.order_id.name or self.env._("no order"),
        }
        if self._is_reverse_sending():
            raise UserError(
                self.env._(
                    "%(transfer)s says that it sends again what came back of "
                    "%(delivery)s (%(product)s, %(order)s), and that is not what it "
                    "delivers. Deliver goods by their own order.",
                    **values,
                )
            )
        raise UserError(
            self.env._(
                "%(transfer)s takes back what %(delivery)s delivered, which is "
                "%(product)s of %(order)s. Receive other goods by a return of "
                "their own.",
                **values,
            )
        )

    def _action_done(self, cancel_backorder=False):
        """Check what leaves and enters returns, then tell them what was moved."""
        todo = self.filtered(lambda m: m.state not in ("done", "cancel"))
        todo.move_line_ids._check_reverse_said()
        todo._recognise_reverse_returns()
        todo._check_reverse_way()
        todo._check_reverse_contact()
        undone = todo.filtered(lambda m: m._is_reverse_undo())
        undone_parts = undone._find_undone_parts()
        replacements = todo.filtered("reverse_settlement_line_id")
        replacements._check_reverse_replacement()
        receipts = todo._prepare_reverse_receipts()
        todo._touch_reverse_parts()
        moving = (self | receipts).with_context(reverse_moving=MOVING)
        done = super(StockMove, moving)._action_done(cancel_backorder=cancel_backorder)
        done = done.with_env(self.env)
        done._check_reverse_taken()
        done.move_line_ids._check_reverse_numbered()
        received = (receipts & done).exists()
        received._on_reverse_received()
        # sudo: as for what was received; sending goods is the warehouse's, not a step
        # of the return
        resent = (
            (done - received)
            .sudo()
            .filtered(
                lambda m: m.reverse_inspection_id and m.location_dest_id._is_outgoing()
            )
        )
        resent.reverse_inspection_id._on_sent_back(resent)
        done._tell_reverse_left_behind()
        (replacements & done).exists()._on_reverse_replaced()
        (undone & done)._on_reverse_undone(undone_parts)
        done._on_reverse_relocated()
        # sudo: whoever moves goods need not be of returns
        done.sudo().reverse_quantity_change_id._on_moved()
        return done

    def _check_reverse_contact(self):
        """Refuse to send goods back to somebody else than whose they are.

        :raises UserError: naming who gets them
        """
        # sudo: whose the goods are, whoever sends them
        moves = self.sudo()
        # What a correction says never came is on no transfer: it goes nowhere.
        undone = moves.filtered(lambda m: m.picking_id and m._is_reverse_undo())
        for move in moves.filtered(lambda m: m._is_reverse_sent_back()) | undone:
            receipt = move.origin_returned_move_id if move in undone else move.browse()
            line = move.reverse_inspection_id.line_id or receipt.reverse_rma_line_id
            partner = line._get_goods_partner()
            named = move.picking_id.partner_id
            # A receipt that is taken back may go to whom the goods were delivered.
            known = partner | receipt._get_reverse_senders()
            if not (named <= known if receipt else named == partner):
                raise UserError(
                    self.env._(
                        "%(transfer)s sends goods of %(rma)s back, so it goes to "
                        "%(customer)s. Name this contact; where the goods belong "
                        "elsewhere, the return says so before they are sent.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=line.rma_id.name,
                        customer=partner.display_name,
                    )
                )

    def _get_reverse_senders(self):
        """Give who may have sent what these receipts of returns brought."""
        line = self.reverse_rma_line_id
        delivered = line.move_id.picking_id.partner_id
        return line.rma_id.partner_id | line.rma_id.end_partner_id | delivered

    def _is_reverse_inside(self):
        """Has put goods from one place of returns to another, where they are now."""
        return any(
            source._is_reverse_stock() and target._is_reverse_stock()
            for source, target in self._get_reverse_routes()
        )

    def _is_reverse_sent_back(self):
        """Takes inspected goods back to whom they belong."""
        return bool(
            self.reverse_inspection_id
            and self.location_id._is_reverse_stock()
            and self.location_dest_id._is_outgoing()
        )

    def _prepare_reverse_receipts(self):
        """Check what comes back, and split it by lot; give these moves."""
        # What corrects a shipping error does not come in: it was here all the time.
        receipts = self.filtered(
            lambda m: m._is_reverse_receipt() and not m.reverse_correction
        )
        if receipts:
            receipts._check_reverse_authorized()
            receipts._level_reverse_lines()
            receipts._check_reverse_receiver()
            receipts._check_reverse_lots()
            receipts._check_reverse_owners()
            receipts._name_reverse_packages()
            receipts |= receipts._split_reverse_lots()
            receipts._receive_reverse_safely()
            receipts._get_reverse_roots()._fetch_reverse_chains()
        return receipts

    def _on_reverse_received(self):
        """Tell returns of the goods that came in."""
        if not self:
            return
        self.origin_returned_move_id._check_over_return()
        # sudo: the receiver's duty is checked before the move; what follows in returns
        # is the system's, whoever moves the goods
        received = self.sudo()
        received.env["reverse.rma"]._adopt_receipts(
            received.filtered(lambda m: not m.reverse_rma_line_id)
        )
        received.reverse_rma_line_id._on_received(received)

    def _on_reverse_replaced(self):
        """Tell settlements of the replacements that were sent."""
        if not self:
            return
        self._check_reverse_replacement()
        # sudo: the settlement is released; whoever sends the goods need not be of
        # returns
        sent = self.sudo()
        for partner, moves in sent.grouped(lambda m: m.picking_id.partner_id).items():
            moves.reverse_settlement_line_id._check_place(partner)
        sent.reverse_settlement_line_id._on_replaced(sent)

    def _check_reverse_authorized(self):
        """Refuse returns outside of an RMA where a company says so.

        The one that receives them, or the one that sold them.
        """
        # sudo: who sold the goods, and what companies say about them
        for move in self.sudo().filtered(lambda m: not m.reverse_rma_line_id):
            sellers = move.origin_returned_move_id.company_id
            sellers |= move.sale_line_id.company_id
            for company in move.company_id | sellers:
                if company._get_reverse_strictest("reverse_unauthorized") == "refuse":
                    raise UserError(
                        self.env._(
                            "%(company)s takes goods back only with a return "
                            "authorization. Create the return with the Return button "
                            "of the sales order.",
                            company=company.name,
                        )
                    )

    def _get_reverse_inspection_location(self):
        """Give the place where these goods are inspected.

        :raises UserError: for a company that receives no returns
        """
        facility = self._get_reverse_facility()
        if not facility:
            raise UserError(
                self.env._(
                    "%(company)s has no returns facility, so nobody can receive "
                    "%(product)s. Create a warehouse in Inventory, its facility comes "
                    "with it; or let drop-shipped goods go straight to their supplier.",
                    company=self.company_id.name,
                    product=self.product_id.display_name,
                )
            )
        return facility._get_location("inspection")

    def _get_reverse_facility(self):
        """Give the facility that receives these goods, empty where there is none."""
        self.ensure_one()
        # sudo: where returns go is configuration
        move = self.sudo()
        warehouse = (
            move.warehouse_id
            or move.picking_type_id.warehouse_id
            or move.location_dest_id.warehouse_id
        )
        facilities = warehouse.reverse_facility_ids or move.env[
            "reverse.facility"
        ].search(
            [("company_id", "=", move.company_id.id), ("warehouse_id", "!=", False)],
            limit=1,
        )
        return facilities[:1]

    def _level_reverse_lines(self):
        """Spread what was entered of a product over all lines that wait for it.

        Who counts or scans goods enters them on the first line, whatever the return
        says.
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
        """Receive each lot that is valued separately by a move of its own.

        The new moves are returned. Odoo values all lots of a move alike.
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

    def _receive_reverse_safely(self):
        """Put what is only safe in quarantine there, wherever it was to be received."""
        lines = self.move_line_ids._filter_reverse_dangerous().filtered(
            lambda line: (
                line.location_dest_id._get_reverse_place_state() != "quarantine"
            )
        )
        for move, own in lines.grouped("move_id").items():
            # sudo: where returns go is configuration
            facility = move.sudo().reverse_rma_line_id.rma_id.facility_id
            place = (facility or move._get_reverse_facility())._get_arrival_place(True)
            own.location_dest_id = place

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
        """Refuse lots and serials that were not part of what was sold."""
        tracked = self.filtered(lambda m: m.product_id.tracking != "none")
        # sudo: the delivery's lots are needed whoever receives
        for move in tracked.sudo().filtered("origin_returned_move_id"):
            delivered = move.origin_returned_move_id._get_reverse_chain_lots()
            picked = move.move_line_ids.filtered("picked")
            known = delivered or move.reverse_rma_line_id.lot_id
            if known and picked._filter_reverse_unnumbered():
                move._refuse_reverse_unnumbered()
            for line in picked:
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
        self._check_reverse_historic_lots()

    def _refuse_reverse_unnumbered(self):
        """Refuse pieces without the number that they had when they were delivered, or
        that their return names: recalls, warranty and dates go by it.
        """
        self.ensure_one()
        raise UserError(
            self.env._(
                "%(transfer)s brings %(product)s back without its number. Enter the "
                "number of each piece: returns go by it.",
                transfer=self.picking_id.name or self.display_name,
                product=self.product_id.display_name,
            )
        )

    def _check_reverse_owners(self):
        """Refuse goods that come back as another's than they are.

        They would be credited, and not be ours; or ours without having been paid. What
        a supplier's in consignment was sold is that supplier's when it comes back.
        """
        # sudo: whose the delivered goods were, whoever receives
        for move in self.sudo():
            line, nobody = move.reverse_rma_line_id, move.env["res.partner"]
            own = line._get_goods_owner() if line else nobody
            for entered in move.move_line_ids.filtered("picked"):
                owner = entered.owner_id
                if owner == own:
                    continue
                left = move._get_reverse_roots().move_line_ids.owner_id
                if own or owner not in left | move.company_id.partner_id:
                    raise UserError(
                        self.env._(
                            "%(product)s on %(transfer)s would be %(owner)s, and by "
                            "its return it is %(due)s. Correct the owner on the line; "
                            "customer service enters goods of others as such.",
                            product=move.product_id.display_name,
                            transfer=move.picking_id.name or move.display_name,
                            owner=self._say_reverse_owner(owner),
                            due=self._say_reverse_owner(own or left[:1]),
                        )
                    )

    def _say_reverse_owner(self, owner):
        if not owner:
            return self.env._("ours")
        return self.env._("that of %(owner)s", owner=owner.display_name)

    def _check_reverse_historic_lots(self):
        """The same for goods that were sold before Odoo."""
        # sudo: what was sold is needed whoever receives
        for move in self.sudo():
            sale = move.reverse_rma_line_id.historic_sale_id
            if not sale.lot_id:
                continue
            for line in move.move_line_ids.filtered("picked"):
                name = line.lot_id.name or line.lot_name
                if name and name != sale.lot_id.name:
                    raise UserError(
                        self.env._(
                            "%(lot)s of %(product)s was not part of the old invoice "
                            "%(invoice)s. Check the number; if the goods are of "
                            "another sale, receive them on another return.",
                            lot=name,
                            product=move.product_id.display_name,
                            invoice=sale.invoice_name,
                        )
                    )

    # ------------------------------------------------------------------
    # Replacements: no more than was released, and each of them counts.
    # ------------------------------------------------------------------

    def _sum_replaced(self, uom):
        """Sum these moves: done ones with what left, others with what is planned."""
        return sum(
            move.product_uom._compute_quantity(
                move._get_reverse_planned(), uom, rounding_method="HALF-UP"
            )
            for move in self
            if move.state != "cancel"
        )

    def _get_reverse_planned(self):
        self.ensure_one()
        if self.state == "done":
            return self.quantity
        return max(self.product_uom_qty, self.quantity if self.picked else 0.0)

    def _check_reverse_replacement(self):
        """Refuse to send another product, or more than the settlement says."""
        # sudo: whoever delivers need not read settlements
        for line in self.sudo().reverse_settlement_line_id:
            moves = line.replacement_move_ids
            # The lines say what is moved, whatever the transfer itself says.
            goals = moves.location_dest_id | moves.move_line_ids.location_dest_id
            fits = line.kind == "replacement" and (
                moves.product_id == line.product_id
                and all(place._is_outgoing() for place in goals)
                and moves.sale_line_id == line.rma_line_id.sale_line_id
                and line.state == "released"
            )
            if not fits or line.uom_id.compare(line._get_unsent_quantity(), 0) < 0:
                raise UserError(
                    self.env._(
                        "%(transfer)s replaces %(quantity)s of %(product)s "
                        "for %(rma)s. Another product or more of it needs an order, "
                        "or a settlement of its own.",
                        transfer=moves.picking_id[-1:].name or self[:1].display_name,
                        quantity=line.uom_id._say_reverse(line.quantity),
                        product=line.product_id.display_name,
                        rma=line.rma_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Custody: where goods of returns go, and where those of customers arrive. What is
    # bound to what is in ``engine.custody``.
    # ------------------------------------------------------------------
    def _check_reverse_way(self):
        """Check where these moves take their goods: before they are done, and again
        whenever lines of done ones are added or edited.

        All that is asked of the way of goods belongs here, also by addons:
        reverse_logistics_disposal, reverse_logistics_recall, reverse_logistics_resale,
        reverse_logistics_supplier_claims.

        :raises UserError: saying what to do instead
        """
        self._check_reverse_custody()

    def _check_reverse_taken(self):
        """Check what is left of the goods in returns that these moves took.

        :raises UserError: saying what to do instead
        """
        self._check_reverse_left()
        self._check_reverse_safe()

    def _check_reverse_custody(self):
        """Refuse what takes goods out of returns, or past them, and nothing vouches.

        :raises UserError: saying what to do instead
        """
        # What became of the goods is looked up once for all.
        for move in remembering(self, _find_reverse_spent=self._find_reverse_spent()):
            for source, target, code in move._find_reverse_refused():
                raise UserError(move._explain_reverse_custody(code, source, target))
            if move._is_reverse_approved() and not move._vouches_reverse("workflow"):
                # sudo: what exactly was approved
                move.sudo().reverse_quantity_change_id._check_moved(move)

    def _get_reverse_taken(self):
        """Give the lines that take goods out of places of returns by hand."""
        if self.env["reverse.rma"]._in_workflow():
            return self.env["stock.move.line"]
        return self.move_line_ids.filtered(
            lambda line: line.location_id._is_reverse_stock()
        )

    def _touch_reverse_parts(self):
        """Meet whoever inspects, or puts away, the goods that are taken by hand."""
        lines = self._get_reverse_taken()
        if lines:
            # sudo: whoever moves the goods need not be of returns
            parts = self.env["reverse.inspection"].sudo()
            parts.search(
                [
                    ("product_id", "in", lines.product_id.ids),
                    ("location_id", "in", lines.location_id.ids),
                    ("state", "in", ("draft", "done")),
                    ("disposed", "=", False),
                ]
            )._reverse_touch()

    def _check_reverse_left(self):
        """Refuse to have taken what was not there.

        Odoo lets a place have less than nothing; what had left returns by another way
        would be there again, to be put into stock and credited.
        """
        lines = self._get_reverse_taken()
        if not lines:
            return
        # sudo: goods of everybody count
        missing = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    ("product_id", "in", lines.product_id.ids),
                    ("location_id", "in", lines.location_id.ids),
                ],
                ["product_id", "location_id", "lot_id", "owner_id"],
                having=[("quantity:sum", "<", 0)],
            )
        )
        parts = lines.grouped(
            lambda line: (
                line.product_id,
                line.location_id,
                line.lot_id,
                line.owner_id,
            )
        )
        for part in missing:
            if part in parts:
                product, place, lot, owner = part
                raise UserError(
                    self.env._(
                        "%(transfer)s takes more of %(goods)s from %(location)s than "
                        "lies there. Enter what is there, from where it really is, or "
                        "have it counted first.",
                        transfer=parts[part].move_id[:1].reference,
                        goods=", ".join(
                            record.display_name
                            for record in (product, lot, owner)
                            if record
                        ),
                        location=place.display_name,
                    )
                )

    def _check_reverse_safe(self):
        """Refuse to have put elsewhere by hand what is only safe in quarantine."""
        lines = self._get_reverse_taken().filtered(
            lambda line: (
                line.location_dest_id != line.location_id
                and line.location_dest_id._is_reverse_stock()
                and line.location_dest_id._get_reverse_place_state() != "quarantine"
            )
        )
        if not lines:
            return
        # sudo: goods of everybody count
        parts = self.env["reverse.inspection"].sudo()._find_lying(lines)
        # What its inspection sends somewhere else safe goes there.
        parts -= lines.sudo().move_id.reverse_inspection_id.filtered(
            lambda part: (
                part.state == "done" and part._is_safe_with(part.disposition_id)
            )
        )
        dangers = parts._get_dangers()
        dangerous = parts.filtered(dangers.get).grouped(
            lambda part: (
                part.product_id,
                part.location_id,
                part.lot_id,
                part._get_stock_owner(),
            )
        )
        quants = self.env["stock.quant"].sudo()  # sudo: as above
        for (product, place, lot, owner), own in dangerous.items():
            found = quants._gather(product, place, lot_id=lot, strict=True)
            here = sum(
                found.filtered(
                    lambda quant, lot=lot, owner=owner: (
                        (quant.lot_id, quant.owner_id) == (lot, owner)
                    )
                ).mapped("quantity")
            )
            stays = sum(part.line_id._in_product_uom(part.quantity) for part in own)
            if product.uom_id.compare(here, stays) < 0:
                raise UserError(
                    self.env._(
                        "%(product)s of %(rma)s is only safe in quarantine: "
                        "%(danger)s. Put it there, or let an inspection decide to "
                        "scrap it.",
                        product=product.display_name,
                        rma=own[0].rma_id.name,
                        danger=dangers[own[0]],
                    )
                )

    def _find_reverse_refused(self):
        """Find the ways that this move may not take: ``[(from, to, code), …]``.

        The lines say what is moved, whatever the transfer itself says.
        """
        self.ensure_one()
        refused = []
        for source, target in self._get_reverse_routes():
            kind = target._get_reverse_kind()
            code = custody.judge(
                source._get_reverse_kind(),
                kind,
                lambda name, kind=kind: self._vouches_reverse(name, kind),
            )
            if code:
                refused.append((source, target, code))
        return refused

    def _get_reverse_routes(self):
        """Give from where to where goods go: ``{(source, target), …}``."""
        self.ensure_one()
        return {(self.location_id, self.location_dest_id)} | {
            (line.location_id, line.location_dest_id) for line in self.move_line_ids
        }

    def _vouches_reverse(self, name, kind=None):
        """Tell whether a voucher of ``engine.custody`` is there.

        :param str kind: of the place where the goods go
        """
        return {
            "change": self._is_reverse_approved,
            "correction": lambda: self.reverse_correction,
            "decision": lambda: self._is_reverse_decided(kind),
            "dropshipped": self._is_reverse_dropshipped,
            "inspectable": lambda: not self._is_reverse_ordered_back(),
            "onward": lambda: not self._is_reverse_linked(),
            "title": lambda: bool(self.reverse_title_id),
            "undo": self._is_reverse_undo,
            "sold": self._is_reverse_sold,
            "unrelated": lambda: self._is_reverse_unrelated(kind),
            "unspent": lambda: not self._find_reverse_spent()[self],
            "workflow": self.env["reverse.rma"]._in_workflow,
        }[name]()

    def _is_reverse_linked(self):
        """Says itself what it brings back."""
        return bool(self.origin_returned_move_id or self.reverse_rma_line_id)

    def _is_reverse_ordered_back(self):
        """Comes back by a negative line of an order, which no return knows of."""
        # sudo: the order need not be the user's to read
        return not self._is_reverse_linked() and (
            self.sudo().sale_line_id.product_uom_qty < 0
        )

    def _is_reverse_unrelated(self, kind):
        """Brings back nothing that this customer was delivered.

        :param str kind: of the place where the goods go
        """
        # What only a line takes from customers was not looked for.
        if self._is_reverse_linked() or not self.location_id._is_outgoing():
            return False
        # sudo: the order need not be the user's to read
        line = self.sudo().sale_line_id
        if line:
            return line.product_uom_qty < 0 and not self._find_reverse_held()[self]
        if kind == custody.STOCK:
            return True  # what comes to us was recognised before
        # From where goods are written off, or from suppliers, everybody takes them in.
        free = self._find_reverse_held()[self]._get_returnable().values()
        return not any(self.product_id.uom_id.compare(left, 0) > 0 for left in free)

    def _is_reverse_sold(self):
        """Delivers what an order has sold.

        reverse_logistics_resale: by a liquidation lot.
        """
        # sudo: the order need not be the user's to read
        line = self.sudo().sale_line_id
        return (
            line.state == "sale"
            and line.product_uom_qty > 0
            and line.product_id == self.product_id
        )

    @remembered
    def _find_reverse_spent(self):
        """Tell which of these moves bring back what left returns to be written off, or
        for a supplier: ``{move: bool}``.

        Pieces with numbers are known, and what a transfer says it takes back.
        """
        # sudo: what became of the goods, whoever moves them
        moves = self.sudo()
        coming = moves.filtered(
            lambda move: (
                move.product_id.tracking == "serial"
                and {*move._get_reverse_origin_usages()} & {*custody.SPENT}
            )
        )
        lots = {}
        for move in coming:
            named = move.move_line_ids._find_reverse_named_lots().values()
            lots[move] = {*move.move_line_ids.lot_id.ids, *named}
        named = self.env["stock.lot"].browse([*set().union(*lots.values())])
        beside = moves.move_line_ids.ids  # of a done one, it is not its own past
        spent = {*named._find_reverse_spent(beside).ids} if named else ()
        found = {}
        for move, own in zip(self, moves, strict=True):
            gone = own._get_reverse_taken_back().move_line_ids
            found[move] = any(id_ in spent for id_ in lots.get(own, ())) or any(
                line.location_id._is_reverse_stock() for line in gone
            )
        return found

    def _is_reverse_bought(self):
        """Tell whether a supplier sends this for a purchase of ours.

        reverse_logistics_dropshipping: of what it sends to customers.
        """
        return False

    def _is_reverse_made(self):
        """Tell whether an order that makes or repairs something moves this.

        reverse_logistics_mrp, reverse_logistics_repair: whether it is one of theirs.
        """
        return False

    def _get_reverse_origin_usages(self):
        """Give what kinds of Odoo's locations the goods come from."""
        return (self.location_id | self.move_line_ids.location_id).mapped("usage")

    def _get_reverse_writers(self):
        """Give who entered or changed this move, its transfer or its lines."""
        # sudo: who wrote them
        own = self.sudo()
        users = own.create_uid | own.write_uid
        for papers in (own.picking_id, own.move_line_ids):
            users |= papers.create_uid | papers.write_uid
        return users._without_root()

    def _get_reverse_targets(self):
        """Give where the goods go: lines say it, whatever the transfer itself says."""
        return self.location_dest_id | self.move_line_ids.location_dest_id

    def _get_reverse_taken_back(self):
        """Give the moves whose goods these say that they bring back.

        reverse_logistics_supplier_claims: none, where a supplier sends other pieces.
        """
        return self.origin_returned_move_id

    def _is_reverse_dropshipped(self):
        """Brings back what a supplier sent to the customer."""
        # sudo: the delivery need not be the user's to read
        roots = self.sudo()._get_reverse_roots()
        return bool(roots) and set(roots.location_id.mapped("usage")) == {"supplier"}

    def _is_reverse_decided(self, kind):
        """Moves goods where their inspection has decided, and no more than these.

        :param str kind: of the place where they go
        """
        self.ensure_one()
        part = self.sudo().reverse_inspection_id  # sudo: the decision about the goods
        goal = part.state == "done" and part._get_goal()
        if goal == custody.CUSTOMER:
            # They go back to where they came from.
            origin = part.receipt_move_id.location_id
            known = origin._get_reverse_kind() if origin else None
            goal = known if known in custody.DELIVERED else goal
        if goal != kind:
            return False
        if not part._owns_lines(self.move_line_ids):
            return False
        moves = part.move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_id._is_reverse()
        )
        # What Odoo reserved beside the picked lots is not moved.
        lines = moves.move_line_ids.filtered(
            lambda ml: (
                (ml.picked or ml.state == "done")
                and ml.location_dest_id._get_reverse_kind() == kind
            )
        )
        moved = sum(lines.mapped("quantity_product_uom"))
        most = part.line_id._in_product_uom(part.quantity)
        return part.product_id.uom_id.compare(moved, most) <= 0

    def _explain_reverse_custody(self, code, source, target):
        """Say why goods do not go this way, and what to do instead.

        :param str code: of ``engine.custody``
        """
        return {
            "arrives": self._explain_reverse_arrives,
            "by_hand": self._explain_reverse_by_hand,
            "ordered_back": self._explain_reverse_ordered_back,
            "spent": self._explain_reverse_spent,
            "undecided": self._explain_reverse_undecided,
            "unsold": self._explain_reverse_unsold,
            "uninspected": self._explain_reverse_uninspected,
            "unsent": self._explain_reverse_unsent,
        }[code](source, target)

    def _explain_reverse_ordered_back(self, _source, _target):
        return self.env._(
            "%(order)s takes back %(product)s by a negative quantity, and nobody would "
            "inspect it. Take the line off the order, and enter a return of the order "
            "by which it was sold.",
            # sudo: only the number of the order
            order=self.sudo().sale_line_id.order_id.name,
            product=self.product_id.display_name,
        )

    def _explain_reverse_arrives(self, source, target):
        if self._is_reverse_ordered_back():
            return self._explain_reverse_ordered_back(source, target)
        return self.env._(
            "Returned goods are inspected first, so %(transfer)s cannot put "
            "%(product)s into %(location)s. Use the destination %(inspection)s.",
            transfer=self.picking_id.name or self.display_name,
            product=self.product_id.display_name,
            location=target.display_name,
            inspection=self._get_reverse_inspection_location().display_name,
        )

    def _explain_reverse_uninspected(self, source, _target):
        return self.env._(
            "%(product)s lies in %(location)s and has to be inspected first: complete "
            "its inspection with a disposition that restocks it.",
            product=self.product_id.display_name,
            location=source.display_name,
        )

    def _explain_reverse_unsent(self, source, target):
        return self._explain_reverse_asked() or self.env._(
            "%(product)s lies in %(location)s, and no inspection has decided that it "
            "goes to %(target)s. Complete its inspection with the disposition that "
            "sends it there, or press “Ask for Approval” on the transfer, and "
            "somebody else approves.",
            product=self.product_id.display_name,
            location=source.display_name,
            target=target.display_name,
        )

    def _explain_reverse_unsold(self, source, target):
        return self._explain_reverse_asked() or self.env._(
            "%(product)s lies in %(location)s to be sold, and no sale takes it to "
            "%(target)s. Deliver it by its order, or press “Ask for Approval” on the "
            "transfer, and somebody else approves.",
            product=self.product_id.display_name,
            location=source.display_name,
            target=target.display_name,
        )

    def _explain_reverse_undecided(self, source, target):
        return self._explain_reverse_asked() or self.env._(
            "From %(target)s goods leave without being looked at again, so "
            "%(product)s gets there from %(location)s by its inspection: complete it "
            "with the disposition that puts it there, or press “Ask for Approval” on "
            "the transfer, and somebody else approves.",
            product=self.product_id.display_name,
            location=source.display_name,
            target=target.display_name,
        )

    def _explain_reverse_by_hand(self, source, target):
        return self._explain_reverse_asked() or self.env._(
            "Quantities of returned goods change only when somebody else has approved: "
            "%(product)s from %(origin)s to %(target)s. Ask for it with “Ask for "
            "Approval” on a transfer, or count the goods.",
            product=self.product_id.display_name,
            origin=source.display_name,
            target=target.display_name,
        )

    def _explain_reverse_spent(self, _source, target):
        return self._explain_reverse_asked() or self.env._(
            "Returns have written %(product)s off, or sent it to its supplier: "
            "%(transfer)s cannot put it into %(target)s. Correct its inspection, or "
            "press “Ask for Approval” on a transfer, and somebody else approves.",
            product=self.product_id.display_name,
            transfer=self.picking_id.name or self.display_name,
            target=target.display_name,
        )

    def _explain_reverse_asked(self):
        """Say what this waits for, if somebody has asked for it."""
        # sudo: what was asked for
        change = self.sudo().reverse_quantity_change_id
        return change.state == "requested" and self.env._(
            "%(transfer)s waits for approval: %(change)s.",
            transfer=self.picking_id.name or self.display_name,
            change=change.display_name,
        )

    # ------------------------------------------------------------------
    # Goods that come from customers and say nothing of a return
    # ------------------------------------------------------------------
    def _recognise_reverse_returns(self):
        """Take what a customer brings, and was delivered, as a return.

        Such a transfer gets the delivery it takes back, and puts the goods where they
        are inspected; a return is made of it then, for a person.

        :raises UserError: when returns wait for these very goods, or they left with
            several deliveries
        """
        if self.env["reverse.rma"]._in_workflow():
            return
        plain = self.filtered(lambda m: m._is_reverse_plain())
        for move, deliveries in plain._find_reverse_held().items():
            if not deliveries:
                move._refuse_reverse_awaited(move._find_reverse_awaiting())
                continue
            free = deliveries._get_returnable()
            ((_lot, wanted),) = move._get_reverse_parts()
            compare = move.product_id.uom_id.compare
            whole = [d for d in deliveries if compare(free[d.id, False], wanted) >= 0]
            if not whole:
                move._refuse_reverse_plain(deliveries, free, wanted)
                continue
            move._become_reverse_return(whole[0])

    def _is_reverse_plain(self):
        """Brings goods of a customer to us and does not say which delivery they left
        with, nor that they are corrected, taken over or approved.
        """
        self.ensure_one()
        goals = self.location_dest_id | self.move_line_ids.location_dest_id
        return bool(
            self.location_id.usage == "customer"
            and any(
                goal.usage in ("internal", "transit") and not goal._is_outgoing()
                for goal in goals
            )
            and not self._is_reverse_linked()
            and not self.sale_line_id
            and not self.reverse_title_id
            and not self.reverse_correction
            and not self._is_reverse_approved()
        )

    def _find_reverse_held(self):
        """Find the deliveries by which the customers of these moves may still have
        their product, the newest first; where no customer is named, those of anybody.

        :rtype: dict[stock.move, stock.move]
        """
        found = {}
        for move in self:
            # sudo: the deliveries of the same goods, whoever moves them
            own = move.sudo()
            customer = (
                own.partner_id or own.picking_id.partner_id
            ).commercial_partner_id
            domain = Domain(
                [
                    ("state", "=", "done"),
                    ("product_id", "=", own.product_id.id),
                    ("company_id", "=", own.company_id.id),
                    ("location_dest_id.usage", "=", "customer"),
                    ("origin_returned_move_id", "=", False),
                ]
            )
            if customer:
                domain &= Domain.OR(
                    Domain(path, "child_of", customer.id)
                    for path in (
                        "partner_id",
                        "picking_id.partner_id",
                        "sale_line_id.order_id.partner_id",
                    )
                )
            found[move] = own.search(
                domain, order="reverse_done_at desc, id desc", limit=200
            )
        return found

    def _become_reverse_return(self, delivery):
        """Take back this delivery, and put the goods where they are inspected."""
        vals = {
            "origin_returned_move_id": delivery.id,
            "move_orig_ids": [Command.link(delivery.id)],
            "sale_line_id": delivery.sale_line_id.id,
        }
        place = self.location_dest_id
        if place._get_reverse_kind() != custody.HELD:
            place = self._get_reverse_inspection_location()
            vals["location_dest_id"] = place.id
        self.write(vals)
        self.move_line_ids.filtered(
            lambda line: line.location_dest_id._get_reverse_kind() != custody.HELD
        ).location_dest_id = place
        if self.picking_id:
            self.picking_id.message_post(
                body=self.env._(
                    "%(product)s was delivered with %(delivery)s, so it comes back as "
                    "a return: it is put into %(location)s, to be inspected.",
                    product=self.product_id.display_name,
                    delivery=delivery.picking_id.name or delivery.display_name,
                    location=place.display_name,
                )
            )

    def _refuse_reverse_plain(self, deliveries, free, wanted):
        """Refuse what returns wait for, or what left with several deliveries.

        Nothing is refused where nothing is with the customer any more.
        """
        open_moves = deliveries.returned_move_ids.filtered(
            lambda m: m.state not in ("draft", "done", "cancel")
        )
        lines = deliveries.reverse_line_ids.filtered(
            lambda line: (
                line.state in transitions.LIVE
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            )
        )
        product = self.product_id.display_name
        left = sum(free.values())
        has_any = self.product_id.uom_id.compare(left, 0) > 0
        self._refuse_reverse_awaited(
            {
                *lines.rma_id.mapped("name"),
                *open_moves.picking_id.mapped("name"),
                *(
                    self._find_reverse_missing()
                    if has_any
                    # Who has nothing may be named to get past somebody's return.
                    else self._find_reverse_awaiting()
                ),
            }
        )
        if has_any:
            raise UserError(
                self.env._(
                    "%(wanted)s of %(product)s would come in, and the customer has "
                    "%(left)s, by one or several deliveries. Enter what came of each "
                    "on a transfer of its own, or have customer service enter a "
                    "return.",
                    wanted=self.product_id.uom_id._say_reverse(wanted),
                    left=self.product_id.uom_id._say_reverse(left),
                    product=product,
                )
            )

    def _find_reverse_awaiting(self):
        """Give the names of the returns that wait for these goods, whoever sends them.

        Somebody to whom they were never delivered may be named to get past a return.
        """
        # sudo: the returns need not be the user's to read
        lines = self.env["reverse.rma.line"].sudo()
        lines = lines.search(
            [
                ("product_id", "=", self.product_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", transitions.LIVE),
            ]
        )
        awaited = lines.filtered(
            lambda line: line.uom_id.compare(line._get_expected_quantity(), 0) > 0
        )
        return set(awaited.rma_id.mapped("name")) | self._find_reverse_missing()

    def _find_reverse_missing(self):
        """Give the names of returns whose inspected goods were not there to be moved.

        What anybody brings would be taken for them, put into stock and credited.
        """
        # sudo: the returns need not be the user's to read
        parts = self.env["reverse.inspection"].sudo()
        missing = parts.search(
            [
                ("product_id", "=", self.product_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "done"),
                ("disposed", "=", False),
            ]
        )
        return set(missing.rma_id.mapped("name"))

    def _refuse_reverse_awaited(self, names):
        if names:
            raise UserError(
                self.env._(
                    "%(documents)s waits for %(product)s: receive the goods there. If "
                    "these are others, customer service enters a return of their own.",
                    documents=", ".join(sorted(names)),
                    product=self.product_id.display_name,
                )
            )

    # ------------------------------------------------------------------
    # Goods that are put elsewhere in returns
    # ------------------------------------------------------------------
    def _on_reverse_relocated(self):
        """Tell inspections where their goods are now."""
        if self.env["reverse.rma"]._in_workflow():
            return
        lines = self.filtered(lambda m: not m.reverse_inspection_id).move_line_ids
        moved = lines.filtered(
            lambda line: (
                line.location_id != line.location_dest_id
                and line.location_id._is_reverse_stock()
                and line.location_dest_id._is_reverse_stock()
            )
        )
        # sudo: whoever moves the goods need not be of returns
        moved.env["reverse.inspection"].sudo()._follow(moved.sudo())

    # ------------------------------------------------------------------
    # Chains
    # ------------------------------------------------------------------
    def _fetch_reverse_chains(self):
        """Read together what is asked of each of these deliveries afterwards."""
        moves = chain = self.sudo()  # sudo: the deliveries of the same goods
        while moves := moves.returned_move_ids - chain:
            chain |= moves
        chain.fetch(
            [
                "state",
                "date",
                "reverse_done_at",
                "location_dest_id",
                "is_out",
                "value",
            ]
        )
        chain.move_line_ids.fetch(["lot_id", "quantity_product_uom"])

    def _get_reverse_chain(self):
        """Give the transfers that delivered these goods and took them back.

        Done ones only, the oldest first; what replaced some of the goods is one of
        them.
        """
        # sudo: the deliveries of the same goods
        moves = chain = self.sudo()._get_reverse_roots()
        while moves := (moves.returned_move_ids - chain).filtered(
            lambda m: m.state == "done"
        ):
            chain |= moves
        return chain.sorted(lambda m: m._get_reverse_turn())

    def _get_reverse_chain_lots(self):
        """Lots that are or were with the customer by these deliveries.

        Those of the replacements count: they come back against the first delivery.
        """
        chain = self._get_reverse_chain()
        roots = chain.filtered(lambda m: not m.origin_returned_move_id)
        out = chain.filtered(lambda m: m.location_dest_id._is_outgoing())
        return (roots | out).move_line_ids.lot_id

    # ------------------------------------------------------------------
    # Corrections of what the books say was delivered, after a shipping error.
    #
    # They are no returns: the goods are where they were all the time, so nothing is
    # received or inspected. Only an accepted claim makes them.
    # ------------------------------------------------------------------

    def _check_reverse_correction(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._(
                    "What was shipped wrongly is corrected by a return with a claim: "
                    "enter it there, and have it authorized."
                )
            )

    @api.depends("reverse_correction", "origin", "origin_returned_move_id")
    def _compute_reference(self):
        """Moves without a transfer: the return is what they are known by."""
        res = super()._compute_reference()
        for move in self.filtered("reverse_correction"):
            move.reference = self.env._("%(rma)s: correction", rma=move.origin)
        for move in self:
            if not move.reference and move.origin_returned_move_id and move.origin:
                move.reference = move.origin
        return res

    # ------------------------------------------------------------------
    # Deliveries as customer service knows them.
    # ------------------------------------------------------------------
    @api.depends("picking_id.name", "sale_line_id.order_id.name")
    @api.depends_context("reverse_delivery")
    def _compute_display_name(self):
        if not self.env.context.get("reverse_delivery"):
            return super()._compute_display_name()
        for move in self:
            # sudo: the name of the order, for whoever may see its delivery
            order = move.sudo().sale_line_id.order_id.name
            name = move.picking_id.name or move.reference or ""
            move.display_name = f"{name} ({order})" if order else name
        return None

    @api.model
    def _search_reverse_deliveries(self, domain, limit=None):
        """Find what was delivered to customers, the newest first."""
        # sudo: customer service asks for goods back, the transfers belong to the
        # warehouse
        moves = self.sudo().search_fetch(
            Domain("state", "=", "done")
            & Domain("origin_returned_move_id", "=", False)
            & Domain("location_dest_id.usage", "in", ("customer", "transit"))
            & Domain("company_id", "in", self.env.companies.ids)
            & Domain(domain),
            order="reverse_done_at desc, id desc",
            limit=limit,
        )
        return moves.filtered(lambda m: m.location_dest_id._is_outgoing()).with_env(
            self.env
        )

    def _get_reverse_offers(self):
        """Give what of these deliveries can still come back, by lot where tracked.

        :return: ``{(delivery, lot): quantity}`` in the unit of the order line, in the
            order of the deliveries; the lot is empty where none is tracked
        """
        tracked = self.filtered(lambda move: move.product_id.tracking != "none")
        free = {
            **(self - tracked)._get_returnable(),
            **tracked._get_returnable(by_lot=True),
        }
        by_move = {}
        for (move_id, lot_id), quantity in free.items():
            if quantity > 0:
                by_move.setdefault(move_id, {})[lot_id] = quantity
        lots = self.env["stock.lot"]
        return {
            (move, lots.browse(lot_id or ())): move._from_reverse_uom(quantity)
            for move in self
            for lot_id, quantity in by_move.get(move.id, {}).items()
        }

    def _get_reverse_unit_price(self):
        """What one product unit was sold for, in the company's currency."""
        self.ensure_one()
        # sudo: the price of the customer's own goods, to compare deliveries
        line = self.sudo().sale_line_id
        if not line:
            return 0.0
        price, currency = line._get_reverse_price()
        price = currency._convert(
            price,
            line.company_id.currency_id,
            line.company_id,
            self._get_reverse_moved_at(),
        )
        unit = line.product_uom_id._compute_quantity(
            1.0, self.product_id.uom_id, round=False
        )
        return price / unit

    def _get_reverse_uom(self):
        """The unit in which the customer ordered these goods."""
        # sudo: the unit only
        return self.sudo().sale_line_id.product_uom_id or self.product_uom

    def _from_reverse_uom(self, quantity):
        """Convert from the product's unit to the one it was ordered in."""
        if not self:
            return 0.0
        return self.product_id.uom_id._compute_quantity(
            quantity, self._get_reverse_uom(), rounding_method="HALF-UP"
        )

    def _get_reverse_sold_price(self):
        """Give price and currency of one unit as ordered."""
        # sudo: the price of the customer's own goods
        line = self.sudo().sale_line_id
        if not line:
            return 0.0, (self.company_id or self.env.company).currency_id
        return line._get_reverse_price()

    # ------------------------------------------------------------------
    # Goods of a sale of the past: what they are worth, and which lots they are.
    # ------------------------------------------------------------------
    def _get_reverse_historic_value(self, quantity):
        """What goods of a sale of the past cost then."""
        # sudo: the value of goods does not depend on who receives them
        sale = self.sudo().reverse_rma_line_id.historic_sale_id
        return sale and {
            "value": sale._get_unit_cost() * quantity,
            "quantity": quantity,
            "description": self.env._(
                "Cost of the old invoice %(invoice)s", invoice=sale.invoice_name
            ),
        }

    # ------------------------------------------------------------------
    # Customers' goods that become ours: worth what was agreed, booked at once.
    # ------------------------------------------------------------------

    def _check_reverse_title(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._("Goods of customers are taken over by their inspection.")
            )

    def _is_reverse_title(self):
        """Brings in what was a customer's."""
        self.ensure_one()
        return bool(self.reverse_title_id and self.location_id._is_outgoing())

    def _get_reverse_title_value(self, quantity):
        """What was agreed for goods that become ours."""
        # sudo: the value of goods does not depend on who asks
        part = self.sudo().reverse_title_id
        return self._is_reverse_title() and {
            "value": part.title_value,
            "quantity": quantity,
            "description": self.env._(
                "Agreed by %(user)s with %(rma)s",
                user=part.title_by_id.name,
                rma=part.rma_id.name,
            ),
        }

    def _should_create_account_move(self):
        if self._is_reverse_title():
            return (
                self.is_valued
                and self.product_id.valuation == "real_time"
                and bool(self.value)
            )
        return super()._should_create_account_move()

    def _get_account_move_line_vals(self):
        """No invoice or credit note brings this value into the books."""
        if not self._is_reverse_title():
            return super()._get_account_move_line_vals()
        accounts = self.product_id._get_product_accounts()
        name = f"{self.origin} - {self.product_id.name}"
        return [
            {
                "account_id": accounts[account].id,
                "name": name,
                "debit": self.value if account == "stock_valuation" else 0.0,
                "credit": self.value if account == "expense" else 0.0,
                "product_id": self.product_id.id,
            }
            for account in ("stock_valuation", "expense")
        ]

    # ------------------------------------------------------------------
    # Receipts of returns taken back before anybody inspected the goods.
    # ------------------------------------------------------------------

    def _is_reverse_undo(self):
        """Takes a receipt back: by its correction, or with Odoo's Return button."""
        self.ensure_one()
        # sudo: the receipt and its return need not be the user's to read
        receipt = self.sudo().origin_returned_move_id
        return bool(
            receipt.reverse_rma_line_id
            # sudo: the receipt, whoever moves the goods
            and not self.sudo().reverse_inspection_id
            # A replacement goes out for the receipt, it does not undo it.
            and not self.sudo().reverse_settlement_line_id
            and receipt._is_reverse_receipt()
            and self.location_dest_id._is_outgoing()
            and self.location_dest_id._get_reverse_kind()
            == receipt.location_id._get_reverse_kind()
        )

    def _find_undone_parts(self):
        """Find what is still to be inspected of the goods that these moves take.

        :return: ``{move: [(part, quantity left of it), …]}``
        :raises UserError: when some of it is inspected already
        """
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        found = defaultdict(list)
        left = {}
        # What was credited is taken back by its correction only, which is approved.
        approved = self.env["reverse.rma"]._in_workflow()
        for move in self:
            receipt = move.sudo().origin_returned_move_id  # sudo: as above
            line = receipt.reverse_rma_line_id
            parts = line.inspection_ids.filtered(
                lambda p, receipt=receipt: (
                    p.state == "draft"
                    and p.receipt_move_id == receipt
                    and not p.title_by_id
                    and (approved or not p._has_given())
                )
            ).sorted("id")
            taken = move.move_line_ids.filtered("picked")
            move._check_reverse_undo_goal(taken)
            # sudo: where the goods lie, and whose they are, whoever moves them
            for (lot, place, owner), group in (
                taken.sudo()
                .grouped(lambda ml: (ml.lot_id, ml.location_id, ml.owner_id))
                .items()
            ):
                wanted = line._from_product_uom(
                    sum(group.mapped("quantity_product_uom"))
                )
                open_parts = [
                    (part, left.get(part, part.quantity))
                    for part in parts
                    if (part.lot_id, part.location_id) == (lot, place)
                    and part._get_stock_owner() == owner
                ]
                cut, rest = endings.cut(open_parts, wanted, step)
                if rest:
                    move._refuse_undo(line, wanted, wanted - rest)
                found[move] += cut
                left.update(cut)
        return found

    def _check_reverse_undo_goal(self, lines):
        """What is taken back leaves: nobody would inspect it where it lay instead."""
        kind = self.location_dest_id._get_reverse_kind()
        for line in lines:
            if line.location_dest_id._get_reverse_kind() != kind:
                raise UserError(
                    self.env._(
                        "%(transfer)s takes a receipt back, so all of it goes to "
                        "%(goal)s, and not to %(other)s. To put goods elsewhere in "
                        "returns, enter a transfer of its own.",
                        transfer=self.picking_id.name or self.display_name,
                        goal=self.location_dest_id.display_name,
                        other=line.location_dest_id.display_name,
                    )
                )

    def _refuse_undo(self, line, wanted, here):
        raise UserError(
            self.env._(
                "%(wanted)s of %(product)s cannot leave again: of what this receipt of "
                "%(rma)s brought, %(here)s can from where they are taken. The rest is "
                "inspected or credited, or lies elsewhere. Take the goods from where "
                "their inspection says they are, correct the inspection or the receipt "
                "on the return, or send the goods back with the disposition “Return "
                "to customer”.",
                wanted=line.uom_id._say_reverse(wanted),
                product=line.product_id.display_name,
                here=line.uom_id._say_reverse(here),
                rma=line.rma_id.display_name,
            )
        )

    def _on_reverse_undone(self, parts):
        """Note that receipts were taken back: quantities, parts and event."""
        if not self:
            return
        # sudo: whoever moves the goods need not read the return
        lines = self.sudo().origin_returned_move_id.reverse_rma_line_id
        taken = defaultdict(float)
        for move in self.sudo():  # sudo: as above
            line = move.origin_returned_move_id.reverse_rma_line_id
            taken[line] += line._sum_moves(move)
        for part, quantity in (cut for move in self for cut in parts[move]):
            if part.uom_id.is_zero(quantity):
                part._transition(transitions.INSPECTION, "cancel")
            else:
                part._guarded_write({"quantity": quantity})
        lines._add({line: {"received": -quantity} for line, quantity in taken.items()})
        by_rma = lines.grouped("rma_id")
        self.env["reverse.event"]._log(
            lines.rma_id,
            "ReceiptCorrected",
            lambda rma: {
                "lines": [
                    {"line": line.id, "quantity": -taken[line]} for line in by_rma[rma]
                ]
            },
        )
        awaited = lines.rma_id.filtered(lambda rma: rma.line_ids[:1]._is_awaited())
        awaited._work("_create_receipts")
        lines.rma_id._update_progress()

    def _prepare_parcel_lines(self):
        """Values of return lines for what these moves delivered and may come back."""
        self.env.flush_all()
        roots = self._get_reverse_roots()
        deliveries = roots.filtered(lambda m: m.location_dest_id._is_outgoing())
        deliveries._reverse_touch()
        free = deliveries._get_returnable()
        free_lots = deliveries._get_returnable(by_lot=True)
        wanted = defaultdict(float)
        for move in self:
            tracked = move.product_id.tracking != "none"
            root = move._get_reverse_roots()
            for lot_id, quantity in move._get_reverse_parts(by_lot=tracked):
                wanted[move.product_id, root, lot_id] += quantity
        vals_list = []
        for (product, root, lot_id), quantity in wanted.items():
            if root in deliveries:
                left = free_lots if lot_id else free
                quantity = min(quantity, left.get((root.id, lot_id), 0.0))
            if product.uom_id.compare(quantity, 0) <= 0:
                continue
            known = root in deliveries
            vals_list.append(
                {
                    "product_id": product.id,
                    "uom_id": product.uom_id.id,
                    "quantity": quantity,
                    "lot_id": lot_id,
                    "move_id": known and root.id,
                    "sale_line_id": known and root.sale_line_id.id,
                    # What passed through here once is still not ours.
                    "customer_owned": not known,
                }
            )
        return vals_list

    # ------------------------------------------------------------------
    # Quantities in returns that somebody changes by hand need an approval.
    # ------------------------------------------------------------------

    def _check_reverse_change_link(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._("The approved quantity change cannot be set by hand.")
            )

    def _action_cancel(self):
        res = super()._action_cancel()
        cancelled = self.filtered(lambda m: m.state == "cancel")
        # sudo: as above
        cancelled.sudo().reverse_quantity_change_id._withdraw()
        cancelled._tell_reverse_left_behind()
        return res

    def _is_reverse_hand_over(self):
        """Whether this takes inspected goods out of the house, as was decided.

        reverse_logistics_disposal: also to charities.
        """
        self.ensure_one()
        return bool(self.reverse_inspection_id) and self.location_dest_id._is_outgoing()

    def _tell_reverse_left_behind(self):
        """Have goods inspected anew that will not leave as their inspection decided.

        What was cancelled in the course of a step of returns, that step looks after.
        """
        if self.env["reverse.rma"]._in_workflow():
            return
        # sudo: whoever cancels transfers need not be of returns
        moves = self.sudo().filtered(lambda m: m._is_reverse_hand_over())
        moves.reverse_inspection_id._on_left_behind()

    def _is_reverse_approved(self):
        """Whether somebody else has approved this move; what exactly, see there."""
        # sudo: what was approved of it
        state = self.sudo().reverse_quantity_change_id.state
        # What was approved is moved once.
        return state == "permitted" or (state == "done" and self.state == "done")

    def _is_reverse_by_hand(self):
        """Moves goods of returns so that somebody else has to approve it."""
        self.ensure_one()
        return any(
            custody.may_be_approved(
                source._get_reverse_kind(), goal._get_reverse_kind()
            )
            for source, goal, _code in self._find_reverse_refused()
        )

    def _get_reverse_moved(self):
        """Say what exactly this moves: ``{part: quantity}``, as of an approved change.

        Lots are records, which another one cannot become by its name; what comes in
        may have no record of one yet. A name that has one by now means that record.
        """
        self.ensure_one()
        lines = self.move_line_ids.filtered("quantity")
        known = lines._find_reverse_named_lots()
        if not lines:
            product, owner = self.product_id, self.restrict_partner_id
            source, target = self.location_id, self.location_dest_id
            part = (product.id, "", owner.id, source.id, target.id)
            return {part: self.product_qty}
        moved = defaultdict(float)
        for line in lines:
            part = (
                line.product_id.id,
                line.lot_id.id or known.get(line.lot_name, line.lot_name) or "",
                line.owner_id.id,
                line.location_id.id,
                line.location_dest_id.id,
            )
            moved[part] += line.quantity_product_uom
        return moved

    def _check_reverse_named(self):
        """What is asked for is exactly what may be moved then."""
        for move in self:
            lines = move.move_line_ids.filtered("quantity")
            unnamed = lines.filtered(lambda line: not (line.lot_id or line.lot_name))
            if not lines or (unnamed and move.product_id.tracking != "none"):
                raise UserError(
                    self.env._(
                        "Enter first how much of %(product)s is moved, with its lot or "
                        "serial numbers if it has any: exactly that is approved.",
                        product=move.product_id.display_name,
                    )
                )

    def _prepare_reverse_change(self, reason):
        self.ensure_one()
        parts = self._get_reverse_moved()
        line = self.move_line_ids[:1]
        return {
            "company_id": self.company_id.id,
            "kind": "move",
            "partner_id": self.picking_id.partner_id.id,
            "product_id": self.product_id.id,
            "lot_id": line.lot_id.id if len(self.move_line_ids) == 1 else False,
            "owner_id": self.restrict_partner_id.id,
            "location_id": self.location_id.id,
            "location_dest_id": self.location_dest_id.id,
            "quantity": sum(parts.values()),
            "parts": [[*part, quantity] for part, quantity in parts.items()],
            "reason": reason,
        }
