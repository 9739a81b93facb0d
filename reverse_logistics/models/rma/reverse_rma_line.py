from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions
from ..base.reverse_columns import column
from ..base.reverse_remembered import remembered
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
# What somebody has seen of the goods, at the counter.
_SEEN = ("counter_condition_id", "counter_disposition_id")
# What policy is asked about: which delivery a line takes from, and what is shown of it.
_ASKED = frozenset(
    {
        "product_id",
        "quantity",
        "uom_id",
        "lot_id",
        "move_id",
        "sale_line_id",
        "photo_ids",
        "purchase_document_ids",
        "hazard_document_ids",
    }
)


class ReverseRmaLine(models.Model):
    """Goods of one product that a return is about, and what became of them.

    Its source is a delivery, a historic sale or a deposit; goods of none may come in
    as the customer's own. ``state`` is that of the return. ``stage`` says how far the
    goods are: it follows from the quantities, which receipt, inspection and settlement
    add up.

    People write a draft; later they name an unknown source, add files, and nothing
    else. All the rest is written by the workflow.
    """

    _name = "reverse.rma.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Line"
    _order = "rma_id desc, sequence, id"
    _check_company_auto = True
    _fixed_fields = frozenset({"rma_id"})
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The quantity to return must be above zero."
    )
    _rec_names_search = ["product_id.name", "product_id.default_code", "lot_id.name"]

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
        "sale.order.line",
        "Order Line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    sale_order_id = fields.Many2one(related="sale_line_id.order_id")
    move_id = fields.Many2one(
        "stock.move",
        "Delivery",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The delivery these goods left with.",
    )
    reason_id = fields.Many2one("reverse.reason", ondelete="restrict")
    customer_owned = fields.Boolean(
        "Stays Customer's Property",
        readonly=True,
        copy=False,
        help="The goods only pass through: they are never part of our stock's value.",
        guarded=True,
    )
    bought_elsewhere = fields.Boolean(
        "Not Sold by Us",
        help="These goods are of no sale of ours, although the customer bought the "
        "same product from us. No delivery is looked for.",
    )
    note = fields.Text("Customer Note")
    stage = fields.Selection(
        STAGES, default="draft", readonly=True, copy=False, guarded=True
    )
    qty_authorized = fields.Float(
        "Authorized",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    qty_received = fields.Float(
        "Received",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    # kept by the customer, lost, or sent straight to the supplier
    qty_kept = fields.Float(
        "Not Coming",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    qty_inspected = fields.Float(
        "Inspected",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    qty_put_away = fields.Float(
        "Put Away",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    qty_settled = fields.Float(
        "Settled",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    qty_denied = fields.Float(
        "Not Credited",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    qty_closed_short = fields.Float(
        "Closed Short",
        digits="Product Unit",
        readonly=True,
        copy=False,
        guarded=True,
    )
    move_ids = fields.One2many("stock.move", "reverse_rma_line_id", "Stock Moves")
    inspection_ids = fields.One2many("reverse.inspection", "line_id", "Inspections")
    client_ref = fields.Char(
        "Customer Reference", help="The customer's own number for this line."
    )
    delivered_on = fields.Date(compute="_compute_sold", compute_sudo=True)
    price_paid = fields.Monetary(
        compute="_compute_sold",
        compute_sudo=True,
        help="Of one unit, before tax and after discount.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_sold", compute_sudo=True
    )
    facility_id = fields.Many2one(related="rma_id.facility_id", store=True)
    channel_id = fields.Many2one(related="rma_id.channel_id", store=True)
    requested_at = fields.Datetime(
        "Requested On", related="rma_id.requested_at", store=True, index=True
    )

    @api.depends(lambda self: self._get_source_fields())
    def _compute_from_source(self):
        """Take product and unit from the source; reverse_logistics_mrp extends it."""
        for line in self:
            line._get_source().fill(line)

    def _takes_product_of_source(self):
        """Whether the source names the product; once requested, it only has to fit."""
        return not self.product_id or self.state in (False, "draft")

    def _is_counted_as(self, other):
        """Whether this line has a unit that fits the one of another record."""
        return bool(self.uom_id) and self.uom_id._has_common_reference(other.uom_id)

    @api.constrains(
        lambda self: ["product_id", "uom_id", "lot_id", *self._get_source_fields()]
    )
    def _check_source(self):
        # sudo: a source of another customer or company must be seen to be refused
        for line in self.sudo():
            problem = (
                line._find_product_problem()
                or line._find_owner_problem()
                or line._get_source().find_obstacle(line)
            )
            if problem:
                raise UserError(problem)

    def _find_product_problem(self):
        """Say why product, lot and unit do not fit together, if they do not."""
        return (
            self._find_second_source()
            or self._get_source().find_misfit(self)
            or self._find_unreturnable_product()
            or self._find_mismatch()
        )

    def _find_mismatch(self):
        product = self.product_id
        products = self._get_source().get_products(self)
        if products and product not in products:
            return self.env._(
                "%(line)s does not match the product of its source.",
                line=self.display_name,
            )
        if self.lot_id and self.lot_id.product_id != product:
            return self.env._(
                "%(lot)s is not a lot or serial number of %(product)s.",
                lot=self.lot_id.name,
                product=product.display_name,
            )
        if not self.uom_id._has_common_reference(product.uom_id):
            return self.env._(
                "%(product)s cannot be counted in %(uom)s.",
                product=product.display_name,
                uom=self.uom_id.name,
            )
        return False

    def _find_owner_problem(self):
        """Say whose the source is, if it is another company's or customer's."""
        source = self._get_source()
        company, document = source.get_seller(self)
        if company and company != self.company_id:
            return self._say_other_company(company, document)
        buyer, document = source.get_buyer(self)
        if buyer and buyer != self.partner_id.commercial_partner_id:
            return self.env._(
                "%(document)s belongs to another customer than %(partner)s.",
                document=document,
                partner=self.partner_id.display_name,
            )
        return False

    def _find_delivery_problem(self):
        """Say why nothing can come back of the delivery, if nothing can."""
        move = self.move_id
        # sudo: whoever gets the message need not read the return of before
        replaced = move.sudo().reverse_rma_line_id.historic_sale_id
        if replaced:
            return self.env._(
                "%(product)s replaced goods of the old invoice %(invoice)s, which were "
                "not delivered with Odoo. Cancel this transfer, and enter a return of "
                "the old invoice to receive them.",
                product=self.product_id.display_name,
                invoice=replaced.invoice_name,
            )
        name = move.picking_id.name or move.display_name
        if not (move.state == "done" and move.location_dest_id._is_outgoing()):
            return self.env._(
                "%(move)s has not been delivered to the customer.", move=name
            )
        if move.origin_returned_move_id:
            return self.env._(
                "These goods went out before with %(delivery)s: name that delivery.",
                delivery=move._get_reverse_roots().picking_id[:1].name,
            )
        if self.sale_line_id and move.sale_line_id != self.sale_line_id:
            return self.env._(
                "%(delivery)s did not deliver this line of %(order)s.",
                delivery=name,
                order=self.sale_line_id.order_id.name,
            )
        return False

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        rmas = self.env["reverse.rma"].browse(
            {vals["rma_id"] for vals in vals_list if vals.get("rma_id")}
        )
        rmas._check_editable()
        # What a client sends along as a default is said by it as well.
        defaults = self.default_get([*_SEEN])
        for vals in vals_list:
            self._check_seen({**defaults, **vals})

    def _check_seen(self, vals):
        """What goods look like is said by who may inspect them: rules believe it."""
        if any(vals.get(name) for name in _SEEN):
            self._check_duty("inspector")

    def write(self, vals):
        """Write what people enter, or what the workflow notes.

        A fee that people enter is theirs. Customer service may name the source of
        requested goods. What policy said of a draft is forgotten when that changes what
        it was asked about.
        """
        if self._in_workflow():
            return super().write(vals)
        self._check_seen(vals)
        vals = self._note_fee_by_hand(vals)
        unknown = self._find_lines_to_source(vals)
        if unknown:
            unknown._name_source(vals)
        lines = self - unknown if unknown else self
        res = super(ReverseRmaLine, lines).write(vals)
        if _ASKED & set(vals):
            self._forget_decision()
        return res

    def _check_sent_before(self):
        """What was sent after the request is not what the customer asked to return."""
        for line in self:
            # sudo: the day of the delivery, whoever names it
            move = line.sudo().move_id
            asked, sent = line.rma_id.requested_at, move._get_reverse_moved_at()
            if asked and move.state == "done" and sent.date() > asked.date():
                raise UserError(
                    self.env._(
                        "%(delivery)s was done after %(rma)s was requested: name an "
                        "earlier delivery, or request a new return for these goods.",
                        delivery=move.picking_id.name or move.display_name,
                        rma=line.rma_id.name,
                    )
                )

    def _name_source(self, vals):
        """Let customer service name the delivery of goods that none was found for.

        What is known now may be worth more, or need no approval any more.
        """
        self._check_duty("service")
        self.rma_id._note_source_named()
        self._guarded_write(vals)
        lines = self._find_deliveries()
        lines._check_sent_before()
        lines._check_over_return()
        lines._decide(self.env["reverse.policy.version"]._get_for(lines.company_id))
        self.rma_id._get_open_exceptions()._close_gone()
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnSourceNamed",
            lambda rma: {"lines": rma.line_ids._event_data()},
        )
        self.rma_id._ask_approvals()

    def _note_by_hand(self):
        self.rma_id._note_author()

    def _forget_decision(self):
        """What policy said of a draft holds no longer than what it was asked about."""
        stale = self.filtered(lambda line: line.state == "draft" and line.decision)
        stale.filtered(lambda line: not line.fee_by_hand)._guarded_write({"fee": 0.0})
        stale._guarded_write(dict.fromkeys(self._get_decision_fields(), False))

    # ------------------------------------------------------------------
    # Authorization
    # ------------------------------------------------------------------
    def _authorize(self):
        """Let come back what is of known source.

        A claim is checked before anything is written; at the end the books are made to
        agree with it. The addon reverse_logistics_repair extends this: goods for repair
        stay the customer's.
        """
        by_source = self._by_source()
        for source, lines in by_source:
            source.check_authorized(lines)
        self._guarded_write_each(
            {
                line: {"qty_authorized": line.quantity if line._is_sourced() else 0.0}
                for line in self
            }
        )
        for source, lines in by_source:
            source.on_authorized(lines)

    def _event_data(self):
        """What events say of these lines: references, codes and amounts."""
        data = []
        # sudo: references only; the reader of the event need not read the transfers
        for line in self.sudo():
            values = {
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
            values |= line._get_source().get_event_values(line)
            if line.fee or line.fee_rule_id:
                values |= {
                    "fee": line.fee,
                    "fee_rule": line.fee_rule_id.id,
                    "fee_by_hand": line.fee_by_hand,
                }
            if line.fee_waived:
                values["fee_waived"] = line.fee_waived
            data.append(values)
        return data

    # ------------------------------------------------------------------
    # Progress
    # ------------------------------------------------------------------
    def _add(self, amounts):
        """Add to stored quantities: ``{line: {"inspected": 2.0}}``, the line's unit."""
        self._guarded_write_each(
            {
                line: {
                    f"qty_{name}": line.uom_id.round(line[f"qty_{name}"] + change)
                    for name, change in changes.items()
                }
                for line, changes in amounts.items()
            }
        )

    def _get_stage_amounts(self):
        """What the stage follows from: where nothing moves, whether it was credited."""
        return self._get_source().get_stage_amounts(self, _AMOUNTS)

    def _update_stage(self):
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")

        def stage(line):
            return transitions.line_stage(
                line.state,
                bool(line.rma_id.shipped_at),
                line._get_stage_amounts(),
                line._wants_settlement(),
                step,
            )

        for goal, lines in self.grouped(stage).items():
            lines.filtered(lambda line, goal=goal: line.stage != goal)._guarded_write(
                {"stage": goal}
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

    # ------------------------------------------------------------------
    # What a line is worth to the customer
    # ------------------------------------------------------------------
    @remembered
    def _get_values_at_stake(self):
        """Give the net value of each line, in the currency of its company.

        It stays what it was when policy decided on the request.

        :rtype: dict[reverse.rma.line, float]
        """
        kept = self.with_prefetch().filtered(
            lambda line: line.state != "draft" and line.decision
        )
        return (self - kept)._appraise() | {
            line: line.company_id.currency_id.round(line.unit_value * line.quantity)
            for line in kept
        }

    def _appraise(self):
        """Give the net value of each line by what is known now.

        At the price paid; of goods without a known sale, at the list price.

        :return: as :meth:`_get_values_at_stake`
        """
        # sudo: the price of goods that the reader sees anyway
        lines = self.sudo().with_prefetch()
        values = {}
        for source, own in lines._group_by_source().items():
            values |= source.get_values(own)
        round_for = {
            company.id: company.currency_id.round for company in lines.company_id
        }
        return {
            line: round_for[company](values[own])
            for line, own, company in zip(
                self, lines, column(lines, "company_id"), strict=True
            )
        }

    def _get_document_quantities(self):
        """Count from transfers, inspections and settlements what the lines store.

        :return: ``{line: {name: quantity}}`` in the line's unit
        """
        # sudo: documents of every department count
        settled = defaultdict(float)
        settlement_lines = self.env["reverse.settlement.line"].sudo()
        for line, quantity in settlement_lines._read_group(
            [
                ("rma_line_id", "in", self.ids),
                ("settlement_id.state", "=", "released"),
                ("kind", "in", ("goods", "kept")),
            ],
            ["rma_line_id"],
            ["quantity:sum"],
        ):
            settled[line.id] = quantity
        result = {}
        for line in self:
            documents = line.sudo()  # sudo: as above
            parts = documents.inspection_ids.filtered(lambda p: p.state == "done")
            kept = parts.filtered("not_inspected")
            replaced = documents._sum_moves(
                documents.settlement_line_ids.replacement_move_ids
            )
            receipts = documents.move_ids.filtered(lambda m: m._is_reverse_receipt())
            undone = documents._get_undone_moves()
            result[line] = {
                "received": documents._sum_moves(receipts)
                - documents._sum_moves(undone),
                "inspected": sum(parts.mapped("quantity")),
                "kept": sum(kept.mapped("quantity")),
                "put_away": sum(part._get_put_away() for part in parts),
                "denied": sum(parts.filtered("denied").mapped("quantity")),
                "settled": settled[line.id] + replaced - documents._count_uncredited(),
                "replaced": replaced,
                "early": line._count_early(),
            }
        return result

    def _sum_moves(self, moves):
        """Sum what was moved, in the line's unit."""
        self.ensure_one()
        return sum(
            move.product_uom._compute_quantity(
                move.quantity, self.uom_id, rounding_method="HALF-UP"
            )
            for move in moves
            if move.state == "done"
        )

    @api.depends("move_id", "sale_line_id", "historic_sale_id")
    def _compute_sold(self):
        delivered = self._get_delivered_days()
        for line in self:
            line.delivered_on = delivered[line]
            price, currency, unit = line._get_source().get_price(line)
            line.price_paid = price and unit._compute_price(price, line.uom_id or unit)
            line.currency_id = currency

    @api.onchange("product_id")
    def _onchange_product_forgets_source(self):
        if self.move_id.product_id not in (self.product_id, self.product_id.browse()):
            self.move_id = False
        if self.sale_line_id and self.sale_line_id.product_id != self.product_id:
            self.sale_line_id = False

    def _get_lines_to_send(self):
        """What the customer is to send: not what stays there, or may not be sent."""
        return self.filtered(
            lambda line: (
                not line.is_damaged_hazard
                and line.uom_id.compare(line.qty_authorized, line.qty_kept) > 0
            )
        )

    @api.depends("rma_id.name", "product_id", "lot_id")
    @api.depends_context("lang", "reverse_product_only")
    def _compute_display_name(self):
        product_only = self.env.context.get("reverse_product_only")
        for line in self:
            product = line.product_id.display_name
            if product_only:
                lot = f" ({line.lot_id.name})" if line.lot_id else ""
                line.display_name = f"{product}{lot}"
            else:
                line.display_name = f"{line.rma_id.display_name}: {product}"
