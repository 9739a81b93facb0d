from odoo import api, fields, models

from ...engine import settlement
from ..base.reverse_guarded_mixin import unless_uninstalling
from .account_move import find_amounts

#: What a line of a credit note says, beside the amounts: as released, once posted.
_RELEASED = frozenset(
    {
        "account_id",
        "cogs_origin_id",
        "currency_id",
        "display_type",
        "group_tax_id",
        "move_id",
        "partner_id",
        "product_id",
        "product_uom_id",
        "sale_line_ids",
        "tax_ids",
        "tax_line_id",
        "tax_repartition_line_id",
        "tax_tag_ids",
    }
)
# What a settlement writes on the lines of its credit notes.
_LINKS = {"reverse_settlement_line_id", "reverse_origin_line_id"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    reverse_settlement_line_id = fields.Many2one(
        "reverse.settlement.line",
        "Settlement Line",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
    )
    reverse_rma_id = fields.Many2one(related="move_id.reverse_rma_id", string="Return")
    reverse_origin_line_id = fields.Many2one(
        "account.move.line",
        "Credited Invoice Line",
        index="btree_not_null",
        copy=False,
        readonly=True,
    )
    # Copied, so that the reversal of such a credit changes no quantities either.
    reverse_no_goods = fields.Boolean("Credited without Goods", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Afterwards: a link may come from the context.
        linked = any(lines[name] for name in _LINKS)
        self.env["account.move"]._check_reverse_link(linked)
        lines.move_id._check_reverse_edit()
        return lines

    def write(self, vals):
        linked = bool((_LINKS | {"reverse_no_goods"}) & set(vals))
        self.env["account.move"]._check_reverse_link(linked)
        self._check_reverse_edit(vals)
        return super().write(vals)

    def _check_reverse_edit(self, vals):
        """Refuse to change lines of what was released, and to move others there."""
        moves = self.env["account.move"]
        names = _RELEASED.intersection(vals) | find_amounts(self, vals)
        if not names:
            return
        moves.browse(vals.get("move_id"))._check_reverse_edit()
        closed = self.move_id._get_reverse_closed()
        self.filtered(
            lambda line: (
                line.move_id in closed
                and any(moves._field_will_change(line, vals, name) for name in names)
            )
        ).move_id._check_reverse_edit()

    @unless_uninstalling
    def _unlink_except_released(self):
        self.move_id._check_reverse_edit()

    def _get_reverse_gross(self):
        """Amount after line discount, in the terms of the price."""
        self.ensure_one()
        return self.quantity * self.price_unit * (1 - self.discount / 100.0)

    def _get_reverse_uncredited(self):
        """Give what no settlement has credited of these invoice lines, before tax."""
        # sudo: every credit counts, whoever made it
        credits = self.sudo().search(
            [
                ("reverse_origin_line_id", "in", self.ids),
                ("parent_state", "=", "posted"),
            ]
        )
        left = {line: line.price_subtotal for line in self}
        for credit in credits:
            if credit.move_id.reverse_settlement_id.state != "reversed":
                left[credit.reverse_origin_line_id] -= credit.price_subtotal
        return left

    def _is_reverse_credit(self):
        """Takes back what was invoiced: on a credit note, or negative on an invoice.

        What was ordered below zero, such as a trade-in, was never invoiced above it; of
        what was taken off the order, nothing is ordered any more.
        """
        self.ensure_one()
        ordered = self.sale_line_ids[:1].product_uom_qty if self.sale_line_ids else 1.0
        return self.move_id.move_type == "out_refund" or (
            self.quantity < 0 < self.price_unit and ordered >= 0
        )

    # ------------------------------------------------------------------
    # What was posted
    # ------------------------------------------------------------------
    def _is_reverse_reduction(self):
        """Whether this line belongs to the others: a discount, or cash rounding."""
        self.ensure_one()
        if self.display_type == "rounding":
            return True
        move = self.move_id
        takes_back = (
            move.move_type == "out_invoice"
            and self.sale_line_ids
            and self._is_reverse_credit()
        )
        below_zero = move.direction_sign * self.amount_currency < 0
        return below_zero and not self.is_downpayment and not takes_back

    def _get_reverse_share_label(self):
        """What a share of this discount or cash rounding is called on a credit note."""
        self.ensure_one()
        if self.display_type == "rounding":
            return self.name
        return self.env._("Share of the order's discount")

    def _to_reverse_posted(self, goods):
        """Give this line to the engine.

        :param goods: the lines of the document that are not reductions
        :rtype: engine.settlement.Posted
        """
        self.ensure_one()
        move, taxes = self.move_id, self.env["account.tax"]
        exact, included = {}, set()
        if self.tax_ids:
            base = move._prepare_product_base_line_for_taxes_computation(self)
            taxes._add_tax_details_in_base_line(
                base, move.company_id, rounding_method="round_globally"
            )
            for data in base["tax_details"]["taxes_data"]:
                if not data["is_reverse_charge"]:
                    exact[str(data["tax"].id)] = data["raw_tax_amount_currency"]
                if data["price_include"]:
                    included.add(str(data["tax"].id))
        lowers = None
        if self not in goods:
            lowers = tuple(self._get_reverse_lowered(goods).ids)
        return settlement.Posted(
            key=self.id if lowers is None else str(self.id),
            net=move.direction_sign * self.amount_currency,
            price=self.currency_id.round(self._get_reverse_gross()),
            taxes=exact,
            included=frozenset(included),
            lowers=lowers,
        )

    def _get_reverse_lowered(self, goods):
        """Find the lines that a discount or cash rounding belongs to."""
        self.ensure_one()
        goods = goods.filtered(lambda line: not line.is_downpayment)
        order_lines = self.sale_line_ids
        if self.display_type == "rounding":
            return goods
        if order_lines:
            lines = goods.filtered(
                lambda line: line.sale_line_ids.order_id & order_lines.order_id
            )
            discounted = order_lines[:1]._get_reverse_discounted()
            goods = (
                lines.filtered(lambda line: line.sale_line_ids & discounted)
                or lines
                or goods
            )
        # Odoo makes one discount per combination of taxes, without fixed ones.
        own = self.tax_ids._get_reverse_discountable()
        return (
            goods.filtered(lambda line: line.tax_ids._get_reverse_discountable() == own)
            or goods
        )

    def _get_reverse_amounts(self, *more):
        """Give ``(untaxed amount, amount in the terms of the price)`` as posted.

        Both less what a settlement withholds on a line of its own. Shares of order
        discounts are not subtracted, unless asked for: they were lines of their own on
        the invoice, too.

        :param str more: further kinds of what a settlement says beside the goods
        """
        self.ensure_one()
        net = self.move_id.direction_sign * self.amount_currency
        priced = self.currency_id.round(self._get_reverse_gross())
        # sudo: the limit of a credit does not depend on who posts it
        settled = self.sudo().reverse_settlement_line_id
        if settled:
            if settled.credit_amounts:
                priced = settled.credit_amounts[settlement.GOODS][settlement.PRICE]
            beside = settled._get_beside_amounts("earlier", "deduction", *more)
            net += beside.get(settlement.NET, 0.0)
            priced += beside.get(settlement.PRICE, 0.0)
        return net, priced

    def _get_reverse_limited(self):
        """Give what counts for the limit of the order: before tax, less discounts."""
        return {line: line._get_reverse_amounts("discount")[0] for line in self}

    def _is_reverse_void(self):
        """Whether a settlement was taken back: neither its credit counts, nor what took
        it back.
        """
        self.ensure_one()
        # sudo: as above
        line = self.sudo()
        settled = line.reverse_settlement_line_id
        return (
            settled.settlement_id.state == "reversed"
            or settled.credit_gone
            or bool(line.move_id.reversed_entry_id.reverse_settlement_id)
        )

    def _eligible_for_stock_account(self):
        # Odoo reverses the cost of goods of any credit note, also where none came back.
        return super()._eligible_for_stock_account() and not self.reverse_no_goods

    def _get_cogs_value(self):
        """Reverse the cost of the very invoice line, not of the first one of the
        product.
        """
        origin = self.reverse_origin_line_id
        if origin:
            cost = origin.move_id.line_ids.filtered(
                lambda line: line.cogs_origin_id == origin and line.price_unit >= 0
            )
            if cost:
                return cost[0].price_unit
        return super()._get_cogs_value()

    def _get_reverse_quantity(self, order_line):
        """Quantity in the order line's unit; none for credits of value only."""
        self.ensure_one()
        # sudo: who posts it need not read returns
        if self.sudo().reverse_settlement_line_id.kind == "value":
            return 0.0
        return self.product_uom_id._compute_quantity(
            self.quantity, order_line.product_uom_id, rounding_method="HALF-UP"
        )

    def _group_reverse_credits(self):
        """Group credit note lines by ``(order line, currency)``."""
        # sudo: as in account.move._check_reverse_over_credit
        return self.grouped(
            lambda line: (line.sudo().sale_line_ids[:1], line.currency_id)
        )

    def _sum_reverse_credits(self):
        """Sum what these lines give back, as ``_get_reverse_amounts``."""
        untaxed = priced = 0.0
        for line in self:
            sign = 1 if line.move_id.move_type == "out_refund" else -1
            amounts = line._get_reverse_amounts()
            untaxed += sign * amounts[0]
            priced += sign * amounts[1]
        return untaxed, priced
