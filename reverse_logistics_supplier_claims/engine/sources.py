"""From which receipt of a supplier goods came that a customer sent back."""

from dataclasses import dataclass
from datetime import date


@dataclass
class Receipt:
    """Goods of one lot that came in with one receipt.

    :param key: whatever identifies the receipt
    :param float left: what neither went back to the supplier nor is claimed elsewhere
    """

    key: object
    day: date
    left: float


def rank(lot, quantity, receipts, step):
    """Give the receipts from which the goods can be, the likeliest first.

    The lot proves it. Where nobody noted lots at the receipt, and for goods without
    one, it is the oldest receipt that has enough left.

    :param lot: the lot that came back, None where nobody noted it
    :param float quantity: in the product's unit
    :param dict receipts: of this product: ``{lot or None: [Receipt, …]}``
    :param float step: smallest quantity of the unit
    :return: ``(receipts, sure)``; sure is one receipt that no other could replace
    """
    if lot is None:
        known = [receipt for own in receipts.values() for receipt in own]
    else:
        known = receipts.get(lot, receipts.get(None, ()))
    enough = [receipt for receipt in known if receipt.left > quantity - step / 2]
    enough.sort(key=lambda receipt: (receipt.day, receipt.key))
    proved = lot is None or lot in receipts
    return enough, proved and len(enough) == 1
