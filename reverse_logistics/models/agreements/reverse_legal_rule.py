from odoo import api, fields, models

from ...engine import legal
from ..base.reverse_labels import get_labels

BASES = [
    ("withdrawal", "Withdrawal by consumers"),
    ("statutory_warranty", "Statutory warranty"),
    ("commercial", "Guarantee of ours"),
]


class ReverseLegalRule(models.Model):
    """What the law grants a customer, above window, fee and freight of the policy.

    Administrators write these rules in a draft of a version, which freezes them. Of
    several rules on one basis the most specific applies, as for every kind of rule. Of
    several bases the strongest is used, see ``engine/legal.py``.
    """

    _name = "reverse.legal.rule"
    _inherit = ["reverse.policy.rule.mixin"]
    _description = "Legal Rule"
    _order = "sequence, id"
    _term_fields = (
        "basis",
        "audience",
        "period",
        "period_unit",
        "period_from",
        "working_day",
        "informed",
        "uninformed_months",
        "refund_days",
        "refund_waits",
        "refund_outbound",
        "no_fee",
        "freight_payer",
        "excluded_trait_ids",
    )
    _period_positive = models.Constraint(
        "CHECK (period > 0)", "Say how long the right lasts: it must be above zero."
    )
    _days_not_negative = models.Constraint(
        "CHECK (uninformed_months >= 0 AND refund_days >= 0)",
        "Months where nobody was told, and days to pay back, cannot be negative.",
    )

    basis = fields.Selection(
        BASES,
        required=True,
        default="withdrawal",
        help="The statutory warranty holds only for reasons that a supplier or we "
        "answer for.",
    )
    audience = fields.Selection(
        [("consumer", "Consumers"), ("business", "Businesses"), ("both", "Everybody")],
        "For",
        required=True,
        default="consumer",
        help="Who buys as a business is said on the customer; where nothing is said, "
        "they are a consumer.",
    )
    period = fields.Integer(
        "Lasts",
        required=True,
        default=14,
        help="Counted from the day on which the customer has the goods.",
    )
    period_unit = fields.Selection(
        [("days", "Days"), ("months", "Months")], required=True, default="days"
    )
    period_from = fields.Selection(
        [
            ("order", "the last delivery of the order"),
            ("delivery", "the delivery of these goods"),
        ],
        "Counted from",
        required=True,
        default="order",
    )
    working_day = fields.Boolean(
        "Ends on a Working Day",
        default=True,
        help="A last day that is a Saturday, a Sunday or a public holiday where the "
        "customer is moves to the next working day.",
    )
    informed = fields.Boolean(
        "Customers Are Told with the Order",
        default=True,
        help="Every order confirmation tells of the right to withdraw. Off: only where "
        "the order says so.",
    )
    uninformed_months = fields.Integer(
        "Longer Where Not Told (months)",
        default=12,
        help="Where the customer was not told of the right.",
    )
    refund_days = fields.Integer(
        "Pay Back within (days)",
        default=14,
        help="Counted from the day on which the customer stated the withdrawal.",
    )
    refund_waits = fields.Boolean(
        "May Wait for the Goods",
        default=True,
        help="The money may be held back until the goods are here, or the customer has "
        "proved that they were sent.",
    )
    refund_outbound = fields.Boolean(
        "Refund the Outbound Delivery",
        default=True,
        help="Once per order, when all of it is withdrawn, and no more than your "
        "standard delivery costs.",
    )
    no_fee = fields.Boolean(default=True, help="No fee may be charged for the return.")
    freight_payer = fields.Selection(
        [("company", "We pay"), ("customer", "The customer pays")],
        "Return Freight",
        help="Told to the customer, and counted in simulations. Empty: as otherwise.",
    )
    excluded_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_legal_rule_excluded_trait_rel",
        "rule_id",
        "trait_id",
        string="Not For",
        ondelete="restrict",
        context={"active_test": False},
        help="Goods with any of these traits have no such right, for example goods cut "
        "to size.",
    )

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.depends(*_term_fields)
    def _compute_says(self):
        return super()._compute_says()

    def _say_period(self):
        """Say how long the right lasts, in the words of a sentence."""
        self.ensure_one()
        if self.period_unit == "months":
            return self.env._("%(count)s months", count=self.period)
        return self.env._("%(count)s days", count=self.period)

    def _get_words(self):
        yield self._get_label("basis")
        yield self._get_label("audience").lower()
        start = self.env._("the delivery of these goods")
        if self.basis == "withdrawal":
            start = self._get_label("period_from")
        yield self.env._(
            "%(period)s from %(start)s", period=self._say_period(), start=start
        )
        if self.basis == "withdrawal":
            days, months = self.refund_days, self.uninformed_months
            if days == 1:
                yield self.env._("money back within a day")
            else:
                yield self.env._("money back within %(days)s days", days=days)
            if self.informed:
                pass
            elif months == 1:
                yield self.env._("a month longer where the customer was not told")
            else:
                yield self.env._(
                    "%(months)s months longer where the customer was not told",
                    months=months,
                )
        if self.no_fee:
            yield self.env._("no fee")
        if self.freight_payer == "company":
            yield self.env._("we pay the freight")
        elif self.freight_payer == "customer":
            yield self.env._("the customer pays the freight")
        if self.excluded_trait_ids:
            names = ", ".join(self.excluded_trait_ids.mapped("name"))
            yield self.env._("not for: %(traits)s", traits=names)

    def _get_label(self, name):
        labels = get_labels(self, name)
        return labels.get(self[name], "")

    # ------------------------------------------------------------------
    # Engine
    # ------------------------------------------------------------------
    def _get_rule_scopes(self):
        """Let rules compete only on the same basis and for the same customers."""
        self.ensure_one()
        both = ("consumer", "business")
        audiences = both if self.audience == "both" else (self.audience,)
        return [(self.basis, audience) for audience in audiences]

    @api.model
    def _to_engine(self, rule_id, terms):
        """Convert what a rule of a snapshot says for the engine.

        :param rule_id: id of the rule, None for the usual terms
        :param dict terms: values of ``_term_fields``
        :rtype: engine.legal.LegalTerms
        """
        terms = self._complete_terms(terms)
        withdrawal = terms["basis"] == legal.WITHDRAWAL
        return legal.LegalTerms(
            rule=rule_id,
            basis=terms["basis"],
            audience=terms["audience"],
            period=terms["period"],
            unit=terms["period_unit"],
            excluded=frozenset(terms["excluded_trait_ids"] or ()),
            freight_payer=terms["freight_payer"] or "",
            # Only the right to withdraw has these terms.
            from_last=withdrawal and terms["period_from"] == "order",
            working_day=withdrawal and terms["working_day"],
            informed=not withdrawal or terms["informed"],
            uninformed_months=withdrawal and terms["uninformed_months"],
            refund_days=terms["refund_days"],
            may_wait=terms["refund_waits"],
            outbound=withdrawal and terms["refund_outbound"],
        )
