"""How much unsold stock a supplier takes back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Right:
    """What may go back unsold of what was bought in a period, at its price.

    :param float bought: billed less credited in the period
    :param float share: percentage of it
    :param float used: what went back already, or is about to
    """

    bought: float
    share: float
    used: float

    @property
    def allowed(self):
        return max(self.bought * self.share / 100, 0.0)

    @property
    def left(self):
        return self.allowed - self.used


@dataclass
class Lot:
    """Goods of one kind that came in with one receipt.

    :param float left: what neither went back nor is claimed
    """

    receipt: object
    left: float


def place(quantity, receipts, step):
    """Say with which receipts goods on hand came in that nobody has bought.

    What was received last is unsold: first in, first out.

    :param float quantity: on hand
    :param list receipts: of :class:`Lot`, the latest first; they are used up
    :param float step: smallest quantity of the unit
    :return: ``[(receipt, quantity)]``
    """
    placed = []
    for lot in receipts:
        share = min(quantity, lot.left)
        if share > step / 2:
            placed.append((lot.receipt, share))
            lot.left -= share
            quantity -= share
    return placed
