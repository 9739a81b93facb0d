"""How much a carrier has to pay at most, and how a claim is lowered to that."""

from dataclasses import dataclass

from .amounts import divide


@dataclass(frozen=True)
class Limit:
    """The most that a carrier pays.

    :param str basis: ``declared`` or ``weight``
    """

    amount: float
    basis: str


def limit(weight, per_kg, unit_value, declared, round_amount):
    """Give the limit; None where there is none, or too little is known to tell.

    A declared value was paid for, so that it replaces the limit by weight.

    :param float weight: gross, in kg
    :param float per_kg: units for each kg
    :param float unit_value: what one unit is worth
    """
    if declared > 0:
        return Limit(round_amount(declared), "declared")
    if weight > 0 and per_kg > 0 and unit_value > 0:
        return Limit(round_amount(weight * per_kg * unit_value), "weight")
    return None


def lower(amounts, most, round_amount):
    """Lower amounts in proportion, so that their sum is what is paid at most.

    What rounding leaves goes to the largest of them.

    :param dict amounts: ``{key: amount}``
    """
    if sum(amounts.values()) <= most:
        return dict(amounts)
    return divide(most, amounts, round_amount)
