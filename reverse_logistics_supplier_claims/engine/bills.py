"""Which bills asked for the goods that are claimed."""

from dataclasses import dataclass, field


@dataclass
class Ledger:
    """How many of each purchase its bills asked for, and nobody claimed yet.

    :param dict left: ``{purchase: {bill: quantity}}``, the oldest bill first
    :param dict rounded: ``{bill: amount}`` that claims have of it beyond its price,
        because each of them was rounded
    """

    left: dict = field(default_factory=dict)
    rounded: dict = field(default_factory=dict)

    def price(self, bill, quantity, unit_price, round_amount):
        """Give the price of one, of goods that are claimed of a bill.

        It makes up for what was rounded before: claims of all its goods, one by one or
        together, add up to what the bill asked for.

        :param round_amount: function that rounds to the currency
        """
        exact = quantity * unit_price
        before = self.rounded.get(bill, 0.0)
        amount = round_amount(exact - before)
        self.rounded[bill] = before + amount - exact
        return amount / quantity

    def take(self, purchase, quantity, step, keep=True):
        """Take goods from the bills with quantity left, the oldest first.

        :param float step: smallest quantity of the unit
        :param bool keep: whether they are claimed, so that the next goods find less
        :return: ``[(bill, quantity)]``; a bill of None for what nobody has billed
        """
        taken = []
        bills = self.left.get(purchase, {})
        for bill, left in bills.items():
            share = min(quantity, left)
            if share < step / 2:
                continue
            taken.append((bill, share))
            quantity -= share
            if keep:
                bills[bill] -= share
        if quantity > step / 2:
            taken.append((None, quantity))
        return taken
