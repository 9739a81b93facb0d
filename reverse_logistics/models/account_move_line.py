from odoo import api, fields, models

from .account_move import find_amounts
from .reverse_guarded_mixin import unless_uninstalling

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
        """Takes back what was invoiced: on a credit note, or negative on an invoice."""
        self.ensure_one()
        return self.move_id.move_type == "out_refund" or (
            self.quantity < 0 and self.price_unit > 0
        )

    def _get_reverse_amounts(self):
        """Give ``(untaxed amount, amount in the terms of the price)``.

        Both less what a settlement withholds on a line of its own. Shares of order
        discounts are not subtracted: they were lines of their own on the invoice, too.
        """
        self.ensure_one()
        # sudo: the limit of a credit does not depend on who posts it
        settled = self.sudo().reverse_settlement_line_id
        gross = self._get_reverse_gross()
        priced = self.currency_id.round(gross)
        if not settled or not gross:
            return self.price_subtotal, priced
        withheld = settled.rounding + settled.deduction
        return self.price_subtotal * (1 - withheld / gross), priced - withheld

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
