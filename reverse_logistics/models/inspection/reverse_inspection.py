from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseInspection(models.Model):
    _name = "reverse.inspection"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Inspection"
    _order = "rma_id desc, id"
    _check_company_auto = True

    rma_id = fields.Many2one(
        related="line_id.rma_id", string="Return", store=True, index=True
    )
    line_id = fields.Many2one(
        "reverse.rma.line",
        "Return Line",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="rma_id.partner_id", string="Customer")
    facility_id = fields.Many2one(related="rma_id.facility_id", store=True)
    product_id = fields.Many2one(related="line_id.product_id", store=True)
    uom_id = fields.Many2one(related="line_id.uom_id")
    tracking = fields.Selection(related="product_id.tracking")
    quantity = fields.Float(
        digits="Product Unit",
        required=True,
        help="Enter less to split: the rest becomes a part of its own.",
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", check_company=True)
    receipt_move_id = fields.Many2one(
        "stock.move",
        readonly=True,
        index="btree_not_null",
        guarded=True,
    )
    location_id = fields.Many2one("stock.location", readonly=True, guarded=True)
    owner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="Whose the goods were when they came in, such as a supplier's in "
        "consignment. Empty: ours.",
        guarded=True,
    )
    condition_id = fields.Many2one("reverse.condition", ondelete="restrict")
    disposition_id = fields.Many2one(
        "reverse.disposition",
        compute="_compute_disposition_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    override_reason = fields.Char(
        help="Why the disposition is another than the recommended one."
    )
    liability = fields.Selection(
        [
            ("customer", "Customer"),
            ("carrier", "Carrier"),
            ("warehouse", "Warehouse"),
            ("supplier", "Supplier"),
            ("company", "Company"),
            ("unknown", "Unknown"),
        ],
        compute="_compute_liability",
        store=True,
        readonly=False,
    )
    note = fields.Text()
    not_inspected = fields.Boolean(
        readonly=True,
        copy=False,
        help="The goods never arrived here: kept, lost, or sent elsewhere.",
        guarded=True,
    )
    state = fields.Selection(
        [
            ("draft", "To Inspect"),
            ("done", "Inspected"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    supersedes_id = fields.Many2one(
        "reverse.inspection", readonly=True, copy=False, guarded=True
    )
    inspected_by_id = fields.Many2one(
        "res.users",
        "Inspector",
        readonly=True,
        copy=False,
        guarded=True,
    )
    inspected_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    disposed = fields.Boolean(
        readonly=True,
        copy=False,
        help="The goods are on their way as the disposition says.",
        guarded=True,
    )
    denied = fields.Boolean(
        "Not Credited",
        readonly=True,
        copy=False,
        help="The customer gets nothing for these goods.",
        guarded=True,
    )
    move_ids = fields.One2many("stock.move", "reverse_inspection_id", "Stock Moves")
    settlement_line_ids = fields.One2many("reverse.settlement.line", "inspection_id")

    _fixed_fields = frozenset({"line_id"})

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The inspected quantity must be above zero."
    )

    @api.depends("product_id", "quantity", "disposition_id")
    def _compute_display_name(self):
        for part in self:
            product = part.product_id.display_name
            part.display_name = f"{part.rma_id.name}: {part.quantity:.12g} × {product}"

    @api.depends("line_id.reason_id")
    def _compute_liability(self):
        for part in self:
            part.liability = (
                part.liability or part.line_id.reason_id.liability or "unknown"
            )

    # ------------------------------------------------------------------
    # Parts of a line
    # ------------------------------------------------------------------
    @api.model
    def _create_for(self, moves):
        """Open one part to inspect per lot and owner that came in."""
        vals_list = []
        for move in moves:
            line = move.reverse_rma_line_id
            groups = move.move_line_ids.grouped(
                lambda ml: (ml.lot_id, ml.location_dest_id, ml.owner_id)
            )
            for (lot, location, owner), move_lines in groups.items():
                quantity = line._from_product_uom(
                    sum(move_lines.mapped("quantity_product_uom"))
                )
                if not line.uom_id.is_zero(quantity):
                    vals_list.append(
                        {
                            "line_id": line.id,
                            "quantity": quantity,
                            "lot_id": lot.id,
                            "receipt_move_id": move.id,
                            "location_id": location.id,
                            "owner_id": owner.id,
                        }
                    )
        return self._guarded_create(vals_list)

    @api.model
    def _check_create(self, vals_list):
        """A person may only note goods that will never come in."""
        self._check_duty("inspector")
        for vals in vals_list:
            line = self.env["reverse.rma.line"].browse(vals.get("line_id"))
            expected = line._get_expected_quantity() - sum(
                line.inspection_ids.filtered(
                    lambda p: p.not_inspected and p.state == "draft"
                ).mapped("quantity")
            )
            quantity = vals.get("quantity", 0.0)
            if (
                line.state != "authorized"
                or line.uom_id.compare(quantity, expected) > 0
            ):
                self._refuse_unexpected(line, expected)

    def _check_kept(self):
        """What was noted as kept may have come in since, or have been noted twice."""
        for line, parts in self.filtered("not_inspected").grouped("line_id").items():
            expected = line._get_expected_quantity()
            if line.uom_id.compare(sum(parts.mapped("quantity")), expected) > 0:
                self._refuse_unexpected(line, expected)

    def _refuse_unexpected(self, line, expected):
        raise UserError(
            self.env._(
                "%(line)s expects %(expected)s more; what has come in is "
                "there to be inspected, and its parts are split by their quantity.",
                line=line.display_name,
                expected=line.uom_id._say_reverse(max(expected, 0.0)),
            )
        )

    @api.model
    def _complete_create(self, vals_list):
        return [
            {**vals, "not_inspected": not vals.get("receipt_move_id")}
            for vals in vals_list
        ]

    def write(self, vals):
        if "quantity" in vals and not self._in_workflow():
            self._check_editable()
            for part in self:
                part._split_off(vals["quantity"])
        return super().write(vals)

    def _split_off(self, quantity):
        """Keep ``quantity`` on this part and open another for the rest."""
        self.ensure_one()
        order = self.uom_id.compare(quantity, self.quantity)
        if order > 0 or quantity <= 0:
            raise UserError(
                self.env._(
                    "%(part)s: a part can only be split into smaller ones, so enter "
                    "more than zero and at most %(quantity).12g.",
                    part=self.display_name,
                    quantity=self.quantity,
                )
            )
        if order < 0:
            self._guarded_create(
                [
                    {
                        **data,
                        "quantity": self.uom_id.round(self.quantity - quantity),
                        "supersedes_id": self.supersedes_id.id,
                        "inspection_level": self.inspection_level,
                        "condition_id": False,
                        "disposition_id": False,
                    }
                    for data in self.copy_data()
                ]
            )

    # ------------------------------------------------------------------
    # Completion
    # ------------------------------------------------------------------
    def action_complete(self):
        """Finish inspection: goods go where the disposition says, credit is proposed.

        :raises AccessError: without the role inspector
        :raises UserError: when condition or disposition is missing
        """
        self._check_duty("inspector")
        self._check_complete()
        self._check_kept()
        self._complete(
            {"inspected_by_id": self.env.uid, "inspected_at": fields.Datetime.now()}
        )
        return True

    def _complete(self, vals):
        """Finish inspection as somebody has decided.

        :param dict vals: who did and when
        """
        self._transition(transitions.INSPECTION, "complete", vals)
        amounts = {}
        for part in self:
            changes = amounts.setdefault(part.line_id, {"inspected": 0.0})
            changes["inspected"] += part.quantity
            if part.not_inspected:
                changes["kept"] = changes.get("kept", 0.0) + part.quantity
        self.line_id._add(amounts)
        self._log_parts("InspectionCompleted")
        for parts in self.grouped("disposition_id").values():
            parts._work("_dispose")
        self.env["reverse.settlement"]._propose(self)
        self.rma_id._update_progress()

    def _has_work_left(self, method):
        return self.state == "done" and not self.disposed

    def _check_complete(self):
        self._check_lots()
        self._check_not_credited()
        for part in self:
            if not part.is_authorized:
                raise UserError(
                    self.env._(
                        "%(rma)s is not authorized: an approver decides first whether "
                        "it is taken in or sent back.",
                        rma=part.rma_id.display_name,
                    )
                )
            missing = part.disposition_id if part.not_inspected else part.condition_id
            if not missing or not part.disposition_id:
                raise UserError(
                    self.env._(
                        "%(part)s: enter the condition and the disposition first.",
                        part=part.display_name,
                    )
                )
            if part.disposition_id.keeps_goods != part.not_inspected:
                raise UserError(
                    self.env._(
                        "%(part)s: “%(disposition)s” does not fit goods that were "
                        "%(received)s.",
                        part=part.display_name,
                        disposition=part.disposition_id.name,
                        received=self.env._("not received")
                        if part.not_inspected
                        else self.env._("received"),
                    )
                )

    def _check_not_credited(self):
        """Goods looked at again may have been credited, or be about to."""
        for part in self.filtered("supersedes_id"):
            if part.disposition_id.credit != "none":
                continue
            settlements = part._get_live_settlement_lines().settlement_id
            if settlements:
                raise UserError(
                    self.env._(
                        "%(part)s: “%(disposition)s” gives no credit, but there is "
                        "%(settlements)s. Cancel or reverse that first.",
                        part=part.display_name,
                        disposition=part.disposition_id.name,
                        settlements=", ".join(settlements.mapped("display_name")),
                    )
                )

    def _check_lots(self):
        """What is inspected is what came in, lot by lot."""
        # sudo: the receipt is the warehouse's
        for receipt in self.sudo().receipt_move_id:
            if receipt.product_id.tracking == "none":
                continue
            received = receipt.move_line_ids.grouped("lot_id")
            parts = receipt.reverse_rma_line_id.inspection_ids.filtered(
                lambda p, receipt=receipt: (
                    p.receipt_move_id == receipt and p.state in ("draft", "done")
                )
            )
            for lot, group in parts.grouped("lot_id").items():
                came = sum(line.quantity_product_uom for line in received.get(lot, ()))
                found = group.line_id._in_product_uom(sum(group.mapped("quantity")))
                if receipt.product_id.uom_id.compare(found, came) > 0:
                    raise UserError(
                        self.env._(
                            "%(part)s: %(came).12g of %(lot)s came in, not "
                            "%(found).12g.",
                            part=group[:1].display_name,
                            came=came,
                            found=found,
                            lot=lot.name or self.env._("no lot"),
                        )
                    )
