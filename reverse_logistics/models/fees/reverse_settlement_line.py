from collections import namedtuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import fees, settlement
from ...engine.settlement import NET, share

#: What is charged for a part, why it is this amount, and the id of the rule.
PartFee = namedtuple("PartFee", "amount code rule_id")


class ReverseSettlementLine(models.Model):
    """Charge a fee for taking goods back, with a product and taxes of its own.

    The fee is withheld from the credit of the goods. What exceeds the credit is waived
    or billed, as the rule says. Where nothing is credited, the whole fee is billed.
    """

    _inherit = "reverse.settlement.line"
    _fee_not_negative = models.Constraint(
        "CHECK (fee >= 0)", "A fee cannot be negative."
    )

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
    fee_order_line_id = fields.Many2one(
        "sale.order.line",
        "Billed Fee",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    fee_invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        guarded=True,
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
        """Give the sentence for each reason of a fee, or of none."""
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

    def _get_fee_withheld(self):
        """Give the part of the fee that lowers the credit, before tax."""
        self.ensure_one()
        return self.fee - self.fee_billed

    def _is_fee_too_high(self):
        """Tell whether the withheld fee exceeds the credit."""
        self.ensure_one()
        withheld = self._get_fee_withheld()
        return bool(
            withheld
            and self.currency_id.compare_amounts(withheld, self._get_fee_room()) > 0
        )

    # ------------------------------------------------------------------
    # Product and taxes of a fee, and the largest fee that a credit can bear
    # ------------------------------------------------------------------
    def _get_fee_product(self):
        """Give the product with which the fee is charged.

        :raises UserError: when there is none
        """
        self.ensure_one()
        # sudo: configuration
        own = self.sudo().fee_rule_id.product_id
        return own or self.company_id._get_reverse_fee_product()

    def _get_fee_taxes(self):
        """Give the taxes of the rule, else of the product, by fiscal position."""
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
        """Give a fee before tax as a price, with the taxes that prices include."""
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
        """Give the largest fee, before tax, that the credit of this line can bear."""
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
        """Give a price without and with its taxes."""
        found = taxes.compute_all(price, self.currency_id)
        return found["total_excluded"], found["total_included"]

    def _get_fee_label(self):
        return self.env._(
            "Restocking fee: %(product)s", product=self.product_id.display_name
        )

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _prepare_credit_fees(self):
        """Give the values of lines of the credit note that withhold fees."""
        vals_list = []
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

    # ------------------------------------------------------------------
    # The fee once it is known what came back, and in which condition
    #
    # It follows the version that decided the line, so that a later version does not
    # change what was announced. Each part of a line is charged by its own condition
    # and liability.
    # ------------------------------------------------------------------
    def _charge_fees(self):
        """Charge fees for these lines, which were just proposed.

        A fee entered by hand is for what was known then: where a rule charges more for
        what was found, it does, less what an approver has waived of it.
        """
        by_hand = self.filtered(lambda r: r.rma_line_id._has_fee_by_hand())
        by_rule = self.filtered(lambda r: r.rma_line_id._may_be_charged())
        weights = (by_hand | by_rule)._get_weights()
        versions = by_rule.rma_line_id._get_deciding_versions()
        charged = {}
        for version, lines in by_rule.grouped(
            lambda r: versions[r.rma_line_id]
        ).items():
            charged |= lines._get_fees_by_policy(version, weights)
        for key, (amount, waived) in by_hand._get_fees_by_hand().items():
            fee = charged.get(key)
            if not fee or fee.amount - waived <= amount:
                charged[key] = PartFee(amount, "by_hand", False)
            elif waived:
                charged[key] = fee._replace(amount=fee.amount - waived)
        for key, lines in (by_hand | by_rule)._group_by_part():
            if key in charged:
                lines._set_fee(*charged[key], weights)
        self._log_fees()

    def _log_fees(self):
        by_settlement = self.filtered("fee_code").grouped("settlement_id")
        settlements = self.env["reverse.settlement"].concat(*by_settlement)
        self.env["reverse.event"]._log(
            settlements,
            "FeeCharged",
            lambda settlement: {
                "settlement": settlement.id,
                "fees": [
                    {
                        "line": line.rma_line_id.id,
                        "inspection": line.inspection_id.id,
                        "fee": line.fee,
                        "currency": line.currency_id.name,
                        "code": line.fee_code,
                        "rule": line.fee_rule_id.id,
                    }
                    for line in by_settlement[settlement]
                ],
            },
        )

    def _group_by_part(self):
        return (
            self.sorted("id")
            .grouped(lambda line: (line.rma_line_id, line.inspection_id))
            .items()
        )

    def _get_product_quantity(self):
        """Give the quantity of lines of one return line, in the product's unit."""
        return self.rma_line_id._in_product_uom(sum(self.mapped("quantity")))

    def _get_charged_before(self, rma_lines):
        """Give the quantity of each return line that other lines already charge.

        :return: ``{return line: quantity in the product's unit}``
        :rtype: dict[reverse.rma.line, float]
        """
        before = {
            rma_line: rma_line._get_live_settlement_lines() - self
            for rma_line in rma_lines
        }
        return {
            rma_line: lines._get_product_quantity() if lines else 0.0
            for rma_line, lines in before.items()
        }

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------
    def _get_fees_by_hand(self):
        """Give each part its share of the fee that somebody entered for the line.

        :return: ``{(return line, part): (fee, what was waived of the rule's)}``
        """
        found, done = {}, self._get_charged_before(self.rma_line_id)
        for (rma_line, part), lines in self._group_by_part():
            shares = [
                fees.compute_part(
                    fees.FeeTerms(fixed=fixed),
                    fees.FeeFacts(quantity=lines._get_product_quantity()),
                    rma_line._get_chargeable_quantity(),
                    done[rma_line],
                    rma_line.fee_currency_id.rounding,
                ).amount
                for fixed in (rma_line.fee, rma_line.fee_waived)
            ]
            done[rma_line] += lines._get_product_quantity()
            found[rma_line, part] = shares
        return found

    # ------------------------------------------------------------------
    # By policy
    # ------------------------------------------------------------------
    def _find_dearer(self, parts):
        """Find the parts that bear a higher fee than was charged when all of their line
        was credited by these lines, before anybody had seen it.

        :param reverse.inspection parts: what was found
        """
        early = self.filtered(lambda line: line.rma_line_id._may_be_charged())
        versions = early.rma_line_id._get_deciding_versions()
        weights, seen = early._get_weights(), parts.grouped("line_id")
        due = {}
        for version, lines in early.grouped(lambda r: versions[r.rma_line_id]).items():
            due |= lines._get_fees_by_policy(version, weights, seen)
        charged = early.grouped("rma_line_id")

        def is_dearer(part):
            fee, lines = due.get((part.line_id, part)), charged.get(part.line_id)
            return (
                fee
                and lines.currency_id[:1].compare_amounts(
                    fee.amount - part.line_id.fee_waived, sum(lines.mapped("fee"))
                )
                > 0
            )

        return parts.filtered(is_dearer)

    def _get_fees_by_policy(self, version, weights, seen=None):
        """Give what the rules of a version charge for each part, as it was found.

        :param weights: ``{line: net value}``
        :param dict seen: ``{return line: parts}`` that were found of what nobody had
            seen; each is charged as if all had been found like it
        :return: ``{(return line, part): PartFee}``
        """
        rules, terms = self.rma_line_id._get_fee_terms(version)
        if not rules.ruleset.rules:
            return {}
        facts = self.rma_line_id._get_rule_facts(rules.dimensions, rules.by_value)
        together = self.rma_line_id._get_charged_together()
        before = self._get_charged_before(self.rma_line_id.union(*together.values()))
        done = {
            rma_lines: sum(before[line] for line in rma_lines)
            for rma_lines in together.values()
        }
        found = {}
        for (rma_line, inspected), lines in self._group_by_part():
            rma_lines = together[rma_line]
            for part in seen[rma_line] if seen else (inspected,):
                rule = rules.winner(rma_line._get_part_facts(part, facts[rma_line]))
                if not rule:
                    continue
                fee = fees.compute_part(
                    terms[rule.id],
                    lines._get_fee_facts(part, weights),
                    sum(line._get_chargeable_quantity() for line in rma_lines),
                    done[rma_lines],
                    lines.currency_id[:1].rounding,
                )
                if not seen:
                    done[rma_lines] += lines._get_product_quantity()
                found[rma_line, part] = PartFee(fee.amount, fee.code, rule.id)
        return found

    def _get_fee_facts(self, part, values):
        """Gather what the engine needs to know about one part.

        :param values: ``{settlement line: net value paid}``
        :rtype: engine.fees.FeeFacts
        """
        rma_line = self.rma_line_id
        # Goods replaced in advance were not inspected, so only the reason is known.
        liability = part.liability or rma_line.reason_id.liability
        return fees.FeeFacts(
            value=sum(values[line] for line in self),
            quantity=self._get_product_quantity(),
            rate=self[:1]._get_fee_rate(),
            liability=liability or "unknown",
            lawful=rma_line._is_fee_forbidden(),
            kept=bool(part) and part._stays_with_customer(),
            reasons=frozenset(rma_line.reason_id._get_path()),
            conditions=frozenset(part.condition_id.ids),
        )

    def _get_weights(self):
        """Give the net value of each line in its currency.

        It is what was paid or, for goods not invoiced yet or replaced, what is to be
        paid.

        :rtype: dict[reverse.settlement.line, float]
        """
        credited = self.filtered(lambda line: line._is_credited())
        weights = {line: line._get_net_paid() for line in credited}
        others = (self - credited).rma_line_id
        values, rates = others._get_values_at_stake(), others._get_fee_rates()
        for line in self - credited:
            own = line.rma_line_id
            weights[line] = values[own] * rates[own] * line.quantity / own.quantity
        return weights

    def _get_net_paid(self):
        """Give what the customer paid for the credited goods, before tax."""
        self.ensure_one()
        if self.credit_amounts:
            return self._get_due()[NET]
        amount = self._get_gross() - self.discount_share - self.rounding
        return self._add_taxes(self.tax_ids, amount)[0]

    def _get_fee_rate(self):
        """Give units of this line's currency for one of the company's.

        It is the rate at which the credit is booked.
        """
        self.ensure_one()
        currency, own = self.currency_id, self.company_id.currency_id
        if currency == own:
            return 1.0
        if not self._is_credited():
            return self.rma_line_id._get_fee_rates()[self.rma_line_id]
        day = fields.Date.context_today(self)
        if self.company_id.reverse_currency_rate == "invoice":
            # sudo: only a rate or a date of the sale is read
            line = self.sudo()
            if line.invoice_id:
                return line.invoice_id.invoice_currency_rate
            day = line.historic_sale_id.date or day
        return currency._get_conversion_rate(own, currency, self.company_id, day)

    def _value_for_limits(self, amount):
        """Give what an amount of this line is worth to limits, in our currency.

        That is what is booked, and no less than the goods were worth when policy
        decided: a rate that somebody enters takes no credit below its limit.
        """
        self.ensure_one()
        currency = self.company_id.currency_id
        if (self.currency_id or currency) == currency:
            return amount
        value = amount / (self._get_fee_rate() or 1.0)
        paid = self.kind != "value" and self._get_net_paid()
        if paid:
            then = self.rma_line_id.unit_value * self.quantity
            value = max(value, amount / paid * then)
        return currency.round(value)

    # ------------------------------------------------------------------
    # What is charged
    # ------------------------------------------------------------------
    def _set_fee(self, fee, code, rule_id, weights):
        """Share out the fee of a part over the lines that credit it.

        :param float fee: of the part
        :param str code: why it is this amount
        :param rule_id: id of the rule, False for none
        :param weights: ``{line: net value}``
        """
        if not sum(weights[line] for line in self):
            weights = {line: line.quantity for line in self}
        whole, done = sum(weights[line] for line in self), 0.0
        # Written first: the taxes of the rule decide how large a fee a credit can bear.
        self._guarded_write({"fee_rule_id": rule_id, "fee_code": code})
        for line in self:
            step = line.currency_id.rounding
            amount = share(fee, weights[line], whole, done, step)
            done += weights[line]
            if amount:
                line._guarded_write(line._cap_fee(amount))

    def _cap_fee(self, amount):
        """Waive what exceeds the credit, unless the rule bills it.

        :return: values to write
        """
        self.ensure_one()
        if not self._is_credited() or self.fee_rule_id.above_credit == "bill":
            return {"fee": amount}
        room = self._get_fee_room()
        if self.currency_id.compare_amounts(amount, room) <= 0:
            return {"fee": amount}
        return {"fee": room, "fee_code": "capped"}

    # ------------------------------------------------------------------
    # Fees that exceed the credit: on the order, or on an invoice of their own
    #
    # Where there is an order, its next invoice charges the fee. For sales from before
    # Odoo there is none, so accounting gets a draft invoice.
    # ------------------------------------------------------------------
    def _refuse_fee_change(self):
        """Refuse to change what a release charges on an order."""
        for settled in self:
            line = settled.fee_order_line_id
            self.env["reverse.refusal"]._note("released", line.company_id)
            raise UserError(
                self.env._(
                    "%(fee)s was released with %(rma)s. A credit releaser takes it "
                    "back by Reverse on the settlement.",
                    fee=line.name,
                    rma=settled.rma_id.name,
                )
            )

    def _bill_fees(self):
        """Bill the part of the fees that exceeds the credits of these lines."""
        billed = self.filtered("fee_billed")
        ordered = billed.filtered("rma_line_id.sale_line_id")
        # sudo: the settlements are released, and exactly their fees are charged
        order_lines = self.env["sale.order.line"].sudo()
        order_lines = order_lines.create([line._prepare_fee() for line in ordered])
        for line, order_line in zip(ordered, order_lines, strict=True):
            line._guarded_write({"fee_order_line_id": order_line.id})
        groups = (billed - ordered).grouped("settlement_id").values()
        # sudo: as above; accounting posts it
        invoices = self._sudo_clean(self.env["account.move"])
        invoices = invoices.create([lines._prepare_fee_invoice() for lines in groups])
        for lines, invoice in zip(groups, invoices, strict=True):
            lines._guarded_write({"fee_invoice_id": invoice.id})

    def _prepare_fee(self):
        """Give the values of the order line that charges the billed part."""
        self.ensure_one()
        return {
            "order_id": self.rma_line_id.sale_line_id.order_id.id,
            "product_uom_qty": 1.0,
            **self._prepare_fee_charge(),
        }

    def _prepare_fee_charge(self):
        self.ensure_one()
        return {
            "product_id": self._get_fee_product().id,
            "name": self._get_fee_label(),
            "price_unit": self._get_fee_price(self.fee_billed),
            "discount": 0.0,
            "tax_ids": [Command.set(self._get_fee_taxes().ids)],
        }

    def _prepare_fee_invoice(self):
        """Give the values of the invoice for the billed fees of one settlement."""
        company = self.company_id
        # sudo: only the customer's address for invoices is read
        partner = self.rma_id.sudo().partner_id
        return {
            "move_type": "out_invoice",
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "company_id": company.id,
            "currency_id": self.currency_id.id,
            "invoice_date": company._get_reverse_today(),
            "invoice_origin": self.rma_id.name,
            "invoice_line_ids": [
                Command.create({"quantity": 1.0, **line._prepare_fee_charge()})
                for line in self
            ],
        }

    # ------------------------------------------------------------------
    # Corrections
    # ------------------------------------------------------------------
    def _take_back_fees(self):
        """Take back the billed fees of a reversed settlement.

        The order's line is set to zero, and an invoice for the fee is cancelled or
        reversed.
        """
        # sudo: exactly what the release charged is taken back
        fees = self.sudo().fee_order_line_id
        locked = fees.order_id.filtered("locked")
        locked.locked = False
        fees.product_uom_qty = 0.0
        locked.locked = True
        # sudo: as above
        invoices = self.sudo().fee_invoice_id.filtered(
            lambda move: not move._is_reverse_credit_gone()
        )
        posted = invoices.filtered(lambda move: move.state == "posted")
        (invoices - posted).button_cancel()
        for move in posted:
            move._reverse_moves(
                [{"ref": self.env._("Reversal of %(number)s", number=move.name)}],
                cancel=True,
            )
