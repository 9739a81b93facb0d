"""How a return ends when the goods do not come as announced.

All quantities are in the unit of the return line.
"""

from dataclasses import dataclass

from .rounding import compare, round_to

#: States in which a return takes late goods in itself, unless another one claims them.
REOPENED = ("authorized", "done", "expired")


def expiry(today, expires_on, shipped, touched):
    """Say what the day does to an authorized return.

    :param date today: the date where the company is
    :param expires_on: last day of the authorization, None when it never ends
    :param bool shipped: the customer handed the goods over in time
    :param bool touched: something was received, kept or settled already
    :return: ``expire``, ``close_short`` (the rest is no longer expected) or None
    """
    if expires_on is None or today <= expires_on or shipped:
        return None
    return "close_short" if touched else "expire"


@dataclass(frozen=True)
class Arrival:
    """Which return goods that have arrived belong to, in the line's unit.

    :param float expected: to the return itself, which waits for them
    :param float reopened: to the return itself, which had stopped waiting for them
    :param float linked: to a new return of the same delivery
    :param float foreign: to a new return, as the customer's property: they are more
        than ever left, or another return claims them
    """

    expected: float = 0.0
    reopened: float = 0.0
    linked: float = 0.0
    foreign: float = 0.0


def sort_arrival(quantity, state, expected, outstanding, free, step):
    """Say which return goods that have arrived belong to; they are never turned away.

    :param float quantity: what has arrived
    :param str state: state of the return whose number is on the parcel
    :param float expected: what this return still waits for
    :param float outstanding: what it had announced before it was closed short or
        expired
    :param float free: what may still come back of the delivery, beyond all live claims
    :param float step: rounding of the unit of measure
    :rtype: Arrival
    """
    due = min(quantity, expected) if state == "authorized" else 0.0
    rest = quantity - due
    reopened = max(min(rest, outstanding, free), 0.0) if state in REOPENED else 0.0
    rest -= reopened
    linked = max(min(rest, free - reopened), 0.0)
    parts = (due, reopened, linked, rest - linked)
    return Arrival(*(round_to(part, step) for part in parts))


def level(entered, due, step):
    """Spread what was entered on lines of the same goods over what these lines expect.

    People count a product, not the lines of a return. What is too much for one line
    fills the others, in their order; what is too much for all of them stays on the
    first line that has too much.

    :param entered: list of the quantities entered, one for each line
    :param due: list of what each of these lines expects
    :param float step: rounding of the unit of measure
    :rtype: list[float]
    """
    result = [min(quantity, most) for quantity, most in zip(entered, due, strict=True)]
    surplus = sum(entered) - sum(result)
    for index, most in enumerate(due):
        taken = min(surplus, most - result[index])
        result[index] += taken
        surplus -= taken
    if compare(surplus, 0, step) > 0:
        pairs = zip(entered, due, strict=True)
        first = next(i for i, (quantity, most) in enumerate(pairs) if quantity > most)
        result[first] += surplus
    return [round_to(quantity, step) for quantity in result]


def cut(parts, quantity, step):
    """Take ``quantity`` off ``parts``, beginning with the last one.

    :param parts: list of ``(key, quantity)``
    :param float quantity: what is to be taken off, same unit as the parts
    :param float step: rounding of the unit of measure
    :return: ``(left, rest)``: a list of ``(key, quantity left)`` for the parts that
        change, and what could not be taken off
    """
    left = []
    for key, amount in reversed(parts):
        if compare(quantity, 0, step) <= 0:
            break
        taken = min(amount, quantity)
        quantity = round_to(quantity - taken, step)
        left.append((key, round_to(amount - taken, step)))
    return left, max(quantity, 0.0)


def may_dispose(today, noticed_on, deadline):
    """Tell whether goods that nobody collects may be disposed of.

    :param date today: the date where the company is
    :param noticed_on: when the customer was told, None when they were not
    :param deadline: last day on which they may collect the goods, None without a notice
    :rtype: bool
    """
    return bool(noticed_on and deadline and today > deadline)
