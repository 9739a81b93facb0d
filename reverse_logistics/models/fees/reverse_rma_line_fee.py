from dataclasses import replace

from odoo import api, fields, models

from ...engine import matching
from ...engine.settlement import share


class ReverseRmaLine(models.Model):
    """What the customer is charged for taking a line back: by policy, or by hand."""

    _inherit = "reverse.rma.line"

    fee = fields.Monetary(
        "Restocking Fee",
        currency_field="fee_currency_id",
        copy=False,
        help="Before tax, for the whole quantity; shared out over what is settled. By "
        "policy it is an estimate until the goods were inspected.",
    )
    fee_currency_id = fields.Many2one(
        "res.currency", compute="_compute_fee_currency_id", compute_sudo=True
    )
    fee_by_hand = fields.Boolean(
        copy=False,
        help="Somebody entered the fee, so that policy leaves it as it is.",
    )
    fee_rule_id = fields.Many2one(
        "reverse.fee.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    fee_explanation = fields.Char(
        "About the Fee", readonly=True, copy=False, guarded="decision"
    )
    decided_on = fields.Date(
        readonly=True,
        copy=False,
        help="The company's day on which policy decided; rules of that day hold.",
        guarded="decision",
    )

    _fee_not_negative = models.Constraint(
        "CHECK (fee >= 0)", "A fee cannot be negative."
    )

    @api.depends("sale_line_id", "move_id", "historic_sale_id", "company_id")
    def _compute_fee_currency_id(self):
        for line in self:
            line.fee_currency_id = (
                line._get_credit_currency()
                or line.move_id.sale_line_id.currency_id
                or line.company_id.currency_id
            )

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------
    @api.model
    def _complete_create(self, vals_list):
        return [
            {**vals, "fee_by_hand": bool(vals.get("fee") or vals.get("fee_by_hand"))}
            for vals in super()._complete_create(vals_list)
        ]

    def write(self, vals):
        if not self._in_workflow():
            if "fee" in vals:
                vals = {**vals, "fee_by_hand": True}
            elif not vals.get("fee_by_hand", True):
                # policy says it anew
                vals = {**vals, "fee": 0.0}
        return super().write(vals)

    def _forget_decision(self):
        stale = self.filtered(lambda line: line.state == "draft" and line.decision)
        stale.filtered(lambda line: not line.fee_by_hand)._guarded_write({"fee": 0.0})
        return super()._forget_decision()

    def _split_over(self, parts, rest):
        """What was entered for the whole quantity is shared out over the deliveries."""
        whole, fee = self.quantity, self.fee
        vals_list = super()._split_over(parts, rest)
        if not self.fee_by_hand:
            return vals_list
        done, shares = 0.0, []
        for quantity in (self.quantity, *(vals["quantity"] for vals in vals_list)):
            step = self.fee_currency_id.rounding
            shares.append(share(fee, quantity, whole, done, step))
            done += quantity
        self._guarded_write({"fee": shares[0]})
        for vals, amount in zip(vals_list, shares[1:], strict=True):
            vals.update(fee=amount, fee_by_hand=True)
        return vals_list

    def _event_data(self):
        data = super()._event_data()
        for values, line in zip(data, self, strict=True):
            if line.fee or line.fee_rule_id:
                values.update(
                    fee=line.fee,
                    fee_rule=line.sudo().fee_rule_id.id,  # sudo: reference only
                    fee_by_hand=line.fee_by_hand,
                )
        return data

    # ------------------------------------------------------------------
    # What the fee depends on
    # ------------------------------------------------------------------
    def _get_fee_terms(self, version):
        """Give the fee rules of a version.

        :return: ``(engine.snapshot.CompiledRules, {rule id: engine.fees.FeeTerms})``
        """
        rules = version._get_rules("fee")
        convert = self.env["reverse.fee.rule"]._to_engine
        return rules, {key: convert(terms) for key, terms in rules.terms.items()}

    def _get_part_facts(self, part, facts):
        """Give what rules can ask of one part, on the day on which policy decided.

        :param reverse.inspection part: empty for goods that are replaced in advance
        :param engine.matching.Facts facts: of the line
        """
        self.ensure_one()
        values = dict(facts.values)
        if "condition" in values:
            values["condition"] = matching.plain(part.condition_id.ids)
        return replace(facts, day=self.decided_on or facts.day, values=values)

    def _get_chargeable_quantity(self):
        """The whole of which a part is charged its share, in the product's unit."""
        self.ensure_one()
        return self._in_product_uom(self.qty_authorized or self.quantity)

    def _may_be_charged(self):
        """A deposit is an entitlement and a shipping error no return: both are free."""
        self.ensure_one()
        return not (self.deposit_type_id or self.claim)

    def _has_fee_by_hand(self):
        """Whether somebody has entered a fee; of a withdrawal only the rules say it."""
        self.ensure_one()
        return self.fee_by_hand and self.rma_id.basis != "withdrawal"

    def _is_fee_forbidden(self, verdict=None):
        """Whether the law lets the customer return these goods for nothing.

        :param dict verdict: what policy is about to say of the line, while it decides;
            left out once that is kept
        """
        self.ensure_one()
        return False

    def _get_fee_rates(self):
        """Give units of the fee's currency for one of the company's, by line.

        At the rate of the order, or of the day of an old sale.
        """
        # sudo: rates of the customer's own purchase
        lines = self.sudo()
        today = fields.Date.context_today(self)
        groups = lines.grouped(
            lambda line: (
                line.company_id,
                line.fee_currency_id,
                (line.sale_line_id or line.move_id.sale_line_id).order_id.currency_rate,
                line.historic_sale_id.date or today,
            )
        )
        rates = {}
        for (company, currency, rate, day), group in groups.items():
            if currency == company.currency_id:
                rate = 1.0
            elif not rate:
                rate = currency._get_conversion_rate(
                    company.currency_id, currency, company, day
                )
            # by record, since a simulation asks about lines that are only in memory
            rates |= dict.fromkeys(group, rate)
        return {line: rates[line] for line in self}
