"""What a decision costs, to compare what two versions of policy would have decided."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Amounts:
    """What follows from one decision, in the company's currency.

    :param float credit: what the customer gets without a person looking at it, net
    :param float waiting: the value that a person has to decide about, net
    :param float fee: what the customer is charged
    :param float freight: what it costs us to bring the goods back
    """

    credit: float = 0.0
    waiting: float = 0.0
    fee: float = 0.0
    freight: float = 0.0

    @property
    def cost(self):
        """What the decision costs us for certain."""
        return self.credit - self.fee + self.freight


def amounts(outcome, value, fee=0.0, freight=0.0):
    """Give what follows from a decision.

    A person may refuse what waits for them, so neither fee nor freight is certain then.

    :param outcome: of engine.eligibility.Decision, None when nothing was decided
    :param float value: net value of the goods, company currency
    :param float fee: what the customer would be charged, company currency
    :param float freight: what bringing the goods back would cost, company currency
    :rtype: Amounts
    """
    if outcome == "authorize":
        return Amounts(value, 0.0, fee, freight)
    if outcome in ("review", "exception"):
        return Amounts(waiting=value)
    return Amounts()
