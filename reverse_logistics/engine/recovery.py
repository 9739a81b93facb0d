"""Is it worth having goods back, or may the customer keep them?

Amounts are net, in the currency of the company.
"""

from dataclasses import dataclass

#: When goods stay with the customer: never, below a value, or when it costs more to
#: have them back than they bring in.
MODES = ("no", "below", "recovery")


@dataclass(frozen=True)
class Returnless:
    """What a policy rule says of goods that need not come back.

    :param str mode: one of ``MODES``
    :param float value: for ``below``: lines of less value stay with the customer
    :param float percent: for ``recovery``: what goods that come back are expected to
        bring in, of their value
    """

    mode: str = "no"
    value: float = 0.0
    percent: float = 0.0


@dataclass(frozen=True)
class Handling:
    """What it costs to have goods back.

    :param float per_line: whatever comes
    :param float per_unit: of each unit
    :param float freight: of the line, until it is here
    """

    per_line: float = 0.0
    per_unit: float = 0.0
    freight: float = 0.0

    def cost(self, quantity):
        """Give the cost of a line.

        :param float quantity: in the product's unit
        :rtype: float
        """
        return self.per_line + self.per_unit * quantity + self.freight


def expected(value, percent):
    """Give what goods bring in once they are back.

    :param float value: net value of the line
    :param float percent: 0 to 100
    :rtype: float
    """
    return value * percent / 100


def stays(returnless, value, quantity, handling):
    """Whether the customer may keep the goods of a line.

    :param Returnless returnless: what the rule says
    :param float value: net value of the line
    :param float quantity: in the product's unit
    :param Handling handling: what having them back costs
    :rtype: bool
    """
    if returnless.mode == "below":
        return value < returnless.value
    if returnless.mode == "recovery":
        return expected(value, returnless.percent) < handling.cost(quantity)
    return False
