"""One price for many pieces: what each of them has of it."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def share(price, weights, step):
    """Share a price in proportion to weights, so that the shares sum up to it exactly.

    Each share is a multiple of ``step``. What rounding leaves over goes, one step each,
    to the shares that were cut most, the first ones of equal ones. Where all weights
    are zero, the shares are equal.

    :param float price: for all of them, not negative
    :param list weights: one number for each piece, not negative
    :param float step: smallest step of the currency, such as 0.01
    :rtype: list[float]
    :raises ValueError: for a step that is not positive, and for negative numbers
    """
    if step <= 0 or price < 0 or any(weight < 0 for weight in weights):
        raise ValueError("The price, its step and the weights cannot be negative.")
    if not weights:
        return []
    unit = Decimal(f"{step:.12g}")
    steps = int((Decimal(f"{price:.12g}") / unit).quantize(Decimal(1), ROUND_HALF_UP))
    exact = [Fraction(weight) for weight in weights]
    total = sum(exact)
    if not total:
        exact, total = [Fraction(1)] * len(weights), Fraction(len(weights))
    parts = [steps * weight / total for weight in exact]
    whole = [int(part) for part in parts]
    most_cut = sorted(range(len(parts)), key=lambda at: whole[at] - parts[at])
    for at in most_cut[: steps - sum(whole)]:
        whole[at] += 1
    return [float(count * unit) for count in whole]


def split(amount, quantity, step):
    """Give quantities with a price each, so that together they cost the amount exactly.

    Whole pieces have one of two prices that are a step apart. What is measured instead
    has the one price that comes nearest.

    :param float amount: for all of them, not negative, a multiple of ``step``
    :param float quantity: above zero
    :param float step: smallest step of the currency
    :return: ``[(quantity, price of one)]``
    """
    pieces = int(quantity)
    if pieces != quantity:
        return [(quantity, amount / quantity)]
    prices = share(amount, [1] * pieces, step)
    return [(float(prices.count(price)), price) for price in dict.fromkeys(prices)]
