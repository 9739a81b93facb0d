from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import settlement
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..settlement.reverse_limited_mixin import SALES

# What a settlement writes on the lines of its credit notes.
_LINKS = {"reverse_settlement_line_id", "reverse_origin_line_id"}


class AccountMoveLine(models.Model):
    """From a journal item to the returns behind it."""

    _name = "account.move.line"
    _inherit = [
        "account.move.line",
        "reverse.computed.mixin",
        "reverse.released.mixin",
    ]
    _reverse_computed = frozenset(
        {
            "amount_residual",
            "amount_residual_currency",
            "company_id",
            "journal_id",
            "parent_state",
            "price_subtotal",
            "price_total",
            "reconciled",
        }
    )

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

    def action_view_reverse_rmas(self):
        """Open the returns of these entries, and of what they are reconciled with."""
        self.check_access("read")
        # sudo: which entries belong together; returns are read as the user
        items = self.sudo()
        pairs = items.matched_debit_ids | items.matched_credit_ids
        paired = pairs.debit_move_id | pairs.credit_move_id
        return (items | paired).move_id.with_env(self.env).action_view_reverse_rmas()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Afterwards: a link may come from the context.
        linked = any(lines[name] for name in _LINKS)
        self.env["account.move"]._check_reverse_link(linked)
        lines.move_id._check_reverse_edit()
        posted = lines.filtered(lambda line: line.parent_state == "posted")
        for line in posted:
            line._check_reverse_relinked(line.sale_line_ids, new=True)
        posted.move_id._filter_reverse_billing()._check_reverse_gone()
        return lines

    def write(self, vals):
        linked = bool((_LINKS | {"reverse_no_goods"}) & set(vals))
        self.env["account.move"]._check_reverse_link(linked)
        self._check_reverse_edit(vals)
        posted = self.filtered(lambda line: line.parent_state == "posted")
        bills = posted._find_reverse_changed(vals).move_id._filter_reverse_billing()
        if "sale_line_ids" not in vals:
            res = super().write(vals)
            bills._check_reverse_gone()
            return res
        before = {line: line.sale_line_ids for line in self}
        res = super().write(vals)
        bills._check_reverse_gone()
        for line, order_lines in before.items():
            line._check_reverse_relinked(order_lines - line.sale_line_ids)
            line._check_reverse_relinked(line.sale_line_ids - order_lines, new=True)
        return res

    def _check_reverse_edit(self, vals):
        """Refuse to change lines of what was released, or to move others there."""
        moves = self.env["account.move"]
        names = self._get_reverse_frozen("note")
        if names.isdisjoint(vals):
            return
        moves.browse(vals.get("move_id"))._check_reverse_edit()
        basis = not self._get_reverse_frozen("invoice").isdisjoint(vals)
        guarded = self.move_id._find_reverse_guarded(basis)
        for move, lines in self.grouped("move_id").items():
            kind = guarded.get(move)
            if kind and not move._is_reverse_cancelling():
                frozen = self._get_reverse_frozen(kind)
                if any(line._is_reverse_changed(vals, frozen) for line in lines):
                    move._refuse_reverse_edit(kind)

    def _check_reverse_relinked(self, order_lines, new=False):
        """Keep together what was posted and the order lines that it bills.

        What is posted is linked to no further order line, because returns are credited
        at what was billed; nor is it taken off one that returns are about. What is not
        posted may be taken off an order, and is remembered to have named it.

        :param order_lines: to which these lines are linked no longer, or as of now
        """
        # sudo: what counts for the limit of a credit, whoever keeps the books
        lines, order_lines = self.sudo(), order_lines.sudo()
        if not order_lines:
            return
        posted = lines.filtered(lambda line: line.parent_state == "posted")
        posted.move_id.filtered("reverse_settlement_id")._check_reverse_edit()
        if posted and order_lines._get_reverse_claimed():
            raise UserError(
                self.env._(
                    "Returns are about %(orders)s, and limited by what was billed and "
                    "credited of them: what is posted stays linked to their lines. "
                    "Reset the document to draft first.",
                    orders=", ".join(order_lines.order_id.mapped("name")),
                )
            )
        if new:
            self._check_reverse_billing(order_lines)
        for move in lines.move_id if not new else ():
            # what its invoices are about is known without
            known = move._get_reverse_roots().invoice_line_ids.sale_line_ids.order_id
            if not move.reverse_settlement_id:
                bills = (order_lines.order_id - known)._get_reverse_bills()
                move._remember_reverse(bills)

    def _check_reverse_billing(self, order_lines):
        """Refuse that a person says which order lines invoices have billed.

        :raises UserError: for what is posted, and for who does not write invoices
        """
        # Clients never run as superuser; invoices are made of orders as superuser.
        if self.env.su or not self:
            return
        lines = self.sudo()  # sudo: what was billed, whoever links it
        posted = lines.filtered(
            lambda line: (
                line.parent_state == "posted" and line.move_id.move_type in SALES
            )
        )
        if posted or not self.has_access("write"):
            raise UserError(
                self.env._(
                    "What %(invoices)s bills cannot be linked to %(orders)s by hand, "
                    "because returns are credited at what was billed. Create the "
                    "invoice from the order; an accountant corrects one in draft.",
                    invoices=", ".join(
                        (posted or lines).move_id.mapped("display_name")
                    ),
                    orders=", ".join(order_lines.order_id.mapped("name")),
                )
            )

    @unless_uninstalling
    def _unlink_except_released(self):
        self.move_id._check_reverse_edit()
        products = self.filtered(lambda line: line.display_type == "product")
        products.move_id._check_reverse_bills_kept()
        drafts = self.filtered(
            lambda line: (
                line.parent_state != "posted" and line.move_id.move_type in SALES
            )
        )
        for lines in drafts.grouped("move_id").values():
            lines._check_reverse_relinked(lines.sale_line_ids)

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

    def _get_reverse_order_lines(self):
        """Give the order lines that these lines bill or credit.

        Down payments are billed for the whole order.
        """
        return self.sale_line_ids.filtered(lambda line: not line.is_downpayment)

    def _get_reverse_order_line(self):
        self.ensure_one()
        return self._get_reverse_order_lines()[:1]

    def _get_reverse_order(self):
        self.ensure_one()
        return (self._get_reverse_order_lines() or self.sale_line_ids).order_id[:1]

    def _is_reverse_credit(self):
        """Takes back what was invoiced: on a credit note, or below zero on an invoice.

        What was ordered below zero, such as a trade-in or a discount, was never
        invoiced above it.
        """
        self.ensure_one()
        if self.move_id.move_type == "out_refund":
            return True
        return self._get_reverse_gross() < 0 and not any(
            line._is_reverse_ordered_below()
            for line in self.sudo()._get_reverse_order_lines()  # sudo: as ordered
        )

    # ------------------------------------------------------------------
    # What was posted
    # ------------------------------------------------------------------
    def _is_reverse_reduction(self):
        """Whether this line belongs to the others: a discount, or cash rounding."""
        self.ensure_one()
        if self.display_type == "rounding":
            return True
        # Read first: of all lines of a document together, for whoever asks later.
        move, order_lines = self.move_id, self.sale_line_ids
        if move.direction_sign * self.amount_currency >= 0:
            return False
        if move.move_type == "out_invoice" and order_lines:
            # Only what was billed can be taken back, or deducted as a down payment:
            # price and kind of the order line are what somebody has entered.
            return not any(line._is_reverse_billed() for line in order_lines)
        return not self.is_downpayment

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
        """Tell whether a settlement was taken back, so that neither document counts."""
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
        """Cost of goods is what these very goods cost, also when they come back.

        Odoo takes the mean of all transfers of the order line, those that brought goods
        back as if they had left as well; after the invoice it takes the mean of the
        invoice, whichever of the goods came back.
        """
        # sudo: who posts it need not read returns
        sale = self.sudo().reverse_settlement_line_id.historic_sale_id
        if sale and self.move_id.move_type == "out_refund":
            # Goods of a sale of the past come back at what they were worth then.
            return sale._get_unit_cost()
        cost = self._get_reverse_received_cost()
        if cost is None:
            cost = self._get_reverse_net_cost()
        if cost is None:
            cost = self._get_reverse_invoiced_cost()
        return super()._get_cogs_value() if cost is None else cost

    def _get_reverse_invoiced_cost(self):
        """Unit cost on the very invoice line, not on the first one of the product.

        :return: None where no invoice line is named, or it carries no cost
        """
        origin = self.reverse_origin_line_id
        if not origin:
            return None
        cost = origin.move_id.line_ids.filtered(
            lambda line: line.cogs_origin_id == origin and line.price_unit >= 0
        )
        return cost[0].price_unit if cost else None

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
            lambda line: (line.sudo()._get_reverse_order_line(), line.currency_id)
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

    # ------------------------------------------------------------------
    # Cost of goods by first in, first out, or by lot, where some came back.
    #
    # Before the invoice, Odoo takes the mean of all transfers of the order line,
    # those that brought goods back as if they had left as well; after it, the mean of
    # the invoice, whichever of the goods came back.
    # ------------------------------------------------------------------

    def _get_reverse_received_cost(self):
        """Unit cost of goods that were credited: what they were taken in at.

        :return: None where the cost does not depend on which goods came back
        """
        self.ensure_one()
        # sudo: the cost does not depend on who posts the credit note
        part = self.sudo().reverse_settlement_line_id.inspection_id
        receipt = part.receipt_move_id
        product = self.product_id
        differs = product.cost_method == "fifo" or (
            product.lot_valuated and product.cost_method == "average"
        )
        quantity = receipt._get_valued_qty() if receipt.is_in and differs else 0.0
        return receipt.value / quantity if quantity else None

    def _get_reverse_net_cost(self):
        """Unit cost of what is with the customer, less what was booked of it before.

        :return: None where Odoo's own answer is right: nothing came back, or the cost
            does not depend on which goods left
        """
        self.ensure_one()
        product, invoice = self.product_id, self.move_id
        if (
            product.cost_method != "fifo"
            or invoice.move_type != "out_invoice"
            or invoice.reversed_entry_id
        ):
            return None
        # sudo: the cost does not depend on who posts the invoice
        moves = self.sudo()._get_stock_moves().filtered(lambda m: m.state == "done")
        back = moves.filtered(lambda m: m.is_in and m.location_id._is_outgoing())
        left = moves - back
        quantity = sum(move._get_valued_qty() for move in left)
        quantity -= sum(move._get_valued_qty() for move in back)
        value = sum(left.mapped("value")) - sum(back.mapped("value"))
        invoiced = self.product_uom_id._compute_quantity(self.quantity, product.uom_id)
        if (
            not back
            or moves.product_id != product
            or product.uom_id.compare(quantity, 0) <= 0
            or product.uom_id.is_zero(invoiced)
        ):
            return None
        before, booked = self._get_reverse_booked_cost()
        return (value / quantity * (before + invoiced) - booked) / invoiced

    def _get_reverse_booked_cost(self):
        """Quantity and cost that documents of the order line booked, less credits."""
        self.ensure_one()
        accounts = self.product_id.product_tmpl_id.get_product_accounts(
            fiscal_pos=self.move_id.fiscal_position_id
        )
        # sudo: as in _get_reverse_net_cost
        documents = self.sudo().sale_line_ids.invoice_lines.move_id
        own = documents.line_ids.filtered(
            lambda line: (
                line.display_type == "cogs"
                and line.account_id == accounts["stock_valuation"]
                and line.cogs_origin_id.sale_line_ids & self.sale_line_ids
            )
        )
        quantity = 0.0
        for line in own:
            sign = -1 if line.move_id.move_type == "out_refund" else 1
            quantity += sign * line.product_uom_id._compute_quantity(
                line.quantity, line.product_id.uom_id
            )
        return quantity, -sum(own.mapped("balance"))

    def _get_reverse_price_net(self):
        """Amount in the terms of the price, less what its settlement withholds."""
        self.ensure_one()
        gross = self._get_reverse_gross()
        # sudo: the limit of a credit does not depend on who posts it
        settled = self.sudo().reverse_settlement_line_id
        whole = settled._get_gross()
        if not whole:
            return gross
        withheld = settled.discount_share + settled.rounding + settled.deduction
        return gross * (1 - withheld / whole)

    def _get_deposit_units(self):
        """Quantity of a deposit, in the deposit's own unit."""
        self.ensure_one()
        return abs(
            self.product_uom_id._compute_quantity(
                self.quantity, self.product_id.uom_id, rounding_method="HALF-UP"
            )
        )
