from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import fees

#: The fields that say how much is charged.
_AMOUNTS = ("percent", "fixed", "per_unit", "minimum", "maximum")


class ReverseFeeRule(models.Model):
    """What policy charges the customer for taking goods back.

    Administrators write these rules in a draft of a version, which freezes them.
    Amounts are in the currency of the company that takes the goods back. Where goods
    were sold in another currency, amounts are converted at the rate of the credit.
    """

    _name = "reverse.fee.rule"
    _inherit = ["reverse.policy.rule.mixin"]
    _description = "Fee Rule"
    _order = "sequence, id"
    _decides_at_request = False  # it decides again when the goods are settled
    _term_fields = (
        *_AMOUNTS,
        "waive_at_fault",
        "waived_reason_ids",
        "waived_condition_ids",
        "above_credit",
        "product_id",
        "tax_ids",
    )
    _amounts_not_negative = models.Constraint(
        "CHECK (percent >= 0 AND fixed >= 0 AND per_unit >= 0 AND minimum >= 0 "
        "AND maximum >= 0)",
        "What a fee rule charges cannot be negative.",
    )
    _limits_in_order = models.Constraint(
        "CHECK (maximum = 0 OR maximum >= minimum)",
        "“At Least” must not exceed “At Most”.",
    )

    percent = fields.Float("Percentage", digits=(5, 2), help="Of the net value paid.")
    fixed = fields.Monetary(
        "Fixed Amount", help="Once for all of an order line in a return."
    )
    per_unit = fields.Monetary(
        "Amount per Unit", help="For each of the product's unit of measure."
    )
    minimum = fields.Monetary(
        "At Least", help="For all of an order line in a return; 0 for none."
    )
    maximum = fields.Monetary(
        "At Most", help="For all of an order line in a return; 0 for no limit."
    )
    waive_at_fault = fields.Boolean(
        "None if We Are at Fault",
        default=True,
        help="Nothing is charged when reason or inspection hold us, our warehouse, the "
        "supplier or the carrier liable.",
    )
    waived_reason_ids = fields.Many2many(
        "reverse.reason",
        "reverse_fee_rule_waived_reason_rel",
        string="Not for Reasons",
        ondelete="restrict",
        context={"active_test": False},
    )
    waived_condition_ids = fields.Many2many(
        "reverse.condition",
        "reverse_fee_rule_waived_condition_rel",
        string="Not in Conditions",
        ondelete="restrict",
        context={"active_test": False},
        help="Nothing is charged for goods that inspection finds in one of these.",
    )
    above_credit = fields.Selection(
        [("cap", "Is waived"), ("bill", "Is billed")],
        "What Exceeds the Credit",
        default="cap",
        required=True,
        help="A fee is withheld from the credit. What exceeds it goes on the order, or "
        "on an invoice of its own where there is no order. Where nothing is credited, "
        "because goods were not invoiced yet or are replaced, the whole fee is billed.",
    )
    product_id = fields.Many2one(
        "product.product",
        "Fee Product",
        ondelete="restrict",
        domain="[('type', '=', 'service'), ('invoice_policy', '=', 'order')]",
        help="Its account is that of the fee. Empty: the company's product for fees.",
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        ondelete="restrict",
        domain="[('type_tax_use', '=', 'sale')]",
        help="Empty: those of the fee product. The customer's fiscal position applies.",
    )

    @api.constrains("product_id", "tax_ids", "company_id", "version_id")
    def _check_fee_product(self):
        # sudo: records of other companies must be seen to be refused
        for rule in self.sudo():
            problem = rule._find_product_problem() or rule._find_tax_problem()
            if problem:
                raise ValidationError(problem)

    def _find_product_problem(self):
        """Say why a fee cannot be charged with the product, False when it can."""
        product = self.product_id
        if product and (product.type != "service" or product.invoice_policy != "order"):
            return self.env._(
                "%(product)s cannot be a fee: choose a service that is invoiced by "
                "ordered quantity.",
                product=product.display_name,
            )
        return False

    def _find_tax_problem(self):
        """Say which tax could never apply, False when all can."""
        own = self.company_id or self.version_id.company_id
        for tax in self.tax_ids:
            related = tax.company_id in own.parent_ids or own in (
                tax.company_id.parent_ids
            )
            if own and not related:
                return self.env._(
                    "%(tax)s is a tax of %(company)s: it would never apply.",
                    tax=tax.name,
                    company=tax.company_id.name,
                )
        return False

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.depends(*_term_fields)
    def _compute_says(self):
        return super()._compute_says()

    def _get_charged(self):
        """Give the amounts that are set, by the names of their fields."""
        return {name: self[name] for name in _AMOUNTS if self and self[name]}

    def _get_words(self):
        amounts = {name: self[name] for name in _AMOUNTS}
        yield from self._describe_amounts(amounts, self.currency_id)
        if self.waive_at_fault:
            yield self.env._("none if we are at fault")
        for records in (self.waived_reason_ids, self.waived_condition_ids):
            if records:
                names = ", ".join(records.mapped("name"))
                yield self.env._("not for %(names)s", names=names)
        if self.above_credit == "bill":
            yield self.env._("what exceeds the credit is billed")

    @api.model
    def _describe_amounts(self, terms, currency):
        """Say in short phrases how much a rule charges.

        :param dict terms: values of the amounts
        :param res.currency currency: that of the company
        :rtype: list[str]
        """
        shown = {name: currency.format(terms[name]) for name in _AMOUNTS[1:]}
        shown["percent"] = f"{terms['percent']:.12g}"
        sentences = {
            "percent": self.env._("%(percent)s %%", **shown),
            "fixed": shown["fixed"],
            "per_unit": self.env._("%(per_unit)s per unit", **shown),
            "minimum": self.env._("at least %(minimum)s", **shown),
            "maximum": self.env._("at most %(maximum)s", **shown),
        }
        words = [sentence for name, sentence in sentences.items() if terms[name]]
        return words or [self.env._("nothing")]

    # ------------------------------------------------------------------
    # For the engine
    # ------------------------------------------------------------------
    @api.model
    def _to_engine(self, terms):
        """Convert what a rule of a snapshot says for the engine.

        :param dict terms: values of ``_term_fields``
        :rtype: engine.fees.FeeTerms
        """
        terms = self._complete_terms(terms)
        return fees.FeeTerms(
            **{name: terms[name] for name in _AMOUNTS},
            waived_at_fault=terms["waive_at_fault"],
            waived_reasons=frozenset(terms["waived_reason_ids"] or ()),
            waived_conditions=frozenset(terms["waived_condition_ids"] or ()),
            bills_rest=terms["above_credit"] == "bill",
        )
