"""Shipping errors: what is wrong in the books, what comes back, what is given."""

from dataclasses import dataclass
from typing import Any

from .allocation import Supply, allocate
from .rounding import compare, round_to


@dataclass(frozen=True)
class Plan:
    """What is done about a claim once a person has accepted it.

    :param bool takes: the claim uses up quantity of its delivery, so that nobody else
        can return it
    :param bool bring_back: the goods of the delivery never left and go back to stock at
        once
    :param send_out: goods that left although the books do not say so, taken out of
        stock at once: ``claimed`` (another product), ``same`` (more of the same) or
        None
    :param part: what becomes of the claimed goods: ``corrected`` (they are in stock),
        ``lost`` or None
    :param gives: ``goods`` (credited or sent again), ``value`` (an amount) or None for
        goods sent out by mistake, which come back without any credit
    :param bool proof: accepting needs a proof, or a claim against the carrier
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
    :param claimed_price: the agreed price per unit, None when none was entered
    :param price: the invoiced price per unit in the same currency, None when nothing
        was invoiced
    :param bool proven: there is a proof or a claim against the carrier
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
    """Say what still has to be entered before a claim can be requested.

    :param str claim: key of :data:`PLANS`
    :param Facts facts: the claimed line
    :return: ``lot``, ``product`` (which other product came), ``same`` (the other
        product is the one that was delivered), ``claimed_lot`` or ``price``; None when
        nothing is missing
    :rtype: str | None
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

    :param str claim: key of :data:`PLANS`
    :param Facts facts: the claimed line
    :return: what :func:`find_gap` gives, or ``proof``, ``invoice`` or ``not_lower``;
        None when it can be accepted
    :rtype: str | None
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
    :param float price: invoiced per unit of the invoice line, currency of the invoice
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
    """Tell whether prices of more goods would be corrected than were invoiced.

    :param float quantity: claimed now
    :param float claimed: by other live claims of the same order line
    :param float invoiced: of that order line
    :param float step: rounding of the unit of measure, which all three share
    :rtype: bool
    """
    return compare(quantity + claimed, invoiced, step) > 0
