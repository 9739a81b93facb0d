from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine.settlement import GOODS, PRICE

# What earlier credits gave, beside the parts of an invoice line.
WITHHELD = "withheld"


class ReverseSettlementLine(models.Model):
    _name = "reverse.settlement.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Settlement Line"
    _order = "settlement_id desc, id"
    _check_company_auto = True

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
        help="What earlier credits gave of it, cents rounded up and value without "
        "goods, and what is lost or won by rounding the credited quantity.",
        guarded=True,
    )
    deduction = fields.Monetary(
        help="What is withheld, e.g. for damage by the customer."
    )
    deduction_reason = fields.Char()
    amount = fields.Monetary(
        compute="_compute_amount", store=True, help="In the invoice's terms of price."
    )

    without_document = fields.Boolean(
        readonly=True,
        copy=False,
        help="Settled, and no credit note says so: nothing was due.",
        guarded=True,
    )

    _deduction_not_negative = models.Constraint(
        "CHECK (deduction >= 0)", "A deduction cannot be negative."
    )

    def _compute_display_name(self):
        for line in self:
            line.display_name = (
                f"{line.settlement_id.display_name}: {line.product_id.display_name}"
            )

    @api.depends("origin_line_id", "company_id")
    def _compute_currency_id(self):
        for line in self:
            line.currency_id = (
                line.origin_line_id.currency_id or line.company_id.currency_id
            )

    @api.depends(
        "credit_quantity",
        "price_unit",
        "discount",
        "discount_share",
        "rounding",
        "deduction",
    )
    def _compute_amount(self):
        for line in self:
            gross = line._get_gross()
            line.amount = gross - line.discount_share - line.rounding - line.deduction

    def _get_gross(self):
        self.ensure_one()
        gross = self.credit_quantity * self.price_unit * (1 - self.discount / 100.0)
        return (self.currency_id or self.company_id.currency_id).round(gross)

    def _get_order_quantity(self):
        """Settled quantity in the order line's unit, as fine as it is."""
        self.ensure_one()
        return self.uom_id._compute_quantity(
            self.quantity, self.rma_line_id.sale_line_id.product_uom_id, round=False
        )

    @api.constrains("origin_line_id", "settlement_id")
    def _check_one_currency(self):
        for settlement in self.settlement_id:
            lines = settlement.line_ids.filtered(lambda line: line._is_credited())
            if len(lines.currency_id) > 1:
                raise UserError(
                    self.env._(
                        "%(rma)s was invoiced in several currencies: make one "
                        "settlement for each.",
                        rma=settlement.rma_id.display_name,
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
        return self.currency_id.compare_amounts(self.amount, 0) < 0

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
        for vals in vals_list:
            if vals.get("kind", "value") != "value":
                continue
            # The workflow names what else it gives back, e.g. the outbound delivery.
            if not (self._in_workflow() and "tax_ids" in vals):
                vals = self._complete_value(vals)
        return vals_list

    @api.model
    def _complete_value(self, vals):
        """A value credit is one unit at the agreed amount, at the taxes of the
        invoice: by itself of the goods, or else of what was billed with them.
        """
        line = self.env["reverse.rma.line"].browse(vals.get("rma_line_id"))
        # sudo: the taxes of the customer's own invoice
        origin = self.env["account.move.line"].sudo().browse(vals.get("origin_line_id"))
        origin = origin or line._find_value_origin()
        if not origin or origin not in line._get_value_origins():
            raise UserError(
                self.env._(
                    "%(line)s has no posted invoice to credit.", line=line.display_name
                )
            )
        vals.update(
            kind="value",
            origin_line_id=origin.id,
            credit_quantity=1.0,
            quantity=0.0,
            discount=0.0,
            # an amount is no piece: it bears no tax that is charged by the piece
            tax_ids=[Command.set(origin.tax_ids._without_fixed().ids)],
        )
        return vals

    def write(self, vals):
        if not self._in_workflow():
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
        return super().write(vals)

    # ------------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------------
    @api.model
    def _create_for(self, targets):
        """Create the lines of proposed settlements.

        :param targets: ``{inspection: settlement}``
        :return: the settlements of which some quantity could not be priced
        """
        rma_lines = self.env["reverse.rma.line"].concat(
            *(part.line_id for part in targets)
        )
        ledger = rma_lines._get_credit_ledger()
        vals_list = []
        failed = self.env["reverse.settlement"]
        for part, target in targets.items():
            lines, unpriced = self._prepare_for(part, ledger)
            vals_list += [{**vals, "settlement_id": target.id} for vals in lines]
            if unpriced:
                failed |= target
                self.env["reverse.exception"]._raise_for(part.line_id, "not_invoiced")
        self._guarded_create(vals_list)
        return failed

    @api.model
    def _prepare_for(self, part, ledger):
        """Values of the settlement lines of one inspected part.

        :return: ``(values, unpriced)``, the latter in the order line's unit
        """
        line = part.line_id
        order_uom = line.sale_line_id.product_uom_id
        stays = part._stays_with_customer()
        kind = "kept" if stays else "goods"
        base = {"rma_line_id": line.id, "inspection_id": part.id, "kind": kind}
        if not line.sale_line_id:
            return [], part.quantity
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
    def _prepare_amounts(self, credit, gross, currency):
        """Values of what a credit is due, beside quantity and price.

        :param engine.settlement.Credit credit: from the ledger
        :param float gross: the credited quantity at its price
        """
        shares = {
            key: amounts[PRICE] for key, amounts in credit.parts.items() if key != GOODS
        }
        # sudo: lines of the customer's own invoice
        origins = self.env["account.move.line"].sudo().browse(map(int, shares))
        discounts = origins.filtered(lambda line: line.display_type != "rounding")
        discount = -sum(shares[str(line.id)] for line in discounts)
        due = credit.amounts[PRICE]
        return {
            "credit_amounts": {**credit.parts, WITHHELD: credit.withheld},
            "discount_share": currency.round(discount),
            "rounding": currency.round(currency.round(gross) - discount - due),
        }
