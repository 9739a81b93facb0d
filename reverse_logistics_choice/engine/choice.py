"""What goods are expected to bring with each disposition, and which brings most.

All amounts are in one currency. Dispositions are compared by what one unit brings, not
rounded, so that one piece and a hundred get the same answer. What is shown is rounded
line by line for all of them, so that the lines add up to the result.
"""

from dataclasses import dataclass

from odoo.addons.reverse_logistics.engine.rounding import round_to

#: Digits to which amounts of one unit are compared: binary noise decides nothing.
_DIGITS = 9


@dataclass(frozen=True)
class Option:
    """A disposition that the goods may have, and what is expected of it per unit.

    :param int key: of the disposition
    :param int sequence: the lower of two that bring the same comes first
    :param float value: what the share is taken of
    :param float percent: the share of the value that is recovered
    :param float freight: to where the goods go
    :param float minutes: of labour
    :param float hourly: what an hour of labour costs
    :param float refurbishing: material and work of others
    :param float fee_percent: what selling costs, of what is recovered
    """

    key: int
    sequence: int = 10
    value: float = 0.0
    percent: float = 0.0
    freight: float = 0.0
    minutes: float = 0.0
    hourly: float = 0.0
    refurbishing: float = 0.0
    fee_percent: float = 0.0

    @property
    def recovered(self):
        """What the goods are sold for, or spare."""
        return self.value * self.percent / 100

    @property
    def costs(self):
        """What has to be spent on that: ``{name: amount}``."""
        return {
            "fees": self.recovered * self.fee_percent / 100,
            "freight": self.freight,
            "labour": self.minutes * self.hourly / 60,
            "refurbishing": self.refurbishing,
        }

    @property
    def net(self):
        """What is left, as precise as options are compared."""
        return round(self.recovered - sum(self.costs.values()), _DIGITS)


@dataclass(frozen=True)
class Outcome:
    """What an option comes to for all of the goods, rounded line by line.

    :param Option option: the disposition
    :param float recovered: what the goods are sold for, or spare
    :param dict costs: ``{name: amount}``
    :param float net: what is left
    """

    option: Option
    recovered: float
    costs: dict[str, float]
    net: float


def rank(options, quantity, step):
    """Put what brings most first.

    :param options: iterable of :class:`Option`
    :param float quantity: units of the goods
    :param float step: rounding of the currency
    :rtype: list[Outcome]
    """
    ordered = sorted(options, key=lambda each: (-each.net, each.sequence, each.key))
    return [_expect(option, quantity, step) for option in ordered]


def _expect(option, quantity, step):
    recovered = round_to(option.recovered * quantity, step)
    costs = {
        name: round_to(cost * quantity, step) for name, cost in option.costs.items()
    }
    net = round_to(recovered - sum(costs.values()), step)
    return Outcome(option, recovered, costs, net)


def given_up(nets, recommended, chosen, step):
    """Give what is lost by choosing something else than recommended.

    Of what no rule expects anything, it is expected to bring nothing.

    :param dict nets: ``{disposition: what it brings}`` as far as it is expected
    :param float step: rounding of the currency
    :rtype: float
    """
    if recommended not in nets:
        return 0.0
    return max(round_to(nets[recommended] - nets.get(chosen, 0.0), step), 0.0)
