"""Shipping errors: what the books say wrongly, what comes back, what is given."""

from dataclasses import dataclass
from typing import Any

from .allocation import Supply, allocate
from .rounding import compare, round_to


@dataclass(frozen=True)
class Plan:
    """What is done about a claim once a person has accepted it.

    :param bool takes: quantity of the delivery that the claim is about, so that nobody
        else can return it
    :param bool bring_back: the goods of the delivery never left: back to stock at once
    :param send_out: goods that left though the books do not say so, out at once:
        ``claimed`` (another product), ``same`` (more of the same) or None
    :param part: how the claimed goods end: ``corrected`` (they are in stock), ``lost``
        or None
    :param gives: ``goods`` (credited or sent again), ``value`` (an amount) or None;
        what was sent out by mistake comes back and gives nothing
    :param bool proof: only with a proof, or a claim against the carrier
    """

    takes: bool = False
    bring_back: bool = False
    send_out: str | None = None
    part: str | None = None
    gives: str | None = None
    proof: bool = False


#: What each claim means.
PLANS = {
    "wrong_item": Plan(
        takes=True,
        bring_back=True,
        send_out="claimed",
        part="corrected",
        gives="goods",
    ),
    "over_shipped": Plan(send_out="same"),
    "short_shipped": Plan(takes=True, bring_back=True, part="corrected", gives="goods"),
    "not_delivered": Plan(takes=True, part="lost", gives="goods", proof=True),
    "price_error": Plan(gives="value"),
}


def settlement(claim, wanted, remedy):
    """Tell what the customer gets for a claimed line.

    :param str claim: key of :data:`PLANS`
    :param str wanted: settlement type of the return
    :param str remedy: ``reship`` or ``credit``
    :return: a settlement type; ``none`` where nothing is given
    """
    if wanted == "none" or not PLANS[claim].gives:
        return "none"
    if PLANS[claim].gives == "value" or remedy == "credit":
        return "refund"
    return "replacement"


@dataclass(frozen=True)
class Facts:
    """What is known of a claimed line.

    :param product: what was delivered by the books
    :param lot: its lot or serial number
    :param str tracking: ``none``, ``lot`` or ``serial``
    :param claimed_product: what came instead
    :param claimed_lot: its lot or serial number
    :param str claimed_tracking: as ``tracking``
    :param claimed_price: the agreed price, None when none was entered
    :param price: the invoiced price, None when nothing was invoiced
    :param bool proven: a proof or a claim against the carrier is there
    """

    product: Any
    lot: Any = None
    tracking: str = "none"
    claimed_product: Any = None
    claimed_lot: Any = None
    claimed_tracking: str = "none"
    claimed_price: float | None = None
    price: float | None = None
    proven: bool = False


def find_gap(claim, facts):
    """Say what has to be entered before a claim can be asked for.

    :rtype: str | None
    :return: ``lot``, ``product`` (which other product came), ``same`` (it is the one
        that was delivered), ``claimed_lot`` or ``price``
    """
    plan = PLANS[claim]
    moves_goods = plan.bring_back or plan.send_out == "same" or plan.part == "lost"
    if moves_goods and facts.tracking != "none" and not facts.lot:
        return "lot"
    if plan.send_out == "claimed":
        if not facts.claimed_product:
            return "product"
        if facts.claimed_tracking != "none" and not facts.claimed_lot:
            return "claimed_lot"
        same = facts.claimed_product == facts.product
        if same and (not facts.lot or facts.claimed_lot == facts.lot):
            return "same"
    if plan.gives == "value" and facts.claimed_price is None:
        return "price"
    return None


def find_obstacle(claim, facts):
    """Say what keeps a person from accepting a claim.

    :rtype: str | None
    :return: as :func:`find_gap`, or ``proof``, ``invoice``, ``not_lower``
    """
    plan = PLANS[claim]
    gap = find_gap(claim, facts)
    if gap:
        return gap
    if plan.proof and not facts.proven:
        return "proof"
    if plan.gives == "value":
        if facts.price is None:
            return "invoice"
        if facts.claimed_price >= facts.price:
            return "not_lower"
    return None


@dataclass(frozen=True)
class Priced:
    """An invoice line whose price was wrong.

    :param key: whatever the caller recognises it by
    :param float quantity: invoiced, in the unit of the claim
    :param float price: invoiced per unit of the invoice line
    :param float factor: units of the invoice line per unit of the claim
    :param float discount: in percent
    :param float share: part of the amount that order discounts took away, 0 to 1
    :param float step: rounding of the currency
    """

    key: Any
    quantity: float
    price: float
    factor: float = 1.0
    discount: float = 0.0
    share: float = 0.0
    step: float = 0.01


def price_difference(quantity, agreed, lines, step):
    """Spread the difference to the agreed price over invoice lines.

    What was taken off the invoiced price, by line or for the whole order, is taken off
    the difference as well: the customer has not paid it.

    :param float quantity: for which the price was wrong, in the unit of the claim
    :param float agreed: price per unit of the claim
    :param lines: iterable of :class:`Priced`, those to correct first in front
    :param float step: rounding of the unit of measure
    :return: ``(amounts, rest)``: a list of ``(key, amount)``, and the quantity that
        was not invoiced at a higher price
    """
    lines = {line.key: line for line in lines}
    supplies = [
        Supply(line.key, line.quantity)
        for line in lines.values()
        if line.price * line.factor > agreed
    ]
    parts, rest = allocate(quantity, supplies, step)
    amounts = []
    for key, part in parts:
        line = lines[key]
        amount = part * (line.price * line.factor - agreed)
        amount *= (1 - line.discount / 100.0) * (1 - line.share)
        amounts.append((key, round_to(amount, line.step)))
    return [(key, amount) for key, amount in amounts if amount > 0], rest


def is_repeated(quantity, claimed, invoiced, step):
    """Whether more would be corrected in price than was invoiced.

    :param float quantity: claimed now
    :param float claimed: by other live claims of the same order line
    :param float invoiced: of that order line
    """
    return compare(quantity + claimed, invoiced, step) > 0
