"""Rounding to a step, as currencies and units of measure do it."""

from decimal import ROUND_HALF_UP, Decimal


def round_to(value, step):
    """Round ``value`` half up to a multiple of ``step``.

    :param float value: amount (currency) or quantity (unit of measure)
    :param float step: smallest step, e.g. 0.01; must be positive
    :rtype: float
    :raises ValueError: if ``step`` is not positive
    """
    if step <= 0:
        raise ValueError(f"The rounding step must be positive, not {step!r}.")
    # 12 significant digits hide binary noise: 2.675 is stored as 2.67499999999999982
    steps = Decimal(f"{value:.12g}") / Decimal(f"{step:.12g}")
    return float(
        steps.quantize(Decimal(1), rounding=ROUND_HALF_UP) * Decimal(f"{step:.12g}")
    )


def compare(first, second, step):
    """Tell whether ``first`` is less than (-1), equal to (0) or above (1) ``second``.

    :param float first: amount or quantity
    :param float second: in the same currency or unit
    :param float step: rounding of both; values closer than half of it are equal
    :rtype: int
    """
    difference = round_to(first - second, step)
    return (difference > 0) - (difference < 0)
