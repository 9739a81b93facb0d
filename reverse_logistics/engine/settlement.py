"""What a return is worth to the customer: which invoiced quantities, at what amounts.

All amounts are in the currency and the price terms of the invoice (tax included where
its prices are), all quantities in the unit of the order line.
"""

from dataclasses import dataclass
from typing import Any

from .allocation import Supply, allocate
from .rounding import compare, round_to

#: Quantities are spread much finer than they are entered: a twelfth of a dozen.
FINE = 1e-4


@dataclass
class InvoiceLine:
    """A posted invoice line, and what has been credited of it.

    :param key: whatever the caller recognises it by
    :param order_line: the order line it invoices
    :param group: invoice and taxes: order discounts are spread within it
    :param float quantity: invoiced quantity
    :param float gross: its amount after line discount, before order discounts
    :param float step: rounding of the currency
    :param float credited: quantity credited before
    :param float credited_gross: amount credited before
    :param float value: amount credited before for no quantity, e.g. as an allowance
    """

    key: Any
    order_line: Any
    group: Any
    quantity: float
    gross: float
    step: float
    credited: float = 0.0
    credited_gross: float = 0.0
    value: float = 0.0

    def gross_of(self, quantity):
        """Amount of a quantity of this line, before order discounts."""
        return round_to(self.gross * quantity / self.quantity, self.step)

    def book(self, quantity):
        """Note a quantity as credited before."""
        self.credited += quantity
        gross = self.credited_gross + self.gross_of(quantity)
        self.credited_gross = min(gross, self.gross)


@dataclass(frozen=True)
class Credit:
    """A quantity to credit against one invoice line.

    :param key: key of the invoice line
    :param float quantity: quantity to credit
    :param float gross: its amount after line discount, before all below
    :param float discount_share: order discount that falls on it, positive
    :param float rounding: amount to withhold so that all credits of the line together
        do not exceed it, positive: cents of rounding, and value credited before
    """

    key: Any
    quantity: float
    gross: float
    discount_share: float
    rounding: float


class Ledger:
    """Invoices of some order lines; hands out credits until everything is credited.

    :param lines: iterable of :class:`InvoiceLine`, those to credit first in front
    :param dict surplus: by order line, the quantity invoiced beyond what the customer
        still owes for; goods that were never invoiced are not credited
    :param dict discounts: by group, the order discount as a positive amount
    :param float step: rounding of the unit of measure
    """

    def __init__(self, lines, surplus, discounts, step):
        self.lines = {line.key: line for line in lines}
        self.surplus = dict(surplus)
        self.discounts = discounts
        self.step = step
        self.newest = set()

    def prefer_newest(self, order_line):
        """Credit what was invoiced last of an order line before all else of it."""
        self.newest.add(order_line)

    def credit_goods(self, order_line, quantity):
        """Credit goods that came back, as far as they were invoiced.

        :return: ``(credits, unpriced)``; *unpriced* should be credited, but no posted
            invoice line has it left
        """
        owed = max(self.surplus.get(order_line, 0.0), 0.0)
        # What differs by less than can be entered was rounded, not kept back.
        same = owed and compare(quantity, owed, self.step) == 0
        wanted = quantity if same else min(quantity, owed)
        self.surplus[order_line] = max(owed - wanted, 0.0)
        return self._take(order_line, wanted)

    def expect(self, order_line, quantity):
        """Credit goods before they come back: nothing is owed for them any more."""
        self.surplus[order_line] = self.surplus.get(order_line, 0.0) + quantity

    def credit_kept(self, order_line, quantity):
        """Credit goods that the customer keeps; they stay sold.

        :return: as :meth:`credit_goods`
        """
        return self._take(order_line, quantity)

    def discounted_share(self, line):
        """Part of an invoice line's amount that order discounts took away.

        :param InvoiceLine line: a line of this ledger
        :return: 0.0 to 1.0
        """
        total, whole, _done = self._discounted(line)
        return total / whole if whole else 0.0

    def credit_line(self, key, quantity):
        """Credit a quantity of one invoice line, chosen by the caller.

        :rtype: Credit
        """
        return self._credit(self.lines[key], quantity)

    def _take(self, order_line, wanted):
        fine = self.step * FINE
        supplies = [
            Supply(line.key, round_to(line.quantity - line.credited, fine))
            for line in self.lines.values()
            if line.order_line == order_line
        ]
        if order_line in self.newest:
            supplies.reverse()
        parts, unpriced = allocate(round_to(wanted, fine), supplies, fine)
        if compare(unpriced, 0, self.step) == 0:
            unpriced = 0.0
        return [self._credit(self.lines[key], part) for key, part in parts], unpriced

    def _credit(self, line, quantity):
        gross = line.gross_of(quantity) + self._last_cents(line, quantity)
        rounding = excess(gross, line.gross, line.credited_gross, line.step)
        discount = self._discount_share(line, gross - rounding)
        withheld = self._unbacked_value(line)
        line.credited += quantity
        line.credited_gross += gross - rounding
        withheld = self._unbacked_value(line) - withheld
        rounding = round_to(rounding + withheld, line.step)
        return Credit(line.key, quantity, gross, discount, rounding)

    def _last_cents(self, line, quantity):
        """What rounding kept back of earlier parts, given with the last one."""
        if compare(line.credited + quantity, line.quantity, self.step) < 0:
            return 0.0
        left = line.gross - line.credited_gross - line.gross_of(quantity)
        missing = round_to(left, line.step)
        # half a cent of each part, not what somebody credited at a lower price
        most = line.step / 2 * max(line.quantity, 12.0)
        return missing if 0 < missing <= most else 0.0

    def _unbacked_value(self, line):
        """Value credited before that what is left of the line no longer contains."""
        total, whole, _done = self._discounted(line)
        left = line.gross - line.credited_gross
        paid = left * (1 - total / whole) if whole else left
        return round_to(max(line.value - paid, 0.0), line.step)

    def _discount_share(self, line, gross):
        total, whole, done = self._discounted(line)
        return share(total, gross, whole, done, line.step) if total else 0.0

    def _discounted(self, line):
        """Order discount, amount and credited amount of the lines it falls on."""
        peers = [peer for peer in self.lines.values() if peer.group == line.group]
        return (
            self.discounts.get(line.group, 0.0),
            sum(peer.gross for peer in peers),
            sum(peer.credited_gross for peer in peers),
        )


def share(total, part, whole, done, step):
    """Give the share of ``total`` that falls on ``part`` of ``whole``.

    Shares are cumulative: however ``whole`` is cut, its shares add up to ``total``
    exactly, and the last part takes the cent that rounding left over.

    :param float total: amount to spread (currency)
    :param float part: the weight being settled now
    :param float whole: all the weight there is
    :param float done: weight settled before
    :param float step: rounding of the currency
    :rtype: float
    """
    if not whole:
        return 0.0
    before = round_to(total * done / whole, step)
    after = round_to(total * (done + part) / whole, step)
    return round_to(after - before, step)


def excess(amount, invoiced, credited, step):
    """Tell by how much a credit would exceed what is left of an invoiced amount.

    :param float amount: amount about to be credited
    :param float invoiced: amount invoiced
    :param float credited: amount credited before
    :param float step: rounding of the currency
    :return: 0.0 or the positive excess
    :rtype: float
    """
    over = min(round_to(credited + amount - invoiced, step), amount)
    return over if compare(over, 0, step) > 0 else 0.0
