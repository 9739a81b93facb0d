from odoo import api, fields, models

from ...engine import eligibility, recovery
from ..base.reverse_labels import get_labels

CREDIT_RELEASES = [
    ("authorization", "With the authorization"),
    ("shipped", "When the customer has shipped"),
    ("receipt", "When the goods are received"),
    ("inspection", "When the goods are inspected"),
    ("person", "When a person releases it"),
]


def _named(terms, prefix, answer):
    return frozenset(
        name.removeprefix(prefix)
        for name, value in terms.items()
        if name.startswith(prefix) and bool(value) == answer
    )


class ReversePolicyRule(models.Model):
    """What policy says of some goods: may they come back, until when, with what proof.

    Administrators write these rules in a draft of a version, which freezes them.
    """

    _name = "reverse.policy.rule"
    _inherit = ["reverse.policy.rule.mixin"]
    _description = "Eligibility Rule"
    _order = "sequence, id"
    _term_fields = (
        "returnable",
        "unlimited",
        "window_days",
        "window_from",
        "authorize",
        "proof_photo",
        "proof_serial",
        "proof_purchase",
        "proof_hazard",
        "offer_refund",
        "offer_replacement",
        "max_quantity",
        "max_value",
        "warranty_months",
        "warranty_from",
        "credit_release",
        "returnless",
        "returnless_value",
        "recovery_percent",
        "keep_percent",
    )
    _earlier_terms = {"credit_release": "inspection"}
    _window_not_negative = models.Constraint(
        "CHECK (window_days >= 0)", "The return window cannot be negative."
    )
    _limits_not_negative = models.Constraint(
        "CHECK (max_quantity >= 0 AND max_value >= 0 AND warranty_months >= 0)",
        "Limits and warranty of a rule cannot be negative.",
    )
    _returnless_in_range = models.Constraint(
        "CHECK (returnless_value >= 0 AND recovery_percent BETWEEN 0 AND 100)",
        "The value below which goods stay with the customer cannot be negative, and "
        "what they bring in is between 0 and 100 %.",
    )

    returnable = fields.Boolean(
        "Can Be Returned", default=True, help="Off: final sale."
    )
    unlimited = fields.Boolean(
        "No Time Limit", help="Returns are accepted however long ago the sale was."
    )
    window_days = fields.Integer("Return Window (days)", default=30, required=True)
    window_from = fields.Selection(
        [("delivery", "Delivery"), ("invoice", "Invoice"), ("order", "Order")],
        "Counted from",
        default="delivery",
        required=True,
    )
    authorize = fields.Boolean(
        "Authorize Automatically",
        default=True,
        help="What the rule allows is authorized at once. Off: a person decides.",
    )
    proof_photo = fields.Boolean("Photo")
    proof_serial = fields.Boolean(
        "Lot/Serial Number",
        help="Of products that are tracked by lot or serial number.",
    )
    proof_purchase = fields.Boolean(
        "Purchase Document",
        help="For goods of which no sale is known; otherwise the sale is the proof.",
    )
    proof_hazard = fields.Boolean("Hazard Declaration")
    offer_refund = fields.Boolean("Refund", default=True)
    offer_replacement = fields.Boolean("Replacement", default=True)
    max_quantity = fields.Float(
        "Largest Quantity",
        digits="Product Unit",
        help="Of one product in a return, in its unit; 0 for any.",
    )
    max_value = fields.Monetary(
        "Largest Value", help="Net value of one product in a return; 0 for any."
    )
    warranty_months = fields.Integer(
        "Warranty (months)",
        help="How long defective goods may come back, even after the window. 0: as the "
        "product says.",
    )
    warranty_from = fields.Selection(
        [("delivery", "Delivery"), ("invoice", "Invoice")],
        "Warranty Begins with",
        default="delivery",
        required=True,
        help="A replacement goes on with the warranty of what it replaces. A lot or "
        "serial number may name a later day, on which it was first used.",
    )
    credit_release = fields.Selection(
        CREDIT_RELEASES,
        "Credit",
        default="person",
        required=True,
        help="If the inspection finds otherwise, or the goods do not arrive, refunds "
        "that were released before are reviewed.",
    )
    credit_note = fields.Char(compute="_compute_credit_note")
    returnless = fields.Selection(
        [
            ("no", "Always"),
            ("below", "Not below a value"),
            ("recovery", "Not if it costs more than the goods bring in"),
        ],
        "Goods Have to Come Back",
        default="no",
        required=True,
        help=(
            "What need not come back stays with the customer, who gets the "
            "credit anyway."
        ),
    )
    returnless_value = fields.Monetary(
        "Stays with Customer below", help="Net value of one line."
    )
    recovery_percent = fields.Float(
        "Expected to Bring in (%)",
        default=50.0,
        help="What goods are worth once they are back, of what was paid for them.",
    )

    keep_percent = fields.Float(
        "Offer to Keep for (%)",
        digits=(5, 2),
        help="Once the return is accepted, the customer is offered to keep the goods "
        "and get this share of the credit. Whoever declines, or does not answer, sends "
        "the goods as usual. 0: no offer. Not where the credit comes with the "
        "authorization.",
    )
    _keep_percent_in_range = models.Constraint(
        "CHECK (keep_percent BETWEEN 0 AND 100)",
        "The share for which goods are kept is between 0 and 100 %.",
    )

    @api.depends("credit_release", "max_value", "value_to", "authorize", "returnless")
    def _compute_credit_note(self):
        labels = get_labels(self, "credit_release")
        for rule in self:
            limits = [limit for limit in (rule.max_value, rule.value_to) if limit]
            currency = rule.currency_id or self.env.company.currency_id
            words = {
                "moment": labels[rule.credit_release],
                "person": labels["person"],
                "value": currency.format(min(limits, default=0.0)),
            }
            if rule.credit_release == "person":
                rule.credit_note = False
            elif limits:
                rule.credit_note = self.env._(
                    "Refunds up to %(value)s are released automatically "
                    "(“%(moment)s”), without approval by finance. An approval rule "
                    "for credits, or “%(person)s”, has somebody look at them.",
                    **words,
                )
            else:
                rule.credit_note = self.env._(
                    "Refunds of any amount are released automatically (“%(moment)s”), "
                    "without approval by finance. An approval rule for credits, or "
                    "“%(person)s”, has somebody look at them.",
                    **words,
                )

    @api.depends(*_term_fields)
    def _compute_says(self):
        """Say what the rule says, with the terms of this kind of rule.

        reverse_logistics_repair extends this by whether repairs are offered.
        """
        return super()._compute_says()

    def _get_words(self):
        return [
            *self._get_window_words(),
            *self._get_limit_words(),
            *self._get_credit_words(),
        ]

    def _get_window_words(self):
        label = self._fields["window_from"]._description_selection(self.env)
        if not self.returnable:
            yield self.env._("final sale")
        elif self.unlimited:
            yield self.env._("no time limit")
        else:
            yield self.env._(
                "%(days)s days from %(start)s",
                days=self.window_days,
                start=dict(label).get(self.window_from, "").lower(),
            )
        if self.warranty_months:
            yield self.env._("%(months)s-month warranty", months=self.warranty_months)

    def _get_limit_words(self):
        proofs = [
            self._fields[name]._description_string(self.env).lower()
            for name in self._term_fields
            if name.startswith("proof_") and self[name]
        ]
        if proofs:
            yield self.env._("with %(proofs)s", proofs=", ".join(proofs))
        if self.max_quantity:
            yield self.env._("at most %(quantity).12g", quantity=self.max_quantity)
        if self.max_value:
            yield self.env._(
                "at most %(value)s", value=self.currency_id.format(self.max_value)
            )
        if not self.authorize:
            yield self.env._("a person decides")

    def _get_credit_words(self):
        withheld = [
            self._fields[name]._description_string(self.env).lower()
            for name in self._term_fields
            if name.startswith("offer_") and not self[name]
        ]
        if withheld:
            yield self.env._("no %(settlements)s", settlements=", ".join(withheld))
        if self.credit_release != "inspection":
            labels = self._fields["credit_release"]._description_selection(self.env)
            yield self.env._(
                "credit %(when)s", when=dict(labels)[self.credit_release].lower()
            )
        if self.returnless == "below":
            yield self.env._(
                "stays with the customer below %(value)s",
                value=self.currency_id.format(self.returnless_value),
            )
        elif self.returnless == "recovery":
            yield self.env._(
                "stays with the customer where %(percent).12g %% of its value do not "
                "pay for having it back",
                percent=self.recovery_percent,
            )
        if self.keep_percent:
            yield self.env._(
                "offer to keep it for %(percent).12g %%", percent=self.keep_percent
            )

    @api.model
    def _to_engine(self, terms, agreements=frozenset()):
        """Convert what a rule of a snapshot says for the engine.

        :param dict terms: values of ``_term_fields``
        :param agreements: ids of the agreements that are a condition of the rule
        :rtype: engine.eligibility.Terms
        """
        terms = self._complete_terms(terms)
        return eligibility.Terms(
            returnable=terms["returnable"],
            window_days=None if terms["unlimited"] else terms["window_days"],
            window_from=terms["window_from"],
            proofs=_named(terms, "proof_", True),
            withheld=_named(terms, "offer_", False),
            max_quantity=terms["max_quantity"],
            max_value=terms["max_value"],
            by_policy=terms["authorize"],
            warranty_months=terms["warranty_months"],
            warranty_from=terms["warranty_from"],
            agreements=frozenset(agreements),
            release=terms["credit_release"],
            returnless=recovery.Returnless(
                terms["returnless"],
                terms["returnless_value"],
                terms["recovery_percent"],
            ),
        )
