"""What the customer is charged for a return.

Amounts of a rule are in the currency of the company, fees in the currency that was
paid. A rule is about all that a return has of one sale: its fixed amount, minimum and
maximum are shared out over the lines and parts of it, so that splitting goods costs the
customer neither more nor less.
"""

from dataclasses import dataclass, replace

from .rounding import compare, round_to
from .settlement import share

#: The liable parties on our side: the customer chose neither carrier nor supplier.
OUR_SIDE = frozenset({"company", "warehouse", "supplier", "carrier"})


@dataclass(frozen=True)
class FeeTerms:
    """What a fee rule says; percentage, fixed amount and amount per unit add up.

    :param float percent: of the net value paid
    :param float fixed: for all of a sale in a return, company currency
    :param float per_unit: per unit of the product, company currency
    :param float minimum: least fee of all that, company currency; 0 for none
    :param float maximum: largest fee of all that, company currency; 0 for none
    :param bool waived_at_fault: nothing is charged when our side is liable
    :param frozenset waived_reasons: ids of reasons for which nothing is charged
    :param frozenset waived_conditions: ids of conditions in which nothing is charged
    :param bool bills_rest: what exceeds the credit is billed; else it is waived
    """

    percent: float = 0.0
    fixed: float = 0.0
    per_unit: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    waived_at_fault: bool = True
    waived_reasons: frozenset = frozenset()
    waived_conditions: frozenset = frozenset()
    bills_rest: bool = False


@dataclass(frozen=True)
class FeeFacts:
    """What is known of the goods for which a fee is computed.

    :param float value: net value paid, in the currency of the fee
    :param float quantity: in the product's unit
    :param float rate: units of the fee's currency for one of the company's
    :param str liability: who is liable for the return, see ``OUR_SIDE``
    :param bool lawful: the law lets the customer return them free of charge
    :param bool kept: the customer keeps them, so nothing is taken back
    :param frozenset reasons: ids of the reason and of the one it belongs to
    :param frozenset conditions: ids of the conditions in which they were found, empty
        before the inspection
    """

    value: float = 0.0
    quantity: float = 1.0
    rate: float = 1.0
    liability: str = "unknown"
    lawful: bool = False
    kept: bool = False
    reasons: frozenset = frozenset()
    conditions: frozenset = frozenset()

    @property
    def at_fault(self):
        """Whether our side is liable for the return."""
        return self.liability in OUR_SIDE


@dataclass(frozen=True)
class Fee:
    """What is charged, and why.

    :param float amount: before tax, never negative
    :param str code: ``charged``; or why nothing is charged: ``no_rule``,
        ``waived_law``, ``waived_kept``, ``waived_fault``, ``waived_reason``,
        ``waived_condition``, ``free`` (the rule's amount is zero), ``paid`` (earlier
        parts bore all of it)
    """

    amount: float
    code: str


def compute(terms, facts, step):
    """Give the fee of a whole.

    :param terms: :class:`FeeTerms` of the rule that applies, None when none does
    :param FeeFacts facts: all that a return has of one sale
    :param float step: rounding of the fee's currency
    :rtype: Fee
    """
    code = _find_waiver(terms, facts)
    if code:
        return Fee(0.0, code)
    amount = facts.value * terms.percent / 100.0
    amount += (terms.fixed + terms.per_unit * facts.quantity) * facts.rate
    amount = max(amount, terms.minimum * facts.rate)
    if terms.maximum:
        amount = min(amount, terms.maximum * facts.rate)
    amount = max(round_to(amount, step), 0.0)
    return Fee(amount, "charged" if amount else "free")


def compute_part(terms, facts, whole, done, step):
    """Give the fee of a part.

    It is its share of what the whole would cost if all of it were like this part.

    :param terms: :class:`FeeTerms` of the rule that applies, None when none does
    :param FeeFacts facts: the part
    :param float whole: quantity of all the parts, product's unit
    :param float done: quantity of the parts that were charged before
    :param float step: rounding of the fee's currency
    :rtype: Fee
    """
    part = min(facts.quantity, whole - done)
    if part <= 0:
        return Fee(0.0, "paid")
    like = replace(facts, value=facts.value * whole / facts.quantity, quantity=whole)
    fee = compute(terms, like, step)
    return Fee(share(fee.amount, part, whole, done, step), fee.code)


def limit(net, total, taxed, step):
    """Give the largest fee that leaves a credit not negative, with and without tax.

    :param float net: of the credit, before tax
    :param float total: of the credit, with its taxes
    :param taxed: function that gives a fee with the fee's own taxes
    :param float step: rounding of the currency
    :return: the fee before tax
    :rtype: float
    """
    if net <= 0 or total <= 0:
        return 0.0
    with_tax = taxed(net)
    if compare(with_tax, total, step) <= 0:
        return net
    # By rounding of the taxes, the largest fee may be one step more or one step less
    # than what their rate gives.
    near = round_to(net * total / with_tax, step)
    for fee in (round_to(near + step, step), near):
        if compare(taxed(fee), total, step) <= 0:
            return fee
    return max(round_to(near - step, step), 0.0)


def _find_waiver(terms, facts):
    """Give the code of why nothing is charged, None when something is."""
    if terms is None:
        return "no_rule"
    waivers = {
        "waived_law": facts.lawful,
        "waived_kept": facts.kept,
        "waived_fault": terms.waived_at_fault and facts.at_fault,
        "waived_reason": facts.reasons & terms.waived_reasons,
        "waived_condition": facts.conditions
        and facts.conditions <= terms.waived_conditions,
    }
    return next((code for code, holds in waivers.items() if holds), None)
