from odoo import api, fields, models

from ...engine import fees
from ...engine.settlement import NET, share


class ReverseSettlementLine(models.Model):
    """What is charged once it is known what came back, and in which condition.

    By the version that decided the line: what it announced does not change with a later
    one. Each part of a line is charged by its own condition and liability.
    """

    _inherit = "reverse.settlement.line"

    @api.model
    def _create_for(self, targets):
        failed = super()._create_for(targets)
        parts = self.env["reverse.inspection"].concat(*targets)
        lines = parts.settlement_line_ids.filtered(
            lambda line: line.settlement_id in targets.values()
        )
        lines._charge_fees()
        return failed

    def _charge_fees(self):
        """Charge the goods of these lines, which were proposed just now."""
        by_hand = self.filtered(lambda r: r.rma_line_id._has_fee_by_hand())
        by_hand._charge_by_hand()
        rest = (self - by_hand).filtered(lambda r: r.rma_line_id._may_be_charged())
        versions = self.env["reverse.policy.version"]._get_deciding(rest.rma_line_id)
        for version, lines in rest.grouped(lambda r: versions[r.rma_line_id]).items():
            lines._charge_by_policy(version)
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
        """Quantity of these lines of one return line, in the product's unit."""
        return self.rma_line_id._in_product_uom(sum(self.mapped("quantity")))

    def _get_charged_before(self):
        """Give the quantity of each return line that others charge or have charged.

        :rtype: dict[reverse.rma.line, float]
        """
        before = {
            rma_line: rma_line._get_live_settlement_lines() - self
            for rma_line in self.rma_line_id
        }
        return {
            rma_line: lines._get_product_quantity() if lines else 0.0
            for rma_line, lines in before.items()
        }

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------
    def _charge_by_hand(self):
        """Give each part its share of what somebody entered for the line."""
        done = self._get_charged_before()
        weights = self._get_weights()
        for (rma_line, _part), lines in self._group_by_part():
            fee = fees.compute_part(
                fees.FeeTerms(fixed=rma_line.fee),
                fees.FeeFacts(quantity=lines._get_product_quantity()),
                rma_line._get_chargeable_quantity(),
                done[rma_line],
                rma_line.fee_currency_id.rounding,
            )
            done[rma_line] += lines._get_product_quantity()
            lines._set_fee(fee.amount, "by_hand", False, weights)

    # ------------------------------------------------------------------
    # By policy
    # ------------------------------------------------------------------
    def _charge_by_policy(self, version):
        rules, terms = self.rma_line_id._get_fee_terms(version)
        if not rules.ruleset.rules:
            return
        facts = self.rma_line_id._get_rule_facts(rules.dimensions, rules.by_value)
        done = self._get_charged_before()
        weights = self._get_weights()
        for (rma_line, part), lines in self._group_by_part():
            rule = rules.winner(rma_line._get_part_facts(part, facts[rma_line]))
            if not rule:
                continue
            fee = fees.compute_part(
                terms[rule.id],
                lines._get_fee_facts(part, weights),
                rma_line._get_chargeable_quantity(),
                done[rma_line],
                lines.currency_id[:1].rounding,
            )
            done[rma_line] += lines._get_product_quantity()
            lines._set_fee(fee.amount, fee.code, rule.id, weights)

    def _get_fee_facts(self, part, values):
        """Give what the engine has to know of one part.

        :param values: ``{settlement line: net value paid}``
        :rtype: engine.fees.FeeFacts
        """
        rma_line = self.rma_line_id
        # What is replaced in advance was not inspected: the reason is all there is.
        liability = part.liability or rma_line.reason_id.liability
        return fees.FeeFacts(
            value=sum(values[line] for line in self),
            quantity=self._get_product_quantity(),
            rate=self[:1]._get_fee_rate(),
            liability=liability or "unknown",
            lawful=rma_line._is_fee_forbidden(),
            kept=bool(part) and part._stays_with_customer(),
            reason=rma_line.reason_id.id,
            conditions=frozenset(part.condition_id.ids),
        )

    def _get_weights(self):
        """Give the net value of each line in its currency: what was paid, or is to be
        paid for what is not invoiced yet or replaced.

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
        """What the customer paid for what is credited, before tax."""
        self.ensure_one()
        if self.credit_amounts:
            return self._get_due()[NET]
        amount = self._get_gross() - self.discount_share - self.rounding
        return self._add_taxes(self.tax_ids, amount)[0]

    def _get_fee_rate(self):
        """Give units of this line's currency for one of the company's, as its credit
        is booked.
        """
        self.ensure_one()
        currency, own = self.currency_id, self.company_id.currency_id
        if currency == own:
            return 1.0
        if not self._is_credited():
            return self.rma_line_id._get_fee_rates()[self.rma_line_id]
        day = fields.Date.context_today(self)
        if self.company_id.reverse_currency_rate == "invoice":
            # sudo: the rate of the customer's own invoice, or the day of an old sale
            line = self.sudo()
            if line.invoice_id:
                return line.invoice_id.invoice_currency_rate
            day = line.historic_sale_id.date or day
        return currency._get_conversion_rate(own, currency, self.company_id, day)

    # ------------------------------------------------------------------
    # What is charged
    # ------------------------------------------------------------------
    def _set_fee(self, fee, code, rule_id, weights):
        """Share out the fee of a part over what it is credited from.

        :param float fee: of the part
        :param str code: why so much
        :param rule_id: by which rule, False for none
        :param weights: ``{line: net value}``
        """
        if not sum(weights[line] for line in self):
            weights = {line: line.quantity for line in self}
        whole, done = sum(weights[line] for line in self), 0.0
        # The rule says which taxes a fee has, and so how much of it a credit holds.
        self._guarded_write({"fee_rule_id": rule_id, "fee_code": code})
        for line in self:
            step = line.currency_id.rounding
            amount = share(fee, weights[line], whole, done, step)
            done += weights[line]
            if amount:
                line._guarded_write(line._cap_fee(amount))

    def _cap_fee(self, amount):
        """Forgo what the credit does not hold, unless the rule bills it.

        :return: values to write
        """
        self.ensure_one()
        if not self._is_credited() or self.fee_rule_id.above_credit == "bill":
            return {"fee": amount}
        room = self._get_fee_room()
        if self.currency_id.compare_amounts(amount, room) <= 0:
            return {"fee": amount}
        return {"fee": room, "fee_code": "capped"}
