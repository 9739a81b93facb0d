from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import allocation, eligibility, transitions
from .reverse_rma import STAGES

_AMOUNTS = (
    "authorized",
    "received",
    "kept",
    "inspected",
    "put_away",
    "settled",
    "denied",
    "closed_short",
)


class ReverseRmaLine(models.Model):
    _name = "reverse.rma.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Line"
    _order = "rma_id desc, sequence, id"
    _check_company_auto = True

    rma_id = fields.Many2one(
        "reverse.rma", "Return", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="rma_id.partner_id", store=True)
    state = fields.Selection(related="rma_id.state", store=True, index=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        compute="_compute_from_source",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
    )
    tracking = fields.Selection(related="product_id.tracking")
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        required=True,
        compute="_compute_from_source",
        store=True,
        readonly=False,
        precompute=True,
    )
    lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial",
        index="btree_not_null",
        check_company=True,
        domain="[('product_id', '=', product_id)]",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", "Order Line", index="btree_not_null", check_company=True
    )
    sale_order_id = fields.Many2one(related="sale_line_id.order_id")
    move_id = fields.Many2one(
        "stock.move",
        "Delivery",
        index="btree_not_null",
        check_company=True,
        help="The delivery these goods left with.",
    )
    reason_id = fields.Many2one("reverse.reason", ondelete="restrict")
    note = fields.Text("Customer Note")

    decision = fields.Selection(
        [("authorize", "Within policy"), ("review", "A person decides")],
        readonly=True,
        copy=False,
    )
    decision_code = fields.Char(readonly=True, copy=False)
    policy_id = fields.Many2one(
        "reverse.policy", readonly=True, copy=False, ondelete="restrict"
    )
    policy_version = fields.Integer(readonly=True, copy=False)
    explanation = fields.Char(readonly=True, copy=False)

    stage = fields.Selection(STAGES, default="draft", readonly=True, copy=False)
    qty_authorized = fields.Float(
        "Authorized", digits="Product Unit", readonly=True, copy=False
    )
    qty_received = fields.Float(
        "Received", digits="Product Unit", readonly=True, copy=False
    )
    qty_kept = fields.Float(
        "Kept by Customer", digits="Product Unit", readonly=True, copy=False
    )
    qty_inspected = fields.Float(
        "Inspected", digits="Product Unit", readonly=True, copy=False
    )
    qty_put_away = fields.Float(
        "Put Away", digits="Product Unit", readonly=True, copy=False
    )
    qty_settled = fields.Float(
        "Settled", digits="Product Unit", readonly=True, copy=False
    )
    qty_denied = fields.Float(
        "Not Credited", digits="Product Unit", readonly=True, copy=False
    )
    qty_closed_short = fields.Float(
        "Closed Short", digits="Product Unit", readonly=True, copy=False
    )
    move_ids = fields.One2many("stock.move", "reverse_rma_line_id", "Stock Moves")
    inspection_ids = fields.One2many("reverse.inspection", "line_id", "Inspections")

    _guarded_fields = frozenset(
        {
            "decision",
            "decision_code",
            "policy_id",
            "policy_version",
            "explanation",
            "stage",
            *(f"qty_{name}" for name in _AMOUNTS),
        }
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The quantity to return must be above zero."
    )

    def _compute_display_name(self):
        for line in self:
            line.display_name = (
                f"{line.rma_id.display_name}: {line.product_id.display_name}"
            )

    @api.depends("sale_line_id", "move_id")
    def _compute_from_source(self):
        for line in self:
            source = line.move_id or line.sale_line_id
            if source:
                line.product_id = source.product_id
            if line.uom_id and line.uom_id._has_common_reference(
                line.product_id.uom_id
            ):
                continue
            line.uom_id = (
                line.move_id.product_uom
                or line.sale_line_id.product_uom_id
                or line.product_id.uom_id
            )

    @api.constrains("product_id", "sale_line_id", "move_id", "uom_id")
    def _check_source(self):
        for line in self:
            # sudo: a source of another customer or company must be seen to be refused
            move, sale_line = line.sudo().move_id, line.sudo().sale_line_id
            owner = sale_line.order_id.partner_id or move.picking_id.partner_id
            partner = line.rma_id.partner_id
            if (move or sale_line) and line.product_id != (
                move or sale_line
            ).product_id:
                raise UserError(
                    self.env._(
                        "%(line)s does not match the product of its source.",
                        line=line.display_name,
                    )
                )
            if owner and owner.commercial_partner_id != partner.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(document)s belongs to another customer than %(partner)s.",
                        document=sale_line.order_id.name or move.picking_id.name,
                        partner=partner.display_name,
                    )
                )
            if move and not (
                move.state == "done" and move.location_dest_id._is_outgoing()
            ):
                raise UserError(
                    self.env._(
                        "%(move)s has not been delivered to the customer.",
                        move=move.picking_id.name or move.display_name,
                    )
                )
            if not line.uom_id._has_common_reference(line.product_id.uom_id):
                raise UserError(
                    self.env._(
                        "%(product)s cannot be counted in %(uom)s.",
                        product=line.product_id.display_name,
                        uom=line.uom_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        rmas = self.env["reverse.rma"].browse(
            {vals["rma_id"] for vals in vals_list if vals.get("rma_id")}
        )
        rmas._check_editable()

    def write(self, vals):
        if set(vals) <= {"move_id", "sale_line_id"} and not self._in_workflow():
            unknown = self.filtered(
                lambda line: line.state == "requested" and not line.move_id
            )
            if unknown:
                unknown._name_source(vals)
                return super(ReverseRmaLine, self - unknown).write(vals)
        return super().write(vals)

    def _name_source(self, vals):
        """Let customer service name the delivery of goods that none was found for."""
        self._check_duty("service")
        self._guarded_write(vals)
        lines = self._find_deliveries()
        lines.move_id._check_over_return()
        lines._decide(self.env["reverse.policy"]._get_for(lines.company_id))
        self.env["reverse.exception"]._close_for(lines, "source_named")
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnSourceNamed",
            lambda rma: {"lines": rma.line_ids._event_data()},
        )

    # ------------------------------------------------------------------
    # Source
    # ------------------------------------------------------------------
    def _in_product_uom(self, quantity):
        return self.uom_id._compute_quantity(
            quantity, self.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _from_product_uom(self, quantity):
        return self.product_id.uom_id._compute_quantity(
            quantity, self.uom_id, rounding_method="HALF-UP"
        )

    def _get_claims(self, by_lot=False):
        """Give what live lines ask of their deliveries beyond their receipts.

        :return: ``{(delivery id, lot id or False): quantity}`` in the product's unit
        """
        claims = defaultdict(float)
        for line in self:
            if line.state not in transitions.LIVE:
                continue
            wanted = line.quantity if line.state == "requested" else line.qty_authorized
            on_moves = sum(
                part[1]
                for move in line.move_ids
                if move.state != "cancel" and move._is_reverse_receipt()
                for part in move._get_reverse_parts()
            )
            claim = line._in_product_uom(wanted - line.qty_closed_short) - on_moves
            if claim > 0:
                claims[line.move_id.id, by_lot and line.lot_id.id] += claim
        return claims

    def _find_deliveries(self):
        """Name the delivery of each line; a line over several deliveries is split.

        What finds no delivery stays as a line without one when only a product was named,
        and is refused when an order line was named.

        :return: all the lines, the new ones included
        """
        open_lines = self.filtered(lambda line: not line.move_id)
        if not open_lines:
            return self
        candidates = open_lines._get_candidate_moves()
        candidates._reverse_touch()
        free = candidates._get_returnable()
        free_lots = candidates.filtered(
            lambda m: m.product_id.tracking != "none"
        )._get_returnable(True)
        vals_list = []
        for line in open_lines:
            supplies = line._get_supplies(candidates, free, free_lots)
            wanted = line._in_product_uom(line.quantity)
            step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
            parts, rest = allocation.allocate(wanted, supplies, step)
            if rest and line.sale_line_id:
                line._refuse_unreturnable(wanted - rest)
            for move_id, quantity in parts:
                free[move_id, False] -= quantity
                if (move_id, line.lot_id.id) in free_lots:
                    free_lots[move_id, line.lot_id.id] -= quantity
            vals_list += line._split_over(parts, rest)
        return self | self._guarded_create(vals_list)

    def _get_candidate_moves(self):
        """Find the deliveries these lines may have left with."""
        domains = []
        for line in self:
            if line.sale_line_id:
                domains.append(Domain("sale_line_id", "=", line.sale_line_id.id))
            else:
                domains.append(
                    Domain("product_id", "=", line.product_id.id)
                    & Domain("company_id", "=", line.company_id.id)
                    & Domain(
                        "sale_line_id.order_id.partner_id.commercial_partner_id",
                        "=",
                        line.rma_id.commercial_partner_id.id,
                    )
                )
        # sudo: customer service asks for goods back, the transfers belong to the warehouse
        moves = (
            self.env["stock.move"]
            .sudo()
            .search(
                Domain("state", "=", "done")
                & Domain("origin_returned_move_id", "=", False)
                & Domain("location_dest_id.usage", "in", ("customer", "transit"))
                & Domain.OR(domains),
                order="date desc, id desc",
            )
        )
        return moves.filtered(lambda m: m.location_dest_id._is_outgoing()).with_env(
            self.env
        )

    def _get_supplies(self, candidates, free, free_lots):
        policy = self.env["reverse.policy"]._get_for(self.company_id)[self.company_id]
        moves = candidates.sudo().filtered(  # sudo: as in _get_candidate_moves
            lambda m: (
                m.product_id == self.product_id
                and m.company_id == self.company_id
                and (not self.sale_line_id or m.sale_line_id == self.sale_line_id)
            )
        )
        if policy.allocation == "oldest":
            moves = moves[::-1]
        if self.lot_id:
            return [
                allocation.Supply(
                    move.id, free_lots.get((move.id, self.lot_id.id), 0.0)
                )
                for move in moves
            ]
        return [
            allocation.Supply(move.id, free.get((move.id, False), 0.0))
            for move in moves
        ]

    def _split_over(self, parts, rest):
        """Write the first part on this line, return values for lines of the others."""
        targets = list(parts)
        if rest:
            targets.append((False, rest))
        vals_list = []
        moves = self.env["stock.move"].sudo()  # sudo: as in _get_candidate_moves
        for position, (move_id, quantity) in enumerate(targets):
            vals = {
                "move_id": move_id,
                "quantity": self._from_product_uom(quantity),
                "sale_line_id": moves.browse(move_id).sale_line_id.id
                if move_id
                else False,
            }
            if position == 0:
                self._guarded_write(vals)
            else:
                vals_list += [
                    {**data, **vals}
                    for data in self.copy_data({"rma_id": self.rma_id.id})
                ]
        return vals_list

    def _refuse_unreturnable(self, found):
        lot = f" ({self.lot_id.name})" if self.lot_id else ""
        raise UserError(
            self.env._(
                "%(order)s: %(quantity)g %(uom)s of %(product)s are to come back, but only "
                "%(found)g can: the rest was not delivered, or is claimed by another return.",
                order=self.sale_order_id.name,
                quantity=self.quantity,
                found=self._from_product_uom(found),
                uom=self.uom_id.name,
                product=self.product_id.display_name + lot,
            )
        )

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------
    def _decide(self, policies):
        """Let the policy decide and keep what it said and why."""
        today = fields.Datetime.now()
        for line in self:
            policy = policies[line.company_id]
            delivery = (
                line.sudo().move_id
            )  # sudo: the date of the customer's own delivery
            decision = eligibility.decide(
                eligibility.Facts(
                    requested_on=fields.Datetime.context_timestamp(self, today).date(),
                    delivered_on=delivery
                    and fields.Datetime.context_timestamp(self, delivery.date).date()
                    or None,
                ),
                policy._for_engine(),
            )
            line._guarded_write(
                {
                    "decision": decision.outcome,
                    "decision_code": decision.code,
                    "policy_id": policy.id,
                    "policy_version": policy.version,
                    "explanation": line._explain(decision, policy),
                }
            )

    def _explain(self, decision, policy):
        """Say the decision in a sentence that a customer can read."""
        values = {"days": decision.days, "window": policy.window_days}
        if decision.code == "no_source":
            return self.env._(
                "We found no delivery of this product that can be returned."
            )
        if decision.code == "late":
            return self.env._(
                "Delivered %(days)s days ago; this product can be returned for %(window)s days.",
                **values,
            )
        if decision.code == "manual":
            return self.env._(
                "Delivered %(days)s days ago; returns are checked by a person.",
                **values,
            )
        return self.env._(
            "Delivered %(days)s days ago, within the %(window)s days for returns.",
            **values,
        )

    def _authorize(self):
        for line in self:
            line._guarded_write(
                {"qty_authorized": line.quantity if line.move_id else 0.0}
            )

    def _event_data(self):
        # sudo: references only; the reader of the event need not read the transfers
        return [
            {
                "line": line.id,
                "product": line.product_id.id,
                "quantity": line.quantity,
                "authorized": line.qty_authorized,
                "delivery": line.move_id.id,
                "order_line": line.sale_line_id.id,
                "lot": line.lot_id.id,
                "reason": line.reason_id.code or "",
                "decision": line.decision_code or "",
            }
            for line in self.sudo()
        ]

    # ------------------------------------------------------------------
    # Receipt
    # ------------------------------------------------------------------
    def _prepare_receipt_move(self, location, destination):
        self.ensure_one()
        delivery = self.move_id
        picking_type = self.rma_id.facility_id.receipt_type_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self._get_expected_quantity(),
            "product_uom": self.uom_id.id,
            "location_id": location.id,
            "location_dest_id": destination.id,
            "location_final_id": False,
            "picking_type_id": picking_type.id,
            "warehouse_id": picking_type.warehouse_id.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "origin": self.rma_id.name,
            "origin_returned_move_id": delivery.id,
            "move_orig_ids": [Command.link(delivery.id)],
            "sale_line_id": delivery.sale_line_id.id,
            "procure_method": "make_to_stock",
            "to_refund": True,
            "reverse_rma_line_id": self.id,
        }

    def _get_expected_quantity(self):
        """What is still to come in, in the line's unit."""
        return (
            self.qty_authorized
            - self.qty_received
            - self.qty_kept
            - self.qty_closed_short
        )

    def _set_expected_lots(self, moves):
        """Put the lot that was announced on the receipt, and no other."""
        for move in moves.filtered(lambda m: m.product_id.tracking != "none"):
            lot = move.reverse_rma_line_id.lot_id
            if lot and move.move_line_ids.lot_id != lot:
                move.move_line_ids.lot_id = lot

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
        due = self._get_expected_quantity()
        if self.state == "authorized" and self.uom_id.compare(arriving, due) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: %(arriving)g %(uom)s are being received, but only %(due)g are "
                    "expected. Receive what is expected; the rest needs a return of its own.",
                    line=self.display_name,
                    arriving=arriving,
                    due=due,
                    uom=self.uom_id.name,
                )
            )

    def _get_invoice_lines(self):
        """Posted invoice lines of these lines' order lines, oldest first."""
        # sudo: the customer's own invoices, for whoever proposes the credit
        lines = self.sudo().sale_line_id.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
            )
        )
        return lines.sorted(
            lambda line: (line.move_id.invoice_date or line.date, line.id)
        )

    def _on_received(self, moves):
        """Take note of done receipts: quantities, actors, parts to inspect, event."""
        received = defaultdict(float)
        for move in moves:
            line = move.reverse_rma_line_id
            received[line] += move.product_uom._compute_quantity(
                move.quantity, line.uom_id, rounding_method="HALF-UP"
            )
        now = fields.Datetime.now()
        for line, quantity in received.items():
            line._guarded_write({"qty_received": line.qty_received + quantity})
        for rma in self.rma_id:
            rma._guarded_write(
                {
                    "received_by_ids": [Command.link(self.env.uid)],
                    "received_at": rma.received_at or now,
                }
            )
        self.env["reverse.inspection"]._create_for(moves)
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnReceived",
            lambda rma: {
                "transfers": moves.filtered(
                    lambda m: m.reverse_rma_line_id.rma_id == rma
                ).picking_id.ids,
                "lines": [
                    {"line": line.id, "quantity": quantity}
                    for line, quantity in received.items()
                    if line.rma_id == rma
                ],
            },
        )
        self.rma_id._update_progress()

    # ------------------------------------------------------------------
    # Progress
    # ------------------------------------------------------------------
    def _add(self, amounts):
        """Add to stored quantities: ``{line: {"inspected": 2.0}}``, the line's unit."""
        for line, changes in amounts.items():
            line._guarded_write(
                {
                    f"qty_{name}": line.uom_id.round(line[f"qty_{name}"] + change)
                    for name, change in changes.items()
                }
            )

    def _update_stage(self):
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")

        def stage(line):
            return transitions.line_stage(
                line.state,
                bool(line.rma_id.shipped_at),
                {name: line[f"qty_{name}"] for name in _AMOUNTS},
                line.rma_id.settlement_type != "none",
                step,
            )

        for goal, lines in self.grouped(stage).items():
            lines.filtered(lambda line, goal=goal: line.stage != goal)._guarded_write(
                {"stage": goal}
            )
