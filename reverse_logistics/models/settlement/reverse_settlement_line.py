from typing import Any, NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import settlement
from ...engine.settlement import GOODS, NET, PRICE
from .reverse_settlement import Expected

# What earlier credits gave, beside the parts of an invoice line.
WITHHELD = "withheld"


class Beside(NamedTuple):
    """What a credit note says beside the goods themselves.

    :param str label: its words
    :param dict amounts: by component, as the engine has them; below zero if withheld
    :param taxes: of its line
    :param account: where it is booked
    :param str kind: ``discount``, ``coins``, ``earlier``, ``deduction`` or ``payment``
    """

    label: str
    amounts: dict
    taxes: Any
    account: Any
    kind: str


class ReverseSettlementLine(models.Model):
    """Goods of a settlement at their price, or an amount without goods.

    ``goods`` came back, ``kept`` stay with the customer, a ``replacement`` is sent
    again, a ``value`` is an amount that a person entered or policy gives. The workflow
    writes all but what a person may say by hand: deduction, fee, and the price of a
    value.

    Price, discount and taxes come from the invoice line (``origin_line_id``); where
    Odoo has none, from the historic sale. Fees and what they lower the credit by are in
    fees/, refunds of deposits in deposit/.
    """

    _name = "reverse.settlement.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Settlement Line"
    _order = "settlement_id desc, id"
    _check_company_auto = True
    _deduction_not_negative = models.Constraint(
        "CHECK (deduction >= 0)", "A deduction cannot be negative."
    )

    settlement_id = fields.Many2one(
        "reverse.settlement", required=True, index=True, ondelete="cascade"
    )
    rma_id = fields.Many2one(related="settlement_id.rma_id", store=True, index=True)
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    state = fields.Selection(related="settlement_id.state")
    rma_line_id = fields.Many2one(
        "reverse.rma.line",
        "Return Line",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    inspection_id = fields.Many2one(
        "reverse.inspection",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        guarded=True,
    )
    kind = fields.Selection(
        [
            ("goods", "Goods came back"),
            ("kept", "Goods stay with customer"),
            ("value", "Amount without goods"),
            ("replacement", "Replaced"),
        ],
        default="value",
        required=True,
        help="Only goods that came back lower what was sold.",
    )
    product_id = fields.Many2one(related="rma_line_id.product_id", store=True)
    quantity = fields.Float(digits="Product Unit")
    uom_id = fields.Many2one(related="rma_line_id.uom_id")
    origin_line_id = fields.Many2one(
        "account.move.line",
        "Invoice Line",
        index="btree_not_null",
        ondelete="restrict",
        help="Where price, discount, taxes and currency come from. "
        "Empty: never invoiced.",
    )
    invoice_id = fields.Many2one(related="origin_line_id.move_id", string="Invoice")
    credit_quantity = fields.Float(
        "Credited Quantity",
        digits="Product Unit",
        help="In the invoice line's unit.",
        guarded=True,
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True
    )
    price_unit = fields.Float("Price", min_display_digits="Product Price")
    discount = fields.Float("Discount (%)", digits="Discount")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        # archived ones were billed all the same
        context={"active_test": False},
    )
    credit_amounts = fields.Json(
        readonly=True,
        copy=False,
        help="What is due for the quantity, as the invoice was posted: of the goods, "
        "of each discount and of cash rounding, and what earlier credits gave of it; "
        "in the terms of the price, without tax, and each tax.",
        guarded=True,
    )
    discount_share = fields.Monetary(
        "Share of Order Discount",
        help="What the customer did not pay because of discounts on the whole order.",
        guarded=True,
    )
    rounding = fields.Monetary(
        "Rounding and Earlier Credits",
        help="What earlier credit notes already gave for these goods, and differences "
        "of rounding.",
        guarded=True,
    )
    deduction = fields.Monetary(
        help="What is withheld, e.g. for damage by the customer."
    )
    deduction_reason = fields.Char()
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        help="What the customer gets in all, in the invoice's terms of price.",
    )
    without_document = fields.Boolean(
        readonly=True,
        copy=False,
        help="Settled, and no credit note says so: nothing was due.",
        guarded=True,
    )
    amount_net = fields.Monetary(
        "Before Tax", compute="_compute_credit_amounts", store=True
    )
    amount_tax = fields.Monetary("Tax", compute="_compute_credit_amounts", store=True)
    amount_total = fields.Monetary(
        "Total", compute="_compute_credit_amounts", store=True
    )
    historic_sale_id = fields.Many2one(
        related="rma_line_id.historic_sale_id", store=True, index="btree_not_null"
    )
    replacement_move_ids = fields.One2many(
        "stock.move", "reverse_settlement_line_id", "Replacements"
    )
    condition_id = fields.Many2one(related="inspection_id.condition_id")

    def _summarize(self):
        """Say in a few words what the customer gets."""
        self.ensure_one()
        values = {
            "product": self.rma_line_id.product_id.display_name,
            "quantity": f"{self.quantity:.12g}",
            "amount": (self.currency_id or self.settlement_id.currency_id).format(
                self.amount
            ),
        }
        if self.kind == "value":
            return self.env._("%(product)s: %(amount)s without goods", **values)
        if self.kind == "replacement":
            return self.env._("%(quantity)s × %(product)s, sent once more", **values)
        return self.env._("%(quantity)s × %(product)s: %(amount)s", **values)

    credit_gone = fields.Boolean(
        readonly=True,
        copy=False,
        help="The credit note of this invoice was cancelled or reversed in the books, "
        "while others of the settlement hold.",
        guarded=True,
    )

    @api.depends("settlement_id.display_name", "product_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for line in self:
            line.display_name = (
                f"{line.settlement_id.display_name}: {line.product_id.display_name}"
            )

    @api.depends(
        "origin_line_id",
        "company_id",
        "historic_sale_id",
        "rma_line_id",
        "kind",
    )
    def _compute_currency_id(self):
        for line in self:
            if line._is_credited() or line.kind == "value":
                line.currency_id = (
                    line.origin_line_id.currency_id
                    # sudo: currency only
                    or line.sudo().historic_sale_id.currency_id
                    or line.company_id.currency_id
                )
            else:
                # nothing but a fee is to be expressed: in the order's currency
                line.currency_id = line.rma_line_id.fee_currency_id

    @api.depends(
        "credit_quantity",
        "price_unit",
        "discount",
        "discount_share",
        "rounding",
        "deduction",
        "fee",
        "fee_billed",
    )
    def _compute_amount(self):
        for line in self:
            gross = line._get_gross()
            amount = gross - line.discount_share - line.rounding - line.deduction
            if line.fee:
                amount -= line._get_fee_price(line._get_fee_withheld())
            line.amount = amount

    def _get_gross(self):
        self.ensure_one()
        gross = self.credit_quantity * self.price_unit * (1 - self.discount / 100.0)
        return (self.currency_id or self.company_id.currency_id).round(gross)

    @api.depends(
        "amount",
        "tax_ids",
        "credit_amounts",
        "deduction",
        "fee",
        "fee_billed",
        "fee_rule_id",
    )
    def _compute_credit_amounts(self):
        """What the credit note says: before tax, tax and total."""
        for line in self:
            parts = line._get_credit_parts() if line._is_credited() else []
            amounts = settlement.add(*parts)
            net = amounts.get(settlement.NET, 0.0)
            total = settlement.total(amounts)
            line.amount_net, line.amount_total = net, total
            line.amount_tax = total - net

    def _is_credited(self):
        """Whether it is known at what price, so that a credit note says it."""
        self.ensure_one()
        return bool(self.origin_line_id) or self._is_unlinked()

    def _is_unlinked(self):
        """Tell whether the line is credited without an invoice that Odoo knows.

        That is so for goods of a sale before Odoo, and for goodwill for goods whose
        sale nobody knows.
        """
        self.ensure_one()
        return not self.origin_line_id and bool(self.credit_quantity)

    def _get_order_quantity(self):
        """Settled quantity in the order line's unit, as fine as it is.

        reverse_logistics_mrp counts components as parts of their kit.
        """
        self.ensure_one()
        if self.deposit_id:
            return self._get_deposit_order_quantity()
        return self.uom_id._compute_quantity(
            self.quantity, self.rma_line_id.sale_line_id.product_uom_id, round=False
        )

    @api.constrains("origin_line_id", "settlement_id")
    def _check_one_currency(self):
        for document in self.settlement_id:
            lines = document.line_ids.filtered(lambda line: line._is_credited())
            if len(lines.currency_id) > 1:
                raise UserError(
                    self.env._(
                        "%(rma)s was invoiced in several currencies: make one "
                        "settlement for each.",
                        rma=document.rma_id.display_name,
                    )
                )

    @api.constrains("deduction", "fee", "amount")
    def _check_deduction(self):
        for line in self:
            if line.kind == "value" and line.price_unit < 0:
                raise UserError(
                    self.env._(
                        "%(product)s: enter an amount above zero; what the customer "
                        "owes is invoiced, not credited.",
                        product=line.product_id.display_name,
                    )
                )
            if line._is_overdrawn():
                raise UserError(
                    self.env._(
                        "%(line)s: the deduction is larger than the credit. Enter "
                        "less.",
                        line=line.display_name,
                    )
                )

    def _is_overdrawn(self):
        """Whether more is withheld than is credited."""
        self.ensure_one()
        return (
            self.currency_id.compare_amounts(self.amount, 0) < 0
            or self._is_fee_too_high()
        )

    # ------------------------------------------------------------------
    # Lines entered by hand: value only
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        settlements = self.env["reverse.settlement"].browse(
            {vals.get("settlement_id") for vals in vals_list}
        )
        settlements._check_editable()
        for vals in vals_list:
            if vals.get("kind", "value") != "value":
                raise UserError(
                    self.env._(
                        "Returned quantities are settled from their inspection only."
                    )
                )
            line = self.env["reverse.rma.line"].browse(vals.get("rma_line_id"))
            settlement = settlements.browse(vals.get("settlement_id"))
            if line.rma_id != settlement.rma_id:
                raise UserError(
                    self.env._(
                        "%(line)s is not a line of %(rma)s. Choose one of its own "
                        "lines.",
                        line=line.display_name,
                        rma=settlement.rma_id.display_name,
                    )
                )

    @api.model
    def _complete_create(self, vals_list):
        return [
            # The workflow names what else it gives back, e.g. the outbound delivery.
            vals
            if vals.get("kind", "value") != "value"
            or (self._in_workflow() and "tax_ids" in vals)
            else self._complete_value(vals)
            for vals in vals_list
        ]

    @api.model
    def _complete_value(self, vals):
        """Make a value credit one unit at the agreed amount.

        Its taxes are those of the invoice: of the goods by itself, or else of what was
        billed with them.
        """
        line = self.env["reverse.rma.line"].browse(vals.get("rma_line_id"))
        if line._is_credited_unlinked():
            origin = self.env["account.move.line"]
            # sudo: taxes of the sale, or of the product sold to this customer
            own = line.sudo()
            taxes = own.historic_sale_id.tax_ids or own._get_sale_taxes()
        else:
            origin = self._get_value_origin(line, vals.get("origin_line_id"))
            taxes = origin.tax_ids
        return {
            **vals,
            "kind": "value",
            "origin_line_id": origin.id,
            "credit_quantity": 1.0,
            "quantity": 0.0,
            "discount": 0.0,
            # an amount is no piece: it bears no tax that is charged by the piece
            "tax_ids": [Command.set(taxes._without_fixed().ids)],
        }

    @api.model
    def _get_value_origin(self, line, origin_id):
        """Give the invoice line that an amount for a return line is credited from.

        :param origin_id: the one that somebody has chosen, if any
        :raises UserError: when no posted invoice is for it
        """
        # sudo: the taxes of the customer's own invoice
        origin = self.env["account.move.line"].sudo().browse(origin_id)
        origin = origin or line._find_value_origin()
        if not origin or origin not in line._get_value_origins():
            raise UserError(
                self.env._(
                    "%(line)s has no posted invoice to credit.", line=line.display_name
                )
            )
        return origin

    def write(self, vals):
        """By hand, only what is withheld can be changed, and the price of a value."""
        by_hand = not self._in_workflow()
        if by_hand:
            allowed = {"deduction", "deduction_reason", "fee"}
            if not set(vals) <= allowed | (
                {"price_unit"} if set(self.mapped("kind")) == {"value"} else set()
            ):
                raise UserError(
                    self.env._(
                        "Price and quantity come from the invoice; enter a deduction "
                        "instead."
                    )
                )
        res = super().write(vals)
        if by_hand and "fee" in vals:
            self._guarded_write({"fee_code": "by_hand"})
        return res

    def _note_by_hand(self):
        self.settlement_id._note_author()

    # ------------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------------
    @api.model
    def _create_for(self, targets):
        """Create the lines of proposals: replacements, refunds, then fees of both.

        reverse_logistics_delivery gives the outbound delivery back in addition.

        :param targets: ``{inspection: settlement}``
        :return: the settlements of which some quantity could not be priced
        """
        by_type = {}
        for part, target in targets.items():
            by_type.setdefault(target.type, {})[part] = target
        failed = self.env["reverse.settlement"]
        for kind, propose in self._get_proposals().items():
            failed |= propose(by_type.get(kind, {})) or failed.browse()
        parts = self.env["reverse.inspection"].concat(*targets)
        parts.settlement_line_ids.filtered(
            lambda line: line.settlement_id in targets.values()
        )._charge_fees()
        return failed

    @api.model
    def _get_proposals(self):
        """Give what is proposed, by type of settlement.

        An addon that adds a type extends this, see ``_get_settled_types()`` of the
        settlements.

        :return: ``{type: function of targets as in _create_for, which gives the
            settlements of which some quantity could not be priced}``
        """
        return {"replacement": self._create_replaced, "refund": self._create_refunded}

    @api.model
    def _create_replaced(self, targets):
        """Name what is replaced, which has no price of its own."""
        self._guarded_create(
            [
                {
                    "settlement_id": target.id,
                    "rma_line_id": part.line_id.id,
                    "inspection_id": part.id,
                    "kind": target.type,
                    "quantity": part.quantity,
                }
                for part, target in targets.items()
            ]
        )

    @api.model
    def _create_refunded(self, targets):
        """Price goods; what no invoice covers becomes an exception.

        :return: the settlements of which some quantity could not be priced
        """
        failed = self.env["reverse.settlement"]
        if not targets:
            return failed
        rma_lines = self.env["reverse.rma.line"].concat(
            *(part.line_id for part in targets)
        )
        ledger = rma_lines._get_credit_ledger()
        vals_list = []
        for part, target in targets.items():
            source = part.line_id._get_source()
            lines, unpriced = source.prepare_credits(part, ledger)
            vals_list += [{**vals, "settlement_id": target.id} for vals in lines]
            if unpriced:
                failed |= target
                self.env["reverse.exception"]._raise_for(part.line_id, "not_invoiced")
        self._guarded_create(vals_list)
        return failed

    @api.model
    def _prepare_for_order(self, part, ledger):
        line = part.line_id
        order_uom = line.sale_line_id.product_uom_id
        stays = part._stays_with_customer()
        kind = "kept" if stays else "goods"
        base = {"rma_line_id": line.id, "inspection_id": part.id, "kind": kind}
        quantity = line.uom_id._compute_quantity(part.quantity, order_uom, round=False)
        take = ledger.credit_kept if stays else ledger.credit_goods
        credits, unpriced = take(line.sale_line_id.id, quantity)
        vals_list = []
        for credit in credits:
            # sudo: price and taxes of the customer's own invoice
            origin = self.env["account.move.line"].sudo().browse(credit.key)
            vals_list.append({**base, **self._prepare_credit(line, origin, credit)})
        uninvoiced = line.uom_id.round(
            part.quantity - sum(vals["quantity"] for vals in vals_list)
        )
        if not unpriced and not line.uom_id.is_zero(uninvoiced):
            vals_list.append({**base, "quantity": uninvoiced})
        return vals_list, unpriced

    @api.model
    def _prepare_credit(self, line, origin, credit):
        """Values of one credit; what its rounded quantity misses goes to rounding."""
        order_uom = line.sale_line_id.product_uom_id
        quantity, credit_quantity = (
            order_uom._compute_quantity(credit.quantity, uom, rounding_method="HALF-UP")
            for uom in (line.uom_id, origin.product_uom_id)
        )
        gross = credit_quantity * origin.price_unit * (1 - origin.discount / 100.0)
        return {
            "quantity": quantity,
            "origin_line_id": origin.id,
            "credit_quantity": credit_quantity,
            "price_unit": origin.price_unit,
            "discount": origin.discount,
            "tax_ids": [Command.set(origin.tax_ids.ids)],
            **self._prepare_amounts(credit, gross, origin.currency_id),
        }

    @api.model
    def _prepare_for_historic(self, part, ledger, sale):
        line = part.line_id
        stays = part._stays_with_customer()
        kind = "kept" if stays else "goods"
        take = ledger.credit_kept if stays else ledger.credit_goods
        quantity = line.uom_id._compute_quantity(
            part.quantity, sale.uom_id, round=False
        )
        credits, unpriced = take(sale._get_credit_key(), quantity)
        return [
            {
                "rma_line_id": line.id,
                "inspection_id": part.id,
                "kind": kind,
                **self._prepare_historic_credit(line, sale, credit),
            }
            for credit in credits
        ], unpriced

    @api.model
    def _prepare_historic_credit(self, line, sale, credit):
        quantity, credit_quantity = (
            sale.uom_id._compute_quantity(
                credit.quantity, uom, rounding_method="HALF-UP"
            )
            for uom in (line.uom_id, sale.uom_id)
        )
        gross = credit_quantity * sale.price_unit * (1 - sale.discount / 100.0)
        return {
            "quantity": quantity,
            "credit_quantity": credit_quantity,
            "price_unit": sale.price_unit,
            "discount": sale.discount,
            "tax_ids": [Command.set(sale.tax_ids.ids)],
            **self._prepare_amounts(credit, gross, sale.currency_id),
        }

    @api.model
    def _prepare_amounts(self, credit, gross, currency):
        """Values of what a credit is due, beside quantity and price.

        :param engine.settlement.Credit credit: from the ledger
        :param float gross: the credited quantity at its price
        """
        payments = self._find_payments(credit.parts)
        shares = {
            key: amounts[PRICE]
            for key, amounts in credit.parts.items()
            if key != GOODS and key not in payments
        }
        # sudo: lines of the customer's own invoice
        origins = self.env["account.move.line"].sudo().browse(map(int, shares))
        discounts = origins.filtered(lambda line: line.display_type != "rounding")
        discount = -sum(shares[str(line.id)] for line in discounts)
        due = credit.amounts[PRICE]
        due -= sum(amounts[PRICE] for amounts in payments.values())
        return {
            "credit_amounts": {**credit.parts, WITHHELD: credit.withheld},
            "discount_share": currency.round(discount),
            "rounding": currency.round(currency.round(gross) - discount - due),
        }

    # ------------------------------------------------------------------
    # Credits before anybody has inspected the goods
    # ------------------------------------------------------------------
    @api.model
    def _prepare_early(self, wanted):
        """Price goods that nobody has inspected.

        :param list wanted: of :class:`Expected`
        :return: ``{expected: values of its lines}``, without what cannot be priced yet
        """
        lines = self.env["reverse.rma.line"].concat(*(one.line_id for one in wanted))
        return self._price_expected(wanted, lines._get_credit_ledger())

    @api.model
    def _price_expected(self, wanted, ledger):
        """Price goods that nobody has inspected by what a ledger has left."""
        priced = {}
        for goods in wanted:
            line = goods.line_id
            if line.sale_line_id and not goods.kept:
                missing = line._to_order_quantity(goods.quantity - goods.here)
                ledger.expect(line.sale_line_id.id, missing)
            vals_list, unpriced = line._get_source().prepare_credits(goods, ledger)
            if vals_list and not unpriced:
                priced[goods] = vals_list
        return priced

    @api.model
    def _foresee(self, lines):
        """Compute what return lines would be credited now, and keep nothing of it.

        It is the arithmetic of proposals, with the fee that policy announces, as if all
        came back as it left.

        :return: ``{return line: its settlement lines, in memory}``, without what cannot
            be priced yet
        """
        known = lines.filtered(
            lambda line: line.sale_line_id and line._get_source().may_be_early
        )
        wanted = [
            Expected(line, line.quantity, kept=line._is_left_to_customer())
            for line in known
        ]
        ledger = known.sale_line_id._read_credit_ledger()
        found = {}
        for goods, vals_list in self._price_expected(wanted, ledger).items():
            line = goods.line_id
            document = self.env["reverse.settlement"].new({"rma_id": line.rma_id.id})
            own = self.browse().concat(
                *(
                    # The posted amounts say the taxes.
                    self.new({**vals, "tax_ids": False, "settlement_id": document})
                    for vals in vals_list
                )
            )
            own._set_fee(line.fee, "foreseen", line.fee_rule_id.id, own._get_weights())
            found[line] = own
        return found

    def _is_early(self):
        """Tell whether no inspection stands behind this credit of goods.

        Nobody had seen them yet, or what said that they stay where they are was taken
        back since, and nothing else was found.
        """
        self.ensure_one()
        if self.kind not in ("goods", "kept"):
            return False
        return not self.inspection_id or (
            self.kind == "kept" and not self.inspection_id._is_known()
        )

    def _update_early(self):
        self.filtered(lambda line: line._is_early()).rma_line_id._update_early()

    # ------------------------------------------------------------------
    # What is credited, by component: goods, what is said beside them, and the fee
    # ------------------------------------------------------------------
    def _get_credit_parts(self):
        """Give what the credit note is made of, by component.

        :rtype: list[dict]
        """
        self.ensure_one()
        return [*self._get_given_parts(), *self._get_paid_back().values()]

    def _get_given(self):
        """Give what the customer gets in all, whichever way: before and with tax."""
        self.ensure_one()
        back = settlement.add(*self._get_paid_back().values())
        return (
            self.amount_net - back.get(NET, 0.0),
            self.amount_total - settlement.total(back),
        )

    def _get_given_parts(self):
        """Give what the customer gets is made of, by component: money, and what goes
        back otherwise.
        """
        self.ensure_one()
        parts = self._get_parts_before_fee()
        withheld = self._get_fee_withheld()
        if withheld:
            line = self.sudo()  # sudo: taxes are configuration
            price = line._get_fee_price(withheld)
            parts.append(line._compute_amounts(line._get_fee_taxes(), -price))
        return parts

    def _get_parts_before_fee(self):
        self.ensure_one()
        line = self.sudo()  # sudo: taxes, accounts and the invoice being credited
        return [line._get_goods(), *(each.amounts for each in line._get_beside())]

    def _get_goods(self):
        """What is credited at the price, before what is said beside it."""
        self.ensure_one()
        if self.credit_amounts:
            return self.credit_amounts[settlement.GOODS]
        return self._compute_amounts(
            self.tax_ids, self.price_unit, self.credit_quantity, self.discount
        )

    @api.model
    def _find_payments(self, credit_amounts):
        """Find what the customer paid of these amounts otherwise than with money.

        On the invoice it is a line below zero, as a discount is. What is withheld is a
        part of all that was paid: it is taken from the money first.

        reverse_logistics_loyalty finds what gift cards and eWallets paid.

        :param credit_amounts: as lines keep them, None for none
        :return: ``{key: amounts below zero, by component}`` of those that are payments
        """
        return {}

    def _get_paid_back(self):
        """Give what goes back where it came from, by key of ``credit_amounts``.

        reverse_logistics_loyalty: to cards, less what was withheld beyond the money.

        :return: ``{key: amounts below zero, by component}``
        """
        return {}

    def _get_due(self):
        """What is credited for the quantity, before any deduction, by component.

        However the customer paid.
        """
        self.ensure_one()
        parts = dict(self.credit_amounts)
        withheld = parts.pop(WITHHELD)
        for key in self._find_payments(parts):
            del parts[key]
        return settlement.add(*parts.values(), settlement.scale(withheld, -1))

    def _get_beside(self):
        """Give discounts, cash rounding, earlier credits and deduction.

        :rtype: list[Beside]
        """
        self.ensure_one()
        found = [self._get_deduction()]
        payments = self._find_payments(self.credit_amounts)
        for key, amounts in (self.credit_amounts or {}).items():
            if key == WITHHELD:
                found.append(self._get_earlier(amounts))
            elif key != settlement.GOODS and key not in payments:
                found.append(self._get_share(key, amounts))
        if not self.credit_amounts:
            # proposed before amounts were kept
            discount = self.env._("Share of the order's discount")
            rounding = self.env._("Rounding and earlier credits")
            found.append(self._lower(discount, self.discount_share, "discount"))
            found.append(self._lower(rounding, self.rounding, "earlier"))
        return [each for each in found if any(each.amounts.values())]

    def _get_share(self, key, amounts, kind="discount"):
        """Give a share of a line of the invoice that belongs to others."""
        # sudo: the invoice being credited
        origin = self.env["account.move.line"].sudo().browse(int(key))
        return Beside(
            origin._get_reverse_share_label(),
            amounts,
            origin.tax_ids,
            origin.account_id,
            "coins" if origin.display_type == "rounding" else kind,
        )

    def _get_earlier(self, amounts):
        return Beside(
            self.env._("Earlier credits"),
            settlement.scale(amounts, -1),
            self.tax_ids,
            self._get_credit_account(),
            "earlier",
        )

    def _get_deduction(self):
        """A deduction lowers the price and the taxes on it, not those of a piece."""
        label = self.deduction_reason or self.env._("Deduction")
        result = self._lower(label, self.deduction, "deduction")
        if not self.credit_amounts or self.tax_ids._without_fixed() != self.tax_ids:
            return result
        # the taxes that were posted, so that all of the price leaves none of them
        included = self.tax_ids.flatten_taxes_hierarchy().filtered("price_include")
        amounts = settlement.part_of(
            self._get_due(),
            self.deduction,
            {str(tax.id) for tax in included},
            self.currency_id.rounding,
        )
        return result._replace(amounts=settlement.scale(amounts, -1))

    def _lower(self, label, price, kind):
        """Lower the price of what is credited, with the taxes on it."""
        taxes = self.tax_ids._without_fixed()
        amounts = settlement.scale(self._compute_amounts(taxes, price), -1)
        return Beside(label, amounts, taxes, self._get_credit_account(), kind)

    def _compute_amounts(self, taxes, price, quantity=1.0, discount=0.0):
        """Give a line of this credit as Odoo would post it, by component."""
        amounts, _included = taxes.env["account.tax"]._get_reverse_amounts(
            self.company_id,
            tax_ids=taxes,
            price_unit=price,
            quantity=quantity,
            discount=discount,
            currency_id=self.currency_id or self.company_id.currency_id,
        )
        return amounts

    def _get_said_beside(self):
        """Give what the credit note says beside the goods, but for fees."""
        back = self._get_paid_back()
        shares = (self._get_share(key, back[key], "payment") for key in back)
        return [
            *self._get_beside(),
            *(each for each in shares if any(each.amounts.values())),
        ]

    def _get_beside_amounts(self, *kinds):
        """What is said beside the goods, by component; below zero if withheld."""
        self.ensure_one()
        line = self.sudo()  # sudo: taxes, accounts and the invoice being credited
        return settlement.add(
            *(each.amounts for each in line._get_beside() if each.kind in kinds)
        )

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _prepare_credit_lines(self):
        """Give the values of the credit note's lines.

        The goods come first at their price, then discounts, cash rounding and what is
        withheld, then fees.
        """
        vals_list = [line._prepare_credit_line() for line in self]
        beside = {}
        shares = (each for line in self for each in line._get_said_beside())
        for each in shares:
            key = (each.label, each.taxes, each.account)
            beside[key] = settlement.add(beside.get(key, {}), each.amounts)
        for (label, taxes, account), amounts in beside.items():
            step = self.currency_id.rounding
            amounts = settlement.round_all(amounts, step)
            vals = {
                "name": label,
                "quantity": 1.0,
                "price_unit": amounts[settlement.PRICE],
                "tax_ids": taxes,
                "account_id": account.id,
            }
            vals_list.append(self._pin(vals, amounts))
        return vals_list + self._prepare_credit_fees()

    def _prepare_credit_line(self):
        """Values of the credit note's line for goods, or for an amount.

        reverse_logistics_mrp names the component beside its kit.
        """
        self.ensure_one()
        origin = self.sudo().origin_line_id  # sudo: the invoice being credited
        vals = {
            "name": origin.name,
            "product_id": origin.product_id.id,
            "quantity": self.credit_quantity,
            "product_uom_id": origin.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": self.tax_ids,
            "account_id": origin.account_id.id,
            "analytic_distribution": origin.analytic_distribution,
            "sale_line_ids": [Command.set(origin.sale_line_ids.ids)],
            "reverse_settlement_line_id": self.id,
            "reverse_origin_line_id": origin.id,
            # What was sold stays sold for a deposit, too, and it cost nothing.
            "reverse_no_goods": self.kind != "goods" or bool(self.deposit_id),
        }
        vals = self._pin(vals, self._get_goods())
        if self._is_unlinked():
            vals.update(self._prepare_unlinked())
            del vals["analytic_distribution"]
        return vals

    def _prepare_unlinked(self):
        """Values of the credit note's line that no invoice of Odoo says."""
        line = self.sudo().rma_line_id  # sudo: what came back
        sale = line.historic_sale_id
        goods = self.kind != "value"
        return {
            "name": line.product_id.display_name,
            "product_id": line.product_id.id,
            "product_uom_id": (goods and sale.uom_id or line.uom_id).id,
            "account_id": self._get_credit_account().id,
        }

    def _get_credit_account(self):
        self.ensure_one()
        if not self._is_unlinked():
            return self.sudo().origin_line_id.account_id  # sudo: of the invoice
        line = self.sudo().rma_line_id  # sudo: accounts are configuration
        product = line.product_id.with_company(self.company_id)
        accounts = product.product_tmpl_id.get_product_accounts(
            line._get_fiscal_position()
        )
        return accounts["income"]

    def _pin(self, vals, amounts):
        """Have Odoo take these amounts for a line of the credit note."""
        return self.env["account.tax"]._pin_reverse_amounts(
            vals, amounts, self.currency_id, self.company_id
        )

    # ------------------------------------------------------------------
    # What a credit note may say at most
    # ------------------------------------------------------------------
    @api.model
    def _check_credit_notes(self, credit_notes):
        """Refuse to post anything else than what was settled.

        Nothing that happened to the credit note while it was made, by whichever addon,
        gives the customer more, or less, or gives it to somebody else.
        """
        # sudo: compare only
        for move in credit_notes.sudo().filtered("reverse_settlement_id"):
            settled = self._get_settled(move)
            if settled._is_said_otherwise(move):
                self.env["reverse.refusal"]._note("over_credit", move.company_id)
                raise UserError(
                    self.env._(
                        "%(settlement)s settles %(amount)s, but its credit note "
                        "differs in amounts, goods, taxes, accounts or customer. "
                        "Cancel the settlement and propose it again.",
                        settlement=move.reverse_settlement_id.display_name,
                        amount=move.currency_id.format(
                            sum(settled.mapped("amount_total"))
                        ),
                    )
                )

    @api.model
    def _get_settled(self, credit_note):
        """The lines of its settlement that a credit note is for."""
        lines = credit_note.reverse_settlement_id.line_ids
        if credit_note.reversed_entry_id:
            return lines.filtered(
                lambda line: line.invoice_id == credit_note.reversed_entry_id
            )
        named = credit_note.invoice_line_ids.reverse_settlement_line_id
        number = named[:1].historic_sale_id.invoice_name
        return lines.filtered(
            lambda line: (
                line._is_unlinked() and line.historic_sale_id.invoice_name == number
            )
        )

    def _is_said_otherwise(self, move):
        """Tell whether a credit note says anything else than these lines do.

        Amounts, goods, accounts and taxes are compared, and what stands above them.
        """
        said = move.invoice_line_ids.filtered("reverse_settlement_line_id")
        amounts = (("amount_net", "amount_untaxed"), ("amount_total", "amount_total"))
        return (
            any(
                move.currency_id.compare_amounts(sum(self.mapped(mine)), move[theirs])
                for mine, theirs in amounts
            )
            or said.reverse_settlement_line_id != self
            or len(said) != len(self)
            or any(
                line.reverse_settlement_line_id._is_said_otherwise_by(line)
                for line in said
            )
            or self._is_headed_otherwise(move)
        )

    def _is_said_otherwise_by(self, line):
        """Whether a line of a credit note is about other goods, or at another price."""
        self.ensure_one()
        return bool(
            line.product_uom_id.compare(line.quantity, self.credit_quantity)
            or line.price_unit != self.price_unit
            or line.discount != self.discount
            or line.tax_ids != self.tax_ids._with_reverse_members(self._get_goods())
            or line.account_id != self._get_credit_account()
            or line.reverse_origin_line_id != self.origin_line_id
            or line.product_id != (self.origin_line_id or self).product_id
        )

    def _is_headed_otherwise(self, move):
        """Whether a credit note is for somebody else, in other money, or elsewhere."""
        invoice, owner = move.reversed_entry_id, move.reverse_settlement_id
        if invoice:
            vals = owner._prepare_credit_header(invoice)
        else:
            number = self[:1].historic_sale_id.invoice_name
            vals = owner._prepare_unlinked_header(number, self)
        # A release may last over midnight; lock dates are Accounting's.
        names = move._get_reverse_frozen("note") - {"invoice_date"}
        return move._is_reverse_changed(vals, names)

    def _is_goodwill(self):
        """An amount that somebody entered, for no quantity and no wrong price."""
        self.ensure_one()
        return self.kind == "value" and self.rma_line_id.claim != "price_error"

    @api.model
    def _check_value_credits(self, credit_notes):
        """Refuse amounts without goods beyond what was billed, and beyond goodwill."""
        # sudo: compare only
        notes = credit_notes.sudo().filtered(
            lambda move: (
                "value"
                in move.invoice_line_ids.reverse_settlement_line_id.mapped("kind")
            )
        )
        if not notes:
            return
        self.env.flush_all()
        groups = notes.filtered("reversed_entry_id").grouped(
            lambda move: (move._get_reverse_billing(), move.currency_id)
        )
        for (billing, currency), group in groups.items():
            self._check_value_credit(group, billing, currency)
        settled = notes.invoice_line_ids.reverse_settlement_line_id
        settled.filtered(lambda line: line._is_goodwill())._check_goodwill()

    @api.model
    def _check_value_credit(self, credit_notes, billing, currency):
        """Refuse to credit more without goods than is left of an order.

        That is what was billed, freight and discounts included, less what was credited.
        """
        billing._reverse_touch()
        documents = billing._get_reverse_balance_documents()
        left = sum(move._get_reverse_billed(currency) for move in documents)
        wanted = sum(credit_notes.mapped("amount_untaxed"))
        if currency.compare_amounts(wanted, left) > 0:
            self.env["reverse.refusal"]._note("over_credit", billing.company_id[:1])
            raise UserError(
                self.env._(
                    "%(settlement)s would credit %(amount)s before tax, but only "
                    "%(left)s of %(invoices)s is left. Credit less.",
                    settlement=credit_notes.reverse_settlement_id[:1].display_name,
                    amount=currency.format(wanted),
                    left=currency.format(max(left, 0.0)),
                    invoices=", ".join(billing.mapped("name")),
                )
            )

    def _check_goodwill(self):
        """The company's limit holds for all goodwill of a return together."""
        for rma in self.rma_id:
            limit = rma.company_id.reverse_goodwill_limit
            earlier = rma.settlement_ids.filtered(lambda s: s.state == "released")
            lines = (earlier.line_ids | self).filtered(
                lambda line, rma=rma: line.rma_id == rma and line._is_goodwill()
            )
            currency = rma.company_id.currency_id
            amount = sum(line._value_for_limits(line._get_net_paid()) for line in lines)
            if limit and currency.compare_amounts(amount, limit) > 0:
                self.env["reverse.refusal"]._note("over_credit", rma.company_id)
                raise UserError(
                    self.env._(
                        "%(rma)s would give %(amount)s of goodwill before tax; your "
                        "company allows %(limit)s for one return. Credit less.",
                        rma=rma.name,
                        amount=currency.format(amount),
                        limit=currency.format(limit),
                    )
                )

    # ------------------------------------------------------------------
    # Goods that came back before they were invoiced
    # ------------------------------------------------------------------
    def _filter_unbilled(self):
        """Give the lines of goods that are back, and that no invoice charges."""
        return self.filtered(
            lambda line: (
                line.kind == "goods"
                and not line._is_credited()
                and line.rma_line_id.sale_line_id
            )
        )

    def _ask_to_pay_back(self):
        """Open exceptions for goods that were paid ahead and will not be invoiced.

        Of what was never delivered it is asked when it is taken off the order.
        """
        lines = self._filter_unbilled().rma_line_id
        lines = lines.filtered(lambda line: not line.undelivered)
        paid = lines.filtered(
            # sudo: what was paid, whoever releases
            lambda line: line.sudo().sale_line_id.order_id._is_reverse_paid_ahead()
        )
        for exception in paid.rma_id._get_open_exceptions():
            if exception.type == "paid_ahead":
                paid -= exception.line_id
        self.env["reverse.exception"]._raise_for(paid, "paid_ahead")

    # ------------------------------------------------------------------
    # Settled, and no longer
    # ------------------------------------------------------------------
    def _is_settled_at_release(self):
        """Tell whether the line is settled as soon as it is released.

        Money is; a replacement is when it leaves, value never. What the books took back
        since is not settled any more.
        """
        self.ensure_one()
        return self.kind in ("goods", "kept") and not self.credit_gone

    def _on_credit_gone(self):
        """Unsettle these lines, whose credit the books took back.

        Others of their settlement hold, and somebody settles these anew.

        reverse_logistics_loyalty takes off cards again what they had got back.
        """
        amounts = {}
        for line in self:
            changes = amounts.setdefault(line.rma_line_id, {"settled": 0.0})
            changes["settled"] -= line.quantity
        self._guarded_write({"credit_gone": True})
        self.rma_line_id._add(amounts)
        self.settlement_id._log_step("CreditCancelled")
        rma = self.settlement_id.rma_id
        rma._open_again()
        waiting = rma._get_open_exceptions().mapped("type")
        if "credit_gone" not in waiting:
            self.env["reverse.exception"]._raise_for(rma, "credit_gone")
        rma._update_progress()
        self._take_back_fees()
        self._update_early()

    # ------------------------------------------------------------------
    # The delivery of a replacement
    # ------------------------------------------------------------------
    def _is_in_advance(self):
        """Replaces goods that are still to come back."""
        self.ensure_one()
        return self.kind == "replacement" and not self.inspection_id

    def _get_unsent_quantity(self):
        """What no delivery has taken or is about to take, in the line's unit."""
        self.ensure_one()
        if self.kind != "replacement":
            return 0.0
        # sudo: the deliveries of this very line
        return self.quantity - self.sudo().replacement_move_ids._sum_replaced(
            self.uom_id
        )

    def _get_replacement_partner(self):
        return self.rma_line_id._get_shipped_partner()

    # Digest of the address to which a replacement was released.
    place = fields.Char(copy=False, groups=fields.NO_ACCESS, guarded=True)

    def _goes_elsewhere(self):
        """Whether a replacement goes to another address than the goods were sold to.

        Whoever keeps contacts or transfers could send it anywhere. Of goods of no sale
        nothing says where that was.
        """
        self.ensure_one()
        if self.kind != "replacement":
            return False
        # sudo: where the customer's own order or old sale was delivered to
        own = self.sudo()
        line, partner = own.rma_line_id, own._get_replacement_partner()
        if order := line.sale_line_id.order_id:
            return not order._is_reverse_address(partner)
        sale = line.historic_sale_id
        return not (sale and sale._is_address(partner))

    def _release_place(self, partner):
        """Keep to which address replacements go, of those that were not released yet.

        Whatever becomes of the address, the dock compares it when they leave.
        """
        new = self.filtered(lambda line: not line.place)
        new._guarded_write({"place": partner._get_reverse_place()})

    def _check_place(self, partner):
        """Refuse to send replacements to another address than they were released to.

        :raises UserError: also when the same contact was changed since
        """
        # sudo: the address that a delivery of the caller's goes to
        place = partner.sudo()._get_reverse_place()
        changed = self.filtered(lambda line: line.place and line.place != place)
        if changed:
            raise UserError(
                self.env._(
                    "The replacement of %(settlement)s was released to another "
                    "address. Let an approver of returns look at the address on its "
                    "delivery and press Confirm Address on the settlement, or reverse "
                    "it and propose it again.",
                    settlement=changed.settlement_id[:1].display_name,
                )
            )

    def _get_replaced_move(self):
        """What the replacement stands in for: the chain of who has what goes on there.

        That is the receipt of the goods, or their delivery when they do not come back
        or have not yet. Goods that never were with the customer are delivered for the
        first time now: that delivery starts a chain of its own.
        """
        self.ensure_one()
        # sudo: the transfers of the very goods
        receipt = self.sudo().inspection_id.receipt_move_id
        if receipt.reverse_correction:
            return self.env["stock.move"]
        # sudo: the receipt is the warehouse's
        return receipt or self.sudo().rma_line_id.move_id

    def _prepare_replacement_move(self, warehouse, destination):
        self.ensure_one()
        # sudo: the order line that was not fulfilled
        order_line = self.sudo().rma_line_id.sale_line_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self._get_unsent_quantity(),
            "product_uom": self.uom_id.id,
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "picking_type_id": warehouse.out_type_id.id,
            "warehouse_id": warehouse.id,
            "company_id": self.company_id.id,
            "partner_id": self._get_replacement_partner().id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "origin_returned_move_id": self._get_replaced_move().id,
            "sale_line_id": order_line.id,
            # Without it Odoo takes what it does not see for not delivered, and would
            # send it once more when the order is changed.
            "rule_id": order_line.move_ids.sorted("id")[:1].rule_id.id,
            # Goods that never come back stay delivered: theirs is the only count.
            "to_refund": not self.inspection_id.not_inspected,
            "reverse_settlement_line_id": self.id,
        }

    def _on_replaced(self, moves):
        """Replacements have left: only now has the customer got something."""
        amounts = {}
        for move in moves:
            line = move.reverse_settlement_line_id.rma_line_id
            changes = amounts.setdefault(line, {"settled": 0.0, "replaced": 0.0})
            for name in changes:
                changes[name] += line._sum_moves(move)
        self.rma_line_id._add(amounts)
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReplacementSent",
            lambda rma: {
                "transfers": moves.filtered(
                    lambda m: m.reverse_settlement_line_id.rma_id == rma
                ).picking_id.ids,
                "lines": [
                    {"line": line.id, "quantity": changes["replaced"]}
                    for line, changes in amounts.items()
                    if line.rma_id == rma
                ],
            },
        )
        self.rma_id._update_progress()

    # ------------------------------------------------------------------
    # What a releaser reads
    # ------------------------------------------------------------------
    def _explain(self):
        """Say how the amount of this line comes about.

        reverse_logistics_loyalty adds what goes back to a card.
        """
        self.ensure_one()
        texts = [self._explain_source()]
        if self.condition_id:
            texts.append(
                self.env._("Condition: %(name)s.", name=self.condition_id.name)
            )
        if self.kind == "kept":
            texts.append(self.env._("The goods stay with the customer."))
        texts += [
            self.env._(
                "Less %(amount)s: %(label)s.",
                amount=self.currency_id.format(amount),
                label=label,
            )
            for label, amount in self._get_explained()
            if not self.currency_id.is_zero(amount)
        ]
        if self.rma_line_id.explanation:
            texts.append(
                self.env._("Decision: %(text)s", text=self.rma_line_id.explanation)
            )
        return " ".join(texts)

    def _explain_source(self):
        """Say what is credited, at which price, and where that price is from."""
        values = {
            "product": self.product_id.display_name,
            "quantity": self.uom_id._say_reverse(self.quantity),
            # sudo: the number of an old invoice
            "invoice": self.invoice_id.name or self.historic_sale_id.invoice_name or "",
            "price": self.currency_id.format(self.price_unit),
            "discount": f"{self.discount:.12g}",
        }
        if self.kind == "value" and self.rma_line_id.claim == "price_error":
            text = self.env._(
                "%(product)s: %(price)s too much billed with %(invoice)s.", **values
            )
        elif self.kind == "value" and not values["invoice"]:
            text = self.env._("%(product)s: %(price)s without goods.", **values)
        elif self.kind == "value":
            text = self.env._(
                "%(product)s: %(price)s without goods, credited from %(invoice)s.",
                **values,
            )
        elif self.kind == "replacement":
            text = self.env._("%(product)s is sent once more: %(quantity)s.", **values)
        elif not self._is_credited():
            text = self.env._(
                "%(product)s: nothing is credited for %(quantity)s, because no "
                "invoice billed that.",
                **values,
            )
        elif self.discount:
            text = self.env._(
                "%(product)s: %(quantity)s at %(price)s less %(discount)s %%, "
                "as billed with %(invoice)s.",
                **values,
            )
        else:
            text = self.env._(
                "%(product)s: %(quantity)s at %(price)s, as billed with %(invoice)s.",
                **values,
            )
        return text

    def _get_explained(self):
        """Give what lowers the credit, with its reason."""
        fee = self.fee_rule_id.display_name or self.env._("restocking fee")
        if self.fee_explanation:
            fee = f"{fee}. {self.fee_explanation}".rstrip(".")
        return [
            (self.env._("share of the order's discount"), self.discount_share),
            (self.env._("rounding and earlier credits"), self.rounding),
            (self.deduction_reason or self.env._("deduction"), self.deduction),
            (fee, self.fee),
        ]
