from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import fees, settlement


class ReverseSettlementLine(models.Model):
    """What is charged for taking goods back: with a product and taxes of its own.

    A fee is withheld from the credit of the goods. What the credit does not hold is
    waived or billed, as the rule says; where nothing is credited, all of it is billed.
    """

    _inherit = "reverse.settlement.line"

    fee = fields.Monetary(
        help=(
            "Charged for taking the goods back, before tax: withheld from the "
            "credit, and billed where the credit is too small."
        )
    )
    fee_rule_id = fields.Many2one(
        "reverse.fee.rule",
        readonly=True,
        copy=False,
        ondelete="restrict",
        guarded=True,
    )
    fee_code = fields.Char(readonly=True, copy=False, guarded=True)
    fee_explanation = fields.Char("About the Fee", compute="_compute_fee_explanation")
    fee_billed = fields.Monetary(
        compute="_compute_fee_billed",
        store=True,
        help="The part of the fee that is invoiced, because the credit is too small.",
    )

    _fee_not_negative = models.Constraint(
        "CHECK (fee >= 0)", "A fee cannot be negative."
    )

    @api.constrains("fee")
    def _check_lawful_fee(self):
        for line in self.filtered("fee"):
            returned = line.rma_line_id
            if returned.rma_id.basis == "withdrawal" and returned._is_fee_forbidden():
                raise UserError(
                    self.env._(
                        "%(line)s: no fee is charged for a withdrawal. What the goods "
                        "lost by being used is a deduction, with its reason.",
                        line=line.display_name,
                    )
                )

    @api.depends("rma_line_id", "kind")
    def _compute_currency_id(self):
        res = super()._compute_currency_id()
        for line in self:
            if not line._is_credited() and line.kind != "value":
                # nothing but a fee is to be expressed: in the order's currency
                line.currency_id = line.rma_line_id.fee_currency_id
        return res

    @api.depends(
        "fee",
        "fee_rule_id",
        "origin_line_id",
        "tax_ids",
        "credit_quantity",
        "price_unit",
        "discount",
        "discount_share",
        "rounding",
        "credit_amounts",
        "deduction",
    )
    def _compute_fee_billed(self):
        for line in self:
            billed = 0.0
            if line.fee and not line._is_credited():
                billed = line.fee
            elif line.fee and line.fee_rule_id.above_credit == "bill":
                room = line._get_fee_room()
                billed = line.currency_id.round(max(line.fee - room, 0.0))
            line.fee_billed = billed

    @api.depends("fee_code")
    @api.depends_context("lang")
    def _compute_fee_explanation(self):
        sentences = self._get_charge_sentences()
        for line in self:
            line.fee_explanation = sentences.get(line.fee_code, False)

    def _get_charge_sentences(self):
        """Give the sentence of each reason for a fee, or for none."""
        return {
            "charged": self.env._("As policy says."),
            "capped": self.env._("Limited to what is credited."),
            "by_hand": self.env._("Entered by hand."),
            "waived_law": self.env._("None: the law forbids it."),
            "waived_kept": self.env._("None: nothing was taken back."),
            "waived_fault": self.env._("None: the fault is on our side."),
            "waived_reason": self.env._("None for this reason."),
            "waived_condition": self.env._("None in this condition."),
            "free": self.env._("None: the rule charges nothing."),
            "paid": self.env._("Charged before for this line."),
        }

    @api.depends("fee", "fee_billed")
    def _compute_amount(self):
        res = super()._compute_amount()
        for line in self.filtered("fee"):
            line.amount -= line._get_fee_price(line._get_fee_withheld())
        return res

    def _get_fee_withheld(self):
        """What of the fee the credit is lowered by, before tax."""
        self.ensure_one()
        return self.fee - self.fee_billed

    def _is_overdrawn(self):
        return super()._is_overdrawn() or bool(
            self._get_fee_withheld()
            and self.currency_id.compare_amounts(
                self._get_fee_withheld(), self._get_fee_room()
            )
            > 0
        )

    def write(self, vals):
        res = super().write(vals)
        if "fee" in vals and not self._in_workflow():
            self._guarded_write({"fee_code": "by_hand"})
        return res

    # ------------------------------------------------------------------
    # Product, taxes, and what the credit holds
    # ------------------------------------------------------------------
    def _get_fee_product(self):
        """The product that the fee is charged with.

        :raises UserError: when there is none
        """
        self.ensure_one()
        # sudo: configuration
        own = self.sudo().fee_rule_id.product_id
        return own or self.company_id._get_reverse_fee_product()

    def _get_fee_taxes(self):
        """The taxes of the rule, else of the product, where the customer is."""
        self.ensure_one()
        line = self.sudo()  # sudo: taxes and fiscal positions are configuration
        product = line.fee_rule_id.product_id or (
            line.company_id._find_reverse_fee_product()
        )
        by_rule, by_product = (
            taxes._filter_taxes_by_company(line.company_id)
            for taxes in (line.fee_rule_id.tax_ids, product.taxes_id)
        )
        order = line.rma_line_id.sale_line_id.order_id
        position = (
            line.invoice_id.fiscal_position_id
            if line.origin_line_id
            else order.fiscal_position_id
            if order
            else line.rma_line_id._get_fiscal_position()
        )
        return position.map_tax(by_rule or by_product)

    def _get_fee_price(self, fee):
        """Give a fee in the terms of its taxes: with those that prices include."""
        self.ensure_one()
        taxes = self._get_fee_taxes()
        if not any(taxes.mapped("price_include")):
            return fee
        details = taxes._get_tax_details(
            fee, 1.0, rounding_method="round_globally", special_mode="total_excluded"
        )
        included = sum(
            data["tax_amount"]
            for data in details["taxes_data"]
            if data["tax"].price_include
        )
        return self.currency_id.round(fee + included)

    def _get_fee_room(self):
        """Give the largest fee, before tax, that the credit of this line holds."""
        self.ensure_one()
        amounts = settlement.add(*self._get_parts_before_fee())
        return fees.limit(
            self.currency_id.round(amounts[settlement.NET]),
            settlement.total(amounts),
            self._get_fee_with_tax,
            self.currency_id.rounding,
        )

    def _get_fee_with_tax(self, fee):
        return self._add_taxes(self._get_fee_taxes(), self._get_fee_price(fee))[1]

    def _add_taxes(self, taxes, price):
        """Give an amount in the terms of its taxes without and with them."""
        found = taxes.compute_all(price, self.currency_id)
        return found["total_excluded"], found["total_included"]

    def _get_fee_label(self):
        return self.env._(
            "Restocking fee: %(product)s", product=self.product_id.display_name
        )

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _prepare_credit_lines(self):
        vals_list = super()._prepare_credit_lines()
        for line in self:
            withheld = line._get_fee_withheld()
            if withheld and line._is_credited():
                vals_list.append(
                    {
                        "name": line._get_fee_label(),
                        "product_id": line._get_fee_product().id,
                        "quantity": 1.0,
                        "price_unit": -line._get_fee_price(withheld),
                        "tax_ids": [Command.set(line._get_fee_taxes().ids)],
                    }
                )
        return vals_list
