"""What is claimed for goods, and to which claim a credit note belongs."""

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True)
class Terms:
    """What an agreement lets us claim beside the goods themselves.

    :param float share: percentage of the cost of the goods
    :param float labour: flat amount for each inspected part
    :param float handling: flat amount for each inspected part
    :param float freight: percentage of what is claimed for the goods
    :param float factor: share of such parts that is the supplier's fault
    :param float faultless: percentage of labour, freight and handling that is claimed
        for goods that are as they should be; 0 for all others
    """

    share: float = 100.0
    labour: float = 0.0
    handling: float = 0.0
    freight: float = 0.0
    factor: float = 1.0
    faultless: float = 0.0


def claim(quantity, unit_cost, terms, round_amount):
    """Give what is claimed for one part: ``{kind of line: amount}``, goods first.

    Of goods that are as they should be, only what their return caused is shared.

    :param round_amount: function that rounds to the currency
    """
    # No sample is drawn of what has no defect.
    factor = terms.faultless / 100 if terms.faultless else terms.factor
    goods = round_amount(quantity * unit_cost * terms.share / 100 * factor)
    amounts = {
        "goods": 0.0 if terms.faultless else goods,
        "labour": round_amount(terms.labour * factor),
        "freight": round_amount(goods * terms.freight / 100),
        "handling": round_amount(terms.handling * factor),
    }
    return {kind: value for kind, value in amounts.items() if value or kind == "goods"}


def count_unapproved(quantity, claimed, approved, step, cent):
    """Count the whole pieces whose value is not approved: so many may come back.

    Of pieces that are approved at a part of their value, the supplier keeps all.

    :param float step: smallest quantity of the unit
    :param float cent: smallest amount of the currency, lost in rounding
    """
    if approved <= 0:
        return quantity
    if claimed - approved < cent / 2:
        return 0.0
    steps = quantity / step / claimed
    # What rounding loses is never worth more than half of a step here.
    lost = min(cent / 2 * steps, 0.5)
    return min(floor((claimed - approved) * steps + lost) * step, quantity)


def divide(total, weights, round_amount):
    """Divide an amount in proportion; what rounding leaves goes to the largest share.

    :param dict weights: ``{key: weight}``
    :return: ``{key: amount}`` whose sum is the total
    """
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0.0)
    shares = {
        key: round_amount(total * weight / whole) for key, weight in weights.items()
    }
    largest = max(weights, key=weights.get)
    shares[largest] = round_amount(shares[largest] + total - sum(shares.values()))
    return shares


def fill(amount, rooms):
    """Put an amount where there is room, in their order; the last one takes the rest.

    :param dict rooms: ``{key: room}``
    :return: ``{key: amount}``
    """
    filled = {}
    for key, room in rooms.items():
        filled[key] = min(amount, max(room, 0.0))
        amount -= filled[key]
    if filled:
        filled[key] += amount
    return filled


@dataclass(frozen=True)
class Due:
    """A line of a claim for which money is expected, or of a credit note that pays one.

    :param source: of what the goods were bought, such as an order line
    :param claim: to which the line belongs
    :param bool other: of another claim than the one that is looked at
    :param frozenset named: claims that a credit note names, the only ones it pays
    """

    key: object
    source: object
    amount: float
    claim: object = None
    other: bool = False
    named: frozenset = frozenset()


def match(credits, dues):
    """Say to which line of a claim each line of a credit note belongs.

    Of the lines about the same purchase, the one with the same amount is taken, then
    one of which as much is due, both sooner of the claim that is looked at; else the
    one of it of which most is due. So what is more than approved still finds its claim,
    and leaves to other claims what is theirs.

    :param list credits: of :class:`Due`, with what was credited
    :param list dues: of :class:`Due`
    :return: ``{key of the credit: key of the line}``
    """
    left = {due.key: due.amount for due in dues}
    found = {}
    for credit in credits:
        own = [
            due
            for due in dues
            if due.source == credit.source
            and (not credit.named or due.claim in credit.named)
        ]
        if not own:
            continue
        best = min(
            own,
            key=lambda due: (
                abs(left[due.key] - credit.amount) > 0.005,
                left[due.key] < credit.amount - 0.005,
                due.other,
                -left[due.key],
            ),
        )
        left[best.key] -= credit.amount
        found[credit.key] = best.key
    return found
