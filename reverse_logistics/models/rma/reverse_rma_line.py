from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions
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

    _fixed_fields = frozenset({"rma_id"})

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

    @api.constrains("product_id", "sale_line_id", "move_id", "uom_id", "lot_id")
    def _check_source(self):
        # sudo: a source of another customer or company must be seen to be refused
        for line in self.sudo():
            problem = (
                line._find_product_problem()
                or line._find_owner_problem()
                or (line.move_id and line._find_delivery_problem())
            )
            if problem:
                raise UserError(problem)

    def _find_product_problem(self):
        """Say why product, lot and unit do not fit together, if they do not."""
        product = self.product_id
        source = self.move_id or self.sale_line_id
        if source and product not in self._get_source_products():
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
        """Say why the source is not this customer's, if it is not."""
        order, picking = self.sale_line_id.order_id, self.move_id.picking_id
        owner = (order.partner_id or picking.partner_id).commercial_partner_id
        if owner and owner != self.partner_id.commercial_partner_id:
            return self.env._(
                "%(document)s belongs to another customer than %(partner)s.",
                document=order.name or picking.name,
                partner=self.partner_id.display_name,
            )
        return False

    def _find_delivery_problem(self):
        """Say why nothing can come back of the delivery, if nothing can."""
        move = self.move_id
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

    def write(self, vals):
        if set(vals) <= self._get_source_fields() and not self._in_workflow():
            unknown = self.filtered(
                lambda line: line.state == "requested" and not line._is_sourced()
            )
            if unknown:
                unknown._name_source(vals)
                return super(ReverseRmaLine, self - unknown).write(vals)
        return super().write(vals)

    def _name_source(self, vals):
        """Let customer service name the delivery of goods that none was found for."""
        self._check_duty("service")
        self.rma_id._note_source_named()
        self._guarded_write(vals)
        lines = self._find_deliveries()
        lines._check_over_return()
        lines._decide(self.env["reverse.policy.version"]._get_for(lines.company_id))
        self.rma_id._get_open_exceptions()._close_gone()
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnSourceNamed",
            lambda rma: {"lines": rma.line_ids._event_data()},
        )

    # ------------------------------------------------------------------
    # Authorization
    # ------------------------------------------------------------------
    def _authorize(self):
        for line in self:
            line._guarded_write(
                {"qty_authorized": line.quantity if line._is_sourced() else 0.0}
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

    def _get_stage_amounts(self):
        """What the stage follows from; lines that move no goods say it otherwise."""
        self.ensure_one()
        return {name: self[f"qty_{name}"] for name in _AMOUNTS}

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
