"""What is claimed for goods, and to which claim a credit note belongs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """What an agreement lets us claim beside the goods themselves.

    :param float share: percentage of the cost of the goods
    :param float labour: flat amount for each inspected part
    :param float handling: flat amount for each inspected part
    :param float freight: percentage of what is claimed for the goods
    :param float factor: share of such parts that is the supplier's fault
    """

    share: float = 100.0
    labour: float = 0.0
    handling: float = 0.0
    freight: float = 0.0
    factor: float = 1.0


def claim(quantity, unit_cost, terms, round_amount):
    """Give what is claimed for one part: ``{kind of line: amount}``, goods first.

    :param round_amount: function that rounds to the currency
    """
    factor = terms.factor
    goods = round_amount(quantity * unit_cost * terms.share / 100 * factor)
    amounts = {
        "goods": goods,
        "labour": round_amount(terms.labour * factor),
        "freight": round_amount(goods * terms.freight / 100),
        "handling": round_amount(terms.handling * factor),
    }
    return {kind: value for kind, value in amounts.items() if value or kind == "goods"}


@dataclass(frozen=True)
class Due:
    """A line of a claim for which money is expected.

    :param source: of what the goods were bought, such as an order line
    """

    key: object
    source: object
    amount: float


def match(credits, dues):
    """Say to which line of a claim each line of a credit note belongs.

    Of the lines about the same purchase, the one with the same amount is taken; else
    the one of which most is due. So what is more than approved still finds its claim.

    :param list credits: of :class:`Due`, with what was credited
    :param list dues: of :class:`Due`
    :return: ``{key of the credit: key of the line}``
    """
    left = {due.key: due.amount for due in dues}
    found = {}
    for credit in credits:
        own = [due.key for due in dues if due.source == credit.source]
        if not own:
            continue
        key = min(
            own, key=lambda key: (abs(left[key] - credit.amount) > 0.005, -left[key])
        )
        left[key] -= credit.amount
        found[credit.key] = key
    return found
