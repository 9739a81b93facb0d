from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.reverse_logistics.models.base.reverse_authored_mixin import AUTHORS

STEPS = {
    "confirm": (("draft",), "confirmed"),
    "finish": (("confirmed",), "done"),
    "cancel": (("draft", "confirmed"), "cancelled"),
}


class ReverseLiquidation(models.Model):
    """A lot of returned goods that one buyer takes for one price.

    1. Customer service enters buyer and price, and takes what waits in the facility's
       location for liquidation (``action_take_waiting``). Each piece is in one lot.
    2. Confirming it makes a sales order, in which each piece has its share of the
       price, and whose delivery takes exactly these pieces. Where the price is too
       small a share of what they cost, an approver confirms who did not enter it.
    3. It is done when the goods have left. Cancelling it before frees them.
    """

    _name = "reverse.liquidation"
    _inherit = ["reverse.authored.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Liquidation Lot"
    _order = "id desc"
    _check_company_auto = True
    _steps = STEPS
    _said_lines = "line_ids"
    _fixed_fields = frozenset({"company_id"})
    _price_not_negative = models.Constraint(
        "CHECK (price >= 0)", "The price of a lot cannot be negative."
    )

    name = fields.Char("Number", readonly=True, copy=False, default="/", guarded=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    facility_id = fields.Many2one(
        "reverse.facility",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('warehouse_id', '!=', False), ('company_id', '=', company_id)]",
        default=lambda self: self._get_default_facility(),
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Buyer",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        unlocked=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        ondelete="restrict",
    )
    price = fields.Monetary(
        tracking=True,
        help="For the whole lot, in the terms of its products' taxes: before tax, "
        "unless these are included in prices. It is shared over the pieces in "
        "proportion to what they cost.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("done", "Sold"),
            ("cancelled", "Cancelled"),
        ],
        "Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        guarded=True,
    )
    line_ids = fields.One2many(
        "reverse.liquidation.line", "liquidation_id", "Pieces", copy=False
    )
    order_id = fields.Many2one(
        "sale.order",
        "Sales Order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    confirmed_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict", guarded=True
    )
    confirmed_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    piece_count = fields.Integer("Number of Parts", compute="_compute_cost")
    cost = fields.Monetary(
        currency_field="company_currency_id",
        compute="_compute_cost",
        help="What the goods cost, when they were taken into the lot, or when it was "
        "confirmed.",
    )
    recovered = fields.Monetary(
        currency_field="company_currency_id",
        compute="_compute_recovered",
        compute_sudo=True,
        help="What the buyer pays before tax, in the currency of the company; of a lot "
        "that is sold, only for what was delivered.",
    )
    recovered_share = fields.Float(
        compute="_compute_recovered",
        compute_sudo=True,
        help="Of what the goods cost.",
    )
    is_below_floor = fields.Boolean(
        compute="_compute_recovered",
        compute_sudo=True,
        help="So little that an approver confirms who did not enter the lot.",
    )
    is_take_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_confirm_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")

    @api.model
    def _get_default_facility(self):
        return self.env.company._get_first_facilities()[self.env.company].with_env(
            self.env
        )

    # ------------------------------------------------------------------
    # What is known
    # ------------------------------------------------------------------
    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for lot in self:
            is_new = lot.name == "/"
            lot.display_name = self.env._("New Lot") if is_new else lot.name

    @api.depends("line_ids.cost")
    def _compute_cost(self):
        for lot in self:
            lot.piece_count = len(lot.line_ids)
            lot.cost = sum(lot.line_ids.mapped("cost"))

    @api.depends("price", "currency_id", "cost", "state", "order_id.amount_untaxed")
    @api.depends("line_ids.delivered", "line_ids.order_line_ids.qty_invoiced_posted")
    def _compute_recovered(self):
        for lot in self:
            order = lot.order_id
            agreed = lot.currency_id._convert(
                order.amount_untaxed if order else lot.price,
                lot.company_id.currency_id,
                lot.company_id,
                order.date_order or fields.Date.today(),
            )
            lot.recovered, cost = lot._get_result(agreed)
            lot.recovered_share = lot.recovered / cost if cost else 0.0
            lot.is_below_floor = lot._is_below_floor(agreed)

    def _get_result(self, agreed):
        """Give what the goods bring and what they cost; of a sold lot, what has left.

        :param float agreed: what the buyer pays for all of it
        """
        self.ensure_one()
        if self.state != "done":
            return agreed, self.cost
        lines = self.line_ids.filtered("quantity")
        return (
            sum(line._get_recovered() for line in lines),
            sum(line.cost * line.delivered / line.quantity for line in lines),
        )

    def _is_below_floor(self, recovered):
        """Tell whether so little is recovered that somebody else has to agree."""
        self.ensure_one()
        # sudo: a setting of the company
        company = self.sudo().company_id
        # What a piece cost is not known of goods that still are their supplier's.
        if not recovered or not all(self.line_ids.mapped("cost")):
            return bool(self.line_ids)
        if not self._has_rate():
            return True
        # A cost that somebody has lowered since they came back protects nothing.
        cost = max(self.cost, self.line_ids._get_returned_value())
        least = company.currency_id.round(
            cost * company.reverse_liquidation_floor / 100
        )
        return company.currency_id.compare_amounts(recovered, least) < 0

    def _has_rate(self):
        """Tell whether it is known what money of the lot's currency is worth.

        Odoo counts a currency without a rate as if it were the company's.
        """
        currency, company = self.currency_id, self.company_id
        if currency == company.currency_id:
            return True
        # sudo: rates are the company's
        rates = self.env["res.currency.rate"].sudo()
        return currency.active and bool(
            rates.search_count(
                [
                    ("currency_id", "=", currency.id),
                    ("name", "<=", fields.Date.context_today(self)),
                    ("company_id", "in", (False, company.root_id.id)),
                ],
                limit=1,
            )
        )

    @api.depends("state", "entered_by_id", "changed_by_ids", "is_below_floor")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        approver, service = self._has_duty("approver"), self._has_duty("service")
        user = self.env.user
        for lot in self:
            own = user in lot.entered_by_id | lot.changed_by_ids
            lot.is_take_allowed = service and lot._may("confirm")
            lot.is_confirm_allowed = lot._may("confirm") and (
                approver and not own if lot.is_below_floor else service
            )
            lot.is_cancel_allowed = service and lot._may("cancel")

    # ------------------------------------------------------------------
    # Preparing
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        self._check_duty("service")

    @api.model
    def _complete_create(self, vals_list):
        """Give each lot its number and author."""
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        return [
            {
                **vals,
                "name": sequence.with_company(
                    vals.get("company_id") or self.env.company.id
                ).next_by_code("reverse.liquidation"),
                "entered_by_id": self.env.uid,
            }
            for vals in vals_list
        ]

    def write(self, vals):
        if "facility_id" in vals and not self._in_workflow():
            moved = self.filtered(
                lambda lot: lot.line_ids and lot.facility_id.id != vals["facility_id"]
            )
            for lot in moved:
                raise UserError(
                    self.env._(
                        "%(lot)s has pieces of %(facility)s: take them out first.",
                        lot=lot.name,
                        facility=lot.facility_id.display_name,
                    )
                )
        return super().write(vals)

    def action_take_waiting(self):
        """Take everything into the lot that waits for liquidation in its facility.

        :raises AccessError: without the role customer service
        :raises UserError: when the lot is confirmed, or nothing waits
        """
        self._check_duty("service")
        for lot in self:
            lot._check_editable()
            waiting = lot._find_waiting()
            if not waiting:
                raise UserError(
                    self.env._(
                        "Nothing waits for liquidation in %(facility)s that is not in "
                        "a lot already. Goods get there by the disposition of their "
                        "inspection.",
                        facility=lot.facility_id.display_name,
                    )
                )
            self.env["reverse.liquidation.line"]._guarded_create(
                [
                    {"liquidation_id": lot.id, "inspection_id": part.id}
                    for part in waiting
                ]
            )
        self._note_author()
        return True

    def _find_waiting(self):
        """Find the inspected goods that wait in the facility and are in no lot."""
        self.ensure_one()
        # sudo: goods of every return are sold
        parts = self.env["reverse.inspection"].sudo()
        live = self.env["reverse.liquidation.line"]._get_live_domain()
        found = parts.search(
            Domain(
                [
                    ("company_id", "=", self.company_id.id),
                    ("facility_id", "=", self.facility_id.id),
                    ("state", "=", "done"),
                    ("disposed", "=", True),
                    ("goods_gone", "=", False),
                    ("disposition_id.location_state", "=", "liquidation"),
                ]
            )
            & ~Domain("liquidation_line_ids", "any", live),
            order="id",
        )
        return found.filtered(lambda part: part._is_for_liquidation())

    # ------------------------------------------------------------------
    # Selling
    # ------------------------------------------------------------------
    def action_confirm(self):
        """Sell the pieces: an order in which each has its share of the price.

        :raises AccessError: without the role customer service, or below the company's
            share of the cost, approver
        :raises UserError: for a lot that lacks something, whose pieces are not there
            any more, or that somebody else has to confirm
        """
        self.check_access("read")
        if not self._has_duty("approver"):
            self._check_duty("service")
        self._check_read()
        self._check_confirmable()
        self.line_ids._check_pieces()
        self.line_ids._refresh_cost()
        for lot in self:
            lot._sell()
        by_rma = self.line_ids.grouped("rma_id")
        self.env["reverse.event"]._log(
            self.line_ids.rma_id,
            "LiquidationConfirmed",
            lambda rma: {"pieces": by_rma[rma]._get_event_data()},
        )
        return True

    def _check_confirmable(self):
        for lot in self:
            if not lot._may("confirm"):
                raise UserError(
                    self.env._(
                        "%(lot)s is %(state)s and cannot be confirmed.",
                        lot=lot.name,
                        state=lot._state_label(),
                    )
                )
            if not lot.line_ids or not lot.partner_id:
                raise UserError(
                    self.env._(
                        "%(lot)s still lacks %(missing)s.",
                        lot=lot.name,
                        missing=self.env._("its buyer")
                        if lot.line_ids
                        else self.env._("pieces: press “Take What Waits”"),
                    )
                )
            own = lot.partner_id | lot.partner_id.commercial_partner_id
            if self.env.user.partner_id in own:
                raise UserError(
                    self.env._(
                        "You are the buyer of %(lot)s, so somebody else has to "
                        "confirm it.",
                        lot=lot.name,
                    )
                )

    def _sell(self):
        """Make the order and its delivery, as whoever may decide about this price."""
        self.ensure_one()
        # sudo: the duty is checked with the price of the order, which is right in it
        order = (
            self._workflow()
            .with_company(self.company_id)
            .env["sale.order"]
            .create(self._prepare_order())
        )
        # Odoo computes it from the price list, which says nothing here.
        order.currency_id = self.currency_id
        self._check_price(order)
        order.action_confirm()
        self.line_ids._reserve(order)
        self._transition(
            STEPS,
            "confirm",
            {
                "order_id": order.id,
                "confirmed_by_id": self.env.uid,
                "confirmed_at": fields.Datetime.now(),
            },
        )

    def _check_price(self, order):
        """Let who may decide about the price of this order confirm it; no grant
        combines entering it with that.
        """
        recovered = order.currency_id._convert(
            order.amount_untaxed,
            self.company_id.currency_id,
            self.company_id,
            order.date_order,
        )
        if not self._is_below_floor(recovered):
            self._check_duty("service")
            return
        if not self._has_duty("approver"):
            # Nobody stands in for an approver here: it could be for the author.
            raise AccessError(self._say_little())
        self._check_own_companies()
        steps = self._find_earlier_steps(self.env.user, AUTHORS)
        self.filtered(steps.get)._refuse_own_step(steps)

    def _say_little(self):
        if not self._has_rate():
            return self.env._(
                "%(lot)s is sold in %(currency)s, of which no rate is known: have one "
                "entered, or let somebody with the role Approver confirm the lot.",
                lot=self.name,
                currency=self.currency_id.name,
            )
        return self.env._(
            "%(lot)s recovers less than your company's share of its cost: somebody "
            "with the role Approver has to confirm it.",
            lot=self.name,
        )

    def _prepare_order(self):
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "warehouse_id": self.facility_id.warehouse_id.id,
            "pricelist_id": False,
            "user_id": self.user_id.id,
            "origin": self.name,
            "order_line": [
                Command.create(vals)
                for line in self.line_ids
                for vals in line._prepare_order_lines()
            ],
        }

    # ------------------------------------------------------------------
    # What became of it
    # ------------------------------------------------------------------
    def _on_delivered(self):
        """Note which pieces have left; the lot is done when nothing is left to send.

        What was not sent is free again, for another lot or another decision.
        """
        for lot in self.filtered(lambda lot: lot.state == "confirmed"):
            lot.line_ids._note_gone()
            moves = lot.order_id.order_line.move_ids
            if all(move.state in ("done", "cancel") for move in moves):
                if any(line._get_delivered() for line in lot.line_ids):
                    lot._transition(STEPS, "finish")

    def action_cancel(self):
        """Call the lot off, and its order with it: the pieces are free again.

        :raises UserError: when some of the goods have left
        """
        self._check_duty("service")
        for lot in self:
            if any(line._get_delivered() for line in lot.line_ids):
                raise UserError(
                    self.env._(
                        "Goods of %(lot)s have left, so it cannot be cancelled. What "
                        "the buyer sends back is a return of %(order)s.",
                        lot=lot.name,
                        # sudo: only the number of the order
                        order=lot.sudo().order_id.name,
                    )
                )
        sold = self.filtered("order_id").line_ids
        # sudo: the duty is checked, and the order was made by the lot
        orders = self._workflow().order_id.filtered(lambda o: o.state != "cancel")
        orders._action_cancel()
        self._transition(STEPS, "cancel")
        by_rma = sold.grouped("rma_id")
        self.env["reverse.event"]._log(
            sold.rma_id,
            "LiquidationCancelled",
            lambda rma: {"pieces": by_rma[rma]._get_event_data()},
        )
        return True

    def action_view_order(self):
        self.ensure_one()
        return self.order_id.get_formview_action()
