"""Whether goods are worth having back, or the customer may keep them.

Amounts are net, in the currency of the company.
"""

from dataclasses import dataclass

#: When goods stay with the customer: never, below a value, or when having them back
#: costs more than they would bring in.
MODES = ("no", "below", "recovery")


@dataclass(frozen=True)
class Returnless:
    """What a policy rule says of goods that need not come back.

    :param str mode: one of ``MODES``
    :param float value: for ``below``: goods worth less stay with the customer
    :param float percent: for ``recovery``: the share of their value that returned goods
        are expected to bring in, 0 to 100
    """

    mode: str = "no"
    value: float = 0.0
    percent: float = 0.0


@dataclass(frozen=True)
class Handling:
    """What it costs to have goods back.

    :param float per_line: for each line, whatever comes
    :param float per_unit: for each unit of the product
    :param float freight: for the whole line, until it has arrived
    """

    per_line: float = 0.0
    per_unit: float = 0.0
    freight: float = 0.0

    def cost(self, quantity):
        """Give the cost of a whole line.

        :param float quantity: in the product's unit
        :rtype: float
        """
        return self.per_line + self.per_unit * quantity + self.freight


def expected(value, percent):
    """Give what goods are expected to bring in once they are back.

    :param float value: net value of the line
    :param float percent: 0 to 100
    :rtype: float
    """
    return value * percent / 100


def stays(returnless, value, quantity, handling, before=0.0):
    """Tell whether the customer may keep the goods.

    :param Returnless returnless: what the rule says
    :param float value: net value of what the return asks back of one sale, over however
        many lines it was split
    :param float quantity: of the same, in the product's unit
    :param Handling handling: what it costs to have it back
    :param float before: net value of goods of the same sale that the customer keeps
        because of other returns: piece by piece, not more stays than together
    :rtype: bool
    """
    if returnless.mode == "below":
        return value + before < returnless.value
    if returnless.mode == "recovery":
        return expected(value + before, returnless.percent) < handling.cost(quantity)
    return False
