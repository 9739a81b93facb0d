"""From which receipt of a supplier goods came that a customer sent back."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass
class Receipt:
    """Goods of one lot that came in with one receipt.

    :param key: whatever identifies the receipt
    :param float left: what neither went back to the supplier nor is claimed elsewhere
    :param purchase: of which it is; None where nobody sold them, as after a count
    :param datetime moment: when they came in
    :param float came: how many
    :param tuple gone: ``(moment, quantity)`` of what went back to the supplier
    :param owner: whose they were, False where they were ours
    """

    key: object
    day: date
    left: float
    purchase: object = None
    moment: datetime | None = None
    came: float = 0.0
    gone: tuple = ()
    owner: object = False


@dataclass(frozen=True)
class Sold:
    """A delivery to a customer.

    :param float before: how many of the same goods had left before, less what had
        come back
    """

    moment: datetime
    before: float
    quantity: float


@dataclass(frozen=True)
class Candidate:
    """A receipt from which goods can be, and why.

    :param str why: ``direct``, ``lot``, ``fifo``, ``used`` (up before they left),
        ``unused`` (when they left) or ``oldest``
    """

    receipt: Receipt
    why: str


def rank(lot, quantity, receipts, step, sold=None, delivery=None, owner=None):
    """Give the receipts from which the goods can be, the likeliest first.

    The lot proves it. Of several, it is likeliest the one from which goods left when
    these did, by first in, first out; without a delivery the oldest one. A receipt has
    to have enough left.

    :param lot: the lot that came back, None where nobody noted it
    :param float quantity: in the product's unit
    :param dict receipts: of this product: ``{lot or None: [Receipt, …]}``
    :param float step: smallest quantity of the unit
    :param Sold sold: with which delivery these goods left
    :param delivery: its key; a receipt with that key went straight to the customer
    :param owner: whose they were, None where that is not known
    :return: ``(list of Candidate, sure)``; sure is one purchase that no other could
        replace
    """
    receipts = _of_owner(receipts, owner)
    noted = any(receipt.purchase is not None for receipt in receipts.get(lot, ()))
    if lot is None:
        known = [receipt for own in receipts.values() for receipt in own]
    else:
        known = receipts[lot] if noted else receipts.get(None, ())
    known = sorted(
        known, key=lambda each: (each.moment or datetime.min, each.day, each.key)
    )
    proved = lot is None or noted
    placed = _place(known, sold, step) if sold and proved else {}
    possible = [
        Candidate(receipt, placed.get(id(receipt), "oldest"))
        for receipt in known
        if receipt.purchase is not None and receipt.left > quantity - step / 2
    ]
    for candidate in possible:
        if candidate.receipt.key == delivery:
            return [Candidate(candidate.receipt, "direct")], True
    possible = [each for each in possible if each.why != "after"] or possible
    # Sorting keeps the oldest of the same kind first.
    possible.sort(key=lambda each: each.why not in ("fifo", "oldest"))
    sure = proved and len({each.receipt.purchase for each in possible}) == 1
    if lot is not None and noted and len(possible) == 1:
        possible = [Candidate(possible[0].receipt, "lot")]
    return possible, sure


def _of_owner(receipts, owner):
    """Leave out what was another's: consigned goods are of no purchase of our own.

    Where the owner bought nothing, goods have changed hands since, and any may be it.
    """
    if owner is None:
        return receipts
    own = {
        lot: [receipt for receipt in known if receipt.owner == owner]
        for lot, known in receipts.items()
    }
    bought = any(each.purchase is not None for known in own.values() for each in known)
    return own if bought else receipts


def _place(receipts, sold, step):
    """Say which receipts were used when goods left, by first in, first out.

    What went back to the supplier before was not there to be sold.

    :return: ``{id of the receipt: why}``, also ``after`` for what came in too late, or
        never to us
    """
    start, end = sold.before, sold.before + sold.quantity
    placed, total = {}, 0.0
    late = []
    for receipt in receipts:
        if receipt.moment > sold.moment or not receipt.came:
            late.append(receipt)
            continue
        gone = sum(many for moment, many in receipt.gone if moment <= sold.moment)
        first, total = total, total + max(receipt.came - gone, 0.0)
        if total < start + step / 2:
            placed[id(receipt)] = "used"
        else:
            placed[id(receipt)] = "fifo" if first < end - step / 2 else "unused"
    # Where more left than had come in, the books were behind: it may be a later one.
    is_covered = total > end - step / 2
    placed.update(dict.fromkeys(map(id, late), "after" if is_covered else "unused"))
    return placed


def still_there(claimed, left):
    """Count claimed goods that can still lie where they were claimed.

    Pieces without a number are all alike: what left since may have been any of them, so
    it was these first.

    :param list claimed: ``(moment, quantity)`` of each claim
    :param list left: ``(moment, quantity)`` of what has left the place
    """
    changes = [*claimed, *((moment, -quantity) for moment, quantity in left)]
    here = 0.0
    for _moment, change in sorted(changes):
        here = max(here + change, 0.0)
    return here
