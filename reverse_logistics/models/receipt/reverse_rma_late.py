from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import endings

# States in which goods that arrive are late: nothing is announced any more.
LATE = ("done", "expired", "rejected", "cancelled")


class ReverseRma(models.Model):
    """Goods that come in when nobody waits for them any more, or other than announced.

    Goods that stand on the dock are always taken in. Where the return itself may still
    have them it is reopened; otherwise they become a return of their own, for a person.
    """

    _inherit = "reverse.rma"

    origin_rma_id = fields.Many2one(
        "reverse.rma",
        "Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The return on which these goods were announced.",
        guarded=True,
    )
    follow_up_ids = fields.One2many(
        "reverse.rma", "origin_rma_id", "Followed by", guarded=True
    )
    follow_up_count = fields.Integer(compute="_compute_follow_up_count")
    receipt_mark = fields.Char(
        compute="_compute_receipt_mark",
        help="Changes with every receipt, so that one is not repeated unseen.",
    )

    @api.depends("follow_up_ids")
    def _compute_follow_up_count(self):
        for rma in self:
            rma.follow_up_count = len(rma.follow_up_ids)

    @api.depends("line_ids.qty_received", "picking_ids.state")
    def _compute_receipt_mark(self):
        for rma in self:
            pickings = rma._get_open_receipts().sorted("id")
            received = sum(rma.line_ids.mapped("qty_received"))
            rma.receipt_mark = f"{rma.state} {pickings.ids} {received:.12g}"

    def action_view_follow_ups(self):
        return self._open(self.follow_up_ids, self.env._("Follow-up Returns"))

    def action_view_origin(self):
        return self._open(self.origin_rma_id, self.env._("Returns"))

    # ------------------------------------------------------------------
    # Taking in
    # ------------------------------------------------------------------
    def action_receive(self, quantities=None, seen=None):
        """Take in what has arrived, whatever became of the return.

        :param dict quantities: ``{line id: quantity}`` that has arrived, in the line's
            unit; left out, the quantities entered on the receipts, else all that was
            announced
        :param str seen: ``receipt_mark`` of a single return when its user looked
        """
        self._check_duty("receiver")
        self._check_seen(seen or self.env.context.get("reverse_seen"))
        arrived = self._get_arrivals(quantities)
        if quantities is not None and not arrived:
            raise UserError(self.env._("Enter on at least one line how much is here."))
        if not arrived:
            return super().action_receive()
        own, late = self._take_in(arrived)
        usual = self - self._get_rmas(arrived) if quantities is None else self.browse()
        super(ReverseRma, own | late | usual).action_receive()
        return late._open(late, self.env._("Late Goods")) if late else True

    def _check_seen(self, seen):
        if seen and len(self) == 1 and self.receipt_mark != seen:
            raise UserError(
                self.env._(
                    "Goods of %(rma)s have been received or changed meanwhile. Reload "
                    "the page, and receive what is still there.",
                    rma=self.display_name,
                )
            )

    @api.model
    def _get_rmas(self, lines):
        return self.browse({line.rma_id.id for line in lines})

    def _get_arrivals(self, quantities):
        """Give ``{line: quantity}`` of what is not simply received as announced."""
        if quantities is None:
            lines = self.filtered(lambda rma: rma.state in LATE).line_ids
            arrived = {line: line._get_outstanding_quantity() for line in lines}
        else:
            # Keys of JSON objects are strings.
            wanted = {int(key): quantity for key, quantity in quantities.items()}
            lines = self.line_ids.filtered(
                lambda line: line.id in wanted and line.state in ("authorized", *LATE)
            )
            arrived = {line: wanted[line.id] for line in lines}
        return {
            line: quantity
            for line, quantity in arrived.items()
            if line.uom_id.compare(quantity, 0) > 0
        }

    def _take_in(self, arrived):
        """Put goods where they belong, ready to be validated.

        :return: returns that take them themselves, and new ones for the rest
        """
        arrivals = self.line_ids._sort_arrivals(arrived)
        late = self.browse()
        own = {}
        reopened = defaultdict(float)
        for line, arrival in arrivals.items():
            if arrival.expected or arrival.reopened:
                own[line] = arrival.expected + arrival.reopened
            if arrival.reopened:
                reopened[line] = arrival.reopened
        for rma in self._get_rmas(reopened):
            rma._reopen_for(reopened)
        for rma in self._get_rmas(arrivals):
            late |= rma._create_follow_up(
                {line: arrivals[line] for line in rma.line_ids if line in arrivals}
            )
        rmas = self._get_rmas(own)
        rmas._create_receipts()
        rmas.line_ids._enter_arrivals(own)
        return rmas, late

    def _reopen_for(self, reopened):
        """Wait for exactly what has arrived, and for nothing else of before."""
        self.ensure_one()
        changes = {line: -reopened[line] for line in self.line_ids}
        if self.state != "authorized":
            for line in self.line_ids:
                changes[line] += line._get_expected_quantity()
        given_up = self.line_ids.filtered(lambda line: changes[line] > 0)
        given_up._guarded_write({"short_reason": "not_sent"})
        self._reopen({line: change for line, change in changes.items() if change})

    # ------------------------------------------------------------------
    # Returns of their own
    # ------------------------------------------------------------------
    def _create_follow_up(self, arrivals):
        """Make a return of what this one cannot have any more; a person decides."""
        self.ensure_one()
        vals_list = [
            vals
            for line, arrival in arrivals.items()
            for vals in line._prepare_follow_up(arrival)
        ]
        if not vals_list:
            return self.browse()
        follow_up = self._guarded_create(
            [
                {
                    **self._prepare_follow_up(),
                    "line_ids": [Command.create(vals) for vals in vals_list],
                }
            ]
        )
        follow_up._request_adopted("late_goods")
        follow_up._create_receipts()
        self.env["reverse.event"]._log(
            self,
            "LateGoodsTaken",
            {
                "follow_up": follow_up.id,
                "lines": [
                    {"line": line.id, "quantity": arrival.linked + arrival.foreign}
                    for line, arrival in arrivals.items()
                ],
            },
        )
        return follow_up

    def _prepare_follow_up(self):
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "facility_id": self.facility_id.id,
            "channel_id": self.channel_id.id,
            "settlement_type": self.settlement_type,
            "carrier_tracking_ref": self.carrier_tracking_ref,
            "origin_rma_id": self.id,
            "user_id": self.user_id.id,
        }


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _is_sourced(self):
        return super()._is_sourced() or self._is_passing_through()

    def _is_passing_through(self):
        """Late goods beyond what left: here, but never ours."""
        return bool(self.customer_owned and self.rma_id.origin_rma_id)

    def _find_deliveries(self, preview=False):
        """What passes through left with no delivery of ours."""
        passing = self.filtered(lambda line: line._is_passing_through())
        return passing | super(ReverseRmaLine, self - passing)._find_deliveries(preview)

    def _is_awaited(self):
        return super()._is_awaited() or self._is_late()

    def _is_late(self):
        return self.state == "requested" and bool(self.rma_id.origin_rma_id)

    def _get_expected_quantity(self):
        if self._is_late():
            return self.quantity - self.qty_received
        return super()._get_expected_quantity()

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
            left = line._get_free_quantity(free, free_lots, outstanding)
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

    def _get_free_quantity(self, free, free_lots, outstanding):
        """What may come back beyond all live claims, in the line's unit."""
        self.ensure_one()
        unclaimed = self._get_unclaimed_quantity()
        if unclaimed is not None:
            return self._from_product_uom(unclaimed)
        if not self.move_id:
            # Without a delivery only the return itself says what may come back.
            return outstanding if self._is_sourced() else 0.0
        left = free.get((self.move_id.id, False), 0.0)
        if self.lot_id and self.tracking != "none":
            left = min(left, free_lots.get((self.move_id.id, self.lot_id.id), 0.0))
        return self._from_product_uom(max(left, 0.0))

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
            sources = {*self._get_source_fields(), "deposit_type_id"}
            own = {**dict.fromkeys(sources, False), "customer_owned": True}
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
