"""What a return is worth to the customer: which invoiced quantities, at what amounts.

Every posted amount is cut by cumulative shares: a cut gets what is due up to and
including it, less what was given before, and the last cut takes the rest. So all cuts
together give exactly the net, taxes and cash rounding of the invoice, in whatever order
they come.

All amounts are in the currency of the invoice, all quantities in the unit of the order
line. Amounts that belong together are a dict by component: :data:`PRICE` in the terms
of the price (with the taxes that it includes), :data:`NET` without any tax, and each
tax under the caller's key.
"""

from dataclasses import dataclass, field
from typing import Any

from .allocation import Supply, allocate
from .rounding import compare, round_to

#: Factor on the rounding of the unit: quantities are spread much finer than people
#: enter them, since a twelfth of a dozen has no end of digits.
FINE = 1e-4

#: Components that are not a tax.
PRICE, NET = "price", "net"

#: Key of the part of an invoice line that is its own, not a share of another line.
GOODS = "goods"


# ----------------------------------------------------------------------
# What was posted
# ----------------------------------------------------------------------
@dataclass(frozen=True)
class Posted:
    """A line of a posted document.

    :param key: whatever the caller recognises it by
    :param float net: its posted amount, without taxes
    :param float price: quantity times price, after the line's discount
    :param dict taxes: its amount of each tax before any rounding
    :param frozenset included: the taxes that its price includes
    :param lowers: for discounts and cash rounding, the keys of the lines they belong
        to; None for goods
    """

    key: Any
    net: float
    price: float = 0.0
    taxes: dict = field(default_factory=dict)
    included: frozenset = frozenset()
    lowers: tuple | None = None


@dataclass
class Part:
    """An amount that is credited along with the quantity of an invoice line.

    :param dict amounts: what was posted, by component
    :param frozenset included: the taxes that its price includes
    :param dict given: what was credited before, by component
    """

    amounts: dict
    included: frozenset = frozenset()
    given: dict = field(default_factory=dict)

    def cut(self, ratio, step, back=False):
        """Give what is due at a credited share of the quantity, less what was given.

        :param float ratio: credited share of the quantity after this cut, 0.0 to 1.0
        :param float step: rounding of the currency
        :param bool back: a credit is taken back, so amounts may have the other sign
        :return: dict by component
        """
        due = {}
        for name, total in self.amounts.items():
            if name != NET:
                target = round_to(total * ratio, step)
                amount = round_to(target - self.given.get(name, 0.0), step)
                # Nobody asks back what was given in excess.
                due[name] = amount if back or amount * total > 0 else 0.0
        return with_net(due, self.included, step)


def with_net(amounts, included, step):
    """Complete a dict of amounts with the net: the price less the taxes in it.

    :param dict amounts: by component, with the price
    :param frozenset included: the taxes that the price includes
    :param float step: rounding of the currency
    """
    inside = sum(amounts.get(tax, 0.0) for tax in included)
    return {**amounts, NET: round_to(amounts[PRICE] - inside, step)}


def total(amounts):
    """Give the sum of the net and all taxes.

    :param dict amounts: by component
    :rtype: float
    """
    return sum(amount for name, amount in amounts.items() if name != PRICE)


def add(*dicts):
    """Add amounts up, component by component."""
    result = {}
    for amounts in dicts:
        for name, amount in amounts.items():
            result[name] = result.get(name, 0.0) + amount
    return result


def round_all(amounts, step):
    """Round each component.

    :param dict amounts: by component
    :param float step: rounding of the currency
    :return: dict by component
    """
    return {name: round_to(amount, step) for name, amount in amounts.items()}


def scale(amounts, ratio):
    """Multiply each component by a ratio, without rounding.

    :param dict amounts: by component
    :param float ratio: the factor
    :return: dict by component
    """
    return {name: amount * ratio for name, amount in amounts.items()}


def part_of(amounts, price, included, step):
    """Give the part of amounts that belongs to a part of their price.

    :param dict amounts: by component
    :param float price: the part of the price; all of the price gives all amounts
    :param frozenset included: the taxes that the price includes
    :param float step: rounding of the currency
    """
    whole = amounts[PRICE]
    part = {
        name: share(amount, price, whole, 0.0, step)
        for name, amount in amounts.items()
        if name not in (PRICE, NET)
    }
    return with_net({**part, PRICE: price}, included, step)


def take(payments, wanted, step):
    """Give what of payments goes back when less than all of them does.

    Each bears its part of what is missing.

    :param dict payments: ``{key: amounts}``, all below zero
    :param float wanted: what goes back at most, taxes included
    :param float step: rounding of the currency
    """
    paid = {key: -total(amounts) for key, amounts in payments.items()}
    wanted = min(max(wanted, 0.0), sum(paid.values()))
    if compare(wanted, sum(paid.values()), step) >= 0:
        return payments
    result = {}
    parts = spread(round_to(wanted, step), [*paid.values()], step)
    for (key, amounts), part in zip(payments.items(), parts, strict=True):
        ratio = part / paid[key]
        lowered = round_all(scale(amounts, ratio), step)
        taxes = sum(
            amount for name, amount in lowered.items() if name not in (PRICE, NET)
        )
        # What is not tax is the rest, so that the parts are exactly what is wanted.
        included = lowered[PRICE] - lowered[NET]
        net = round_to(-part - taxes, step)
        result[key] = {**lowered, NET: net, PRICE: round_to(net + included, step)}
    return result


def break_down(lines, taxes, step):
    """Give each line its own taxes, and its shares of discounts and cash rounding.

    :param lines: iterable of :class:`Posted`: all lines of one document
    :param dict taxes: what was posted of each tax
    :param float step: rounding of the currency
    :return: ``{key of a line: {key of a part: Part}}`` for lines that lower no other
    :rtype: dict[Any, dict[Any, Part]]
    """
    lines = list(lines)
    own = _own_amounts(lines, taxes, step)
    result = {
        line.key: {GOODS: Part(own[line.key], line.included)}
        for line in lines
        if line.lowers is None
    }
    for line in lines:
        targets = [key for key in line.lowers or () if key in result]
        weights = [
            max(sum(part.amounts[NET] for part in result[key].values()), 0.0)
            for key in targets
        ]
        names = [name for name in own[line.key] if name != NET]
        shares = {
            name: spread(own[line.key][name], weights, step)
            for name in names
            if targets
        }
        for place, key in enumerate(targets):
            amounts = {name: shares[name][place] for name in names}
            if any(amounts.values()):
                amounts = with_net(amounts, line.included, step)
                result[key][line.key] = Part(amounts, line.included)
    return result


def _own_amounts(lines, taxes, step):
    """Spread the posted taxes over the lines, each near its own exact tax."""
    own = {}
    for line in lines:
        amounts = {tax: round_to(exact, step) for tax, exact in line.taxes.items()}
        inside = sorted(line.included & set(amounts), key=lambda tax: -amounts[tax])
        if inside:
            # The customer knows the price, so the largest tax takes the odd cents.
            missing = line.price - line.net - sum(amounts[tax] for tax in inside)
            amounts[inside[0]] = round_to(amounts[inside[0]] + missing, step)
        own[line.key] = amounts
    for tax in {*taxes, *(tax for line in lines for tax in line.taxes)}:
        missing = taxes.get(tax, 0.0) - sum(one.get(tax, 0.0) for one in own.values())
        missing = round_to(missing, step)
        if not missing:
            continue
        bearers = [line for line in lines if tax in line.taxes] or lines
        weights = [abs(line.taxes.get(tax, line.net)) for line in bearers]
        parts = spread(missing, weights, step)
        for line, part in zip(bearers, parts, strict=True):
            amounts = own[line.key]
            amounts[tax] = round_to(amounts.get(tax, 0.0) + part, step)
    for line in lines:
        amounts = own[line.key]
        inside = sum(amounts.get(tax, 0.0) for tax in line.included)
        amounts[PRICE] = round_to(line.net + inside, step)
        amounts[NET] = round_to(line.net, step)
    return own


# ----------------------------------------------------------------------
# What is credited of it
# ----------------------------------------------------------------------
@dataclass
class InvoiceLine:
    """A posted invoice line, and what has been credited of it.

    :param key: whatever the caller recognises it by
    :param order_line: the order line it invoices
    :param document: its invoice
    :param float quantity: invoiced quantity
    :param dict parts: what was posted for it: ``{key: Part}``
    :param float step: rounding of the currency
    :param float credited: quantity credited before
    :param dict value: amounts credited before without a quantity, by component, for
        example as an allowance
    """

    key: Any
    order_line: Any
    document: Any
    quantity: float
    parts: dict
    step: float
    credited: float = 0.0
    value: dict = field(default_factory=dict)

    @property
    def gross(self):
        """Invoiced amount in the terms of the price, before order discounts."""
        return self.parts[GOODS].amounts[PRICE]

    def posted(self, name):
        """Give what was posted of a component.

        :param name: the component
        :rtype: float
        """
        return sum(part.amounts.get(name, 0.0) for part in self.parts.values())

    def left(self, name):
        """Give what was posted of a component and has not been given yet.

        :param name: the component
        :rtype: float
        """
        given = sum(part.given.get(name, 0.0) for part in self.parts.values())
        return max(self.posted(name) - given, 0.0)

    def cut(self, quantity, unit):
        """Give what is due for a quantity, by part and component.

        :param float quantity: below zero for a credit that is taken back
        :param float unit: rounding of the unit of measure
        """
        after = self.credited + quantity
        last = compare(after, self.quantity, unit) >= 0
        ratio = 1.0 if last else after / self.quantity
        return {
            key: part.cut(ratio, self.step, quantity < 0)
            for key, part in self.parts.items()
        }

    def book(self, quantity, unit, given=None):
        """Note a quantity as credited.

        :param float quantity: below zero for a credit that is taken back
        :param float unit: rounding of the unit of measure
        :param dict given: the amounts that it was credited with, by part; what was due
            when unknown
        """
        given = given or self.cut(quantity, unit)
        self.credited += quantity
        for key, part in self.parts.items():
            part.given = round_all(add(part.given, given.get(key, {})), self.step)

    def book_foreign(self, quantity, unit, amounts):
        """Note what a credit note from outside of returns gave for a quantity.

        Differences of a cent even out with the next cut. Where less was credited than
        due, it stays so; what was credited in excess counts as value without a
        quantity.

        :param float quantity: below zero for a credit that is taken back
        :param float unit: rounding of the unit of measure
        :param dict amounts: what was credited in all, by component
        """
        due = self.cut(quantity, unit)
        whole = add(*due.values())
        goods = due[GOODS]
        for name in set(whole) | set(amounts):
            more = round_to(amounts.get(name, 0.0) - whole.get(name, 0.0), self.step)
            if compare(abs(more), self.step, self.step) <= 0:
                goods[name] = goods.get(name, 0.0) + more
            elif more * quantity > 0:
                value = self.value.get(name, 0.0) + more
                self.value[name] = max(round_to(value, self.step), 0.0)
        self.book(quantity, unit, due)


@dataclass(frozen=True)
class Credit:
    """A quantity to credit against one invoice line.

    :param key: key of the invoice line
    :param float quantity: quantity to credit
    :param dict parts: what is due for it, by part and component
    :param dict withheld: the amounts of it that were credited before without a
        quantity, by component, positive
    """

    key: Any
    quantity: float
    parts: dict
    withheld: dict

    @property
    def gross(self):
        """The goods in the terms of the price, before discounts and ``withheld``."""
        return self.parts[GOODS][PRICE]

    @property
    def amounts(self):
        """What is credited in all, by component."""
        return add(*self.parts.values(), scale(self.withheld, -1))


class Ledger:
    """The invoices of some order lines; hands out credits until everything is credited.

    :param lines: iterable of :class:`InvoiceLine`, those to credit first in front
    :param dict surplus: by order line, how much more was invoiced than the customer
        still owes; goods that were never invoiced are not credited
    :param float step: rounding of the unit of measure
    """

    def __init__(self, lines, surplus, step):
        self.lines = {line.key: line for line in lines}
        self.surplus = dict(surplus)
        self.step = step
        self.newest = set()

    def prefer_newest(self, order_line):
        """Credit the newest invoices of an order line before its older ones.

        :param order_line: as :class:`InvoiceLine` names it
        """
        self.newest.add(order_line)

    def credit_goods(self, order_line, quantity):
        """Credit goods that came back, as far as they were invoiced.

        :param order_line: whose goods they are
        :param float quantity: that came back
        :return: ``(credits, unpriced)``: a list of :class:`Credit`, and the quantity
            that should be credited although no posted invoice line has that much left
        """
        owed = max(self.surplus.get(order_line, 0.0), 0.0)
        # A difference too small to be entered comes from rounding: nothing was kept.
        same = owed and compare(quantity, owed, self.step) == 0
        wanted = quantity if same else min(quantity, owed)
        self.surplus[order_line] = max(owed - wanted, 0.0)
        return self._take(order_line, wanted)

    def expect(self, order_line, quantity):
        """Treat goods that are credited before they come back as no longer owed.

        :param order_line: whose goods they are
        :param float quantity: that is still to come back
        """
        self.surplus[order_line] = self.surplus.get(order_line, 0.0) + quantity

    def credit_kept(self, order_line, quantity):
        """Credit goods that the customer keeps, so that they stay sold.

        :param order_line: whose goods they are
        :param float quantity: that the customer keeps
        :return: as :meth:`credit_goods`
        """
        return self._take(order_line, quantity)

    def discounted_share(self, line):
        """Give the part of an invoice line's amount that order discounts took away.

        :param InvoiceLine line: a line of this ledger
        :return: 0.0 to 1.0
        """
        away = sum(
            part.amounts[PRICE] for key, part in line.parts.items() if key != GOODS
        )
        return -away / line.gross if line.gross else 0.0

    def credit_line(self, key, quantity):
        """Credit a quantity of one invoice line that the caller has chosen.

        :param key: key of the invoice line
        :param float quantity: to credit
        :rtype: Credit
        """
        line = self.lines[key]
        before = self._unbacked(line)
        parts = line.cut(quantity, self.step)
        line.book(quantity, self.step, parts)
        after = self._unbacked(line)
        withheld = round_all(add(after, scale(before, -1)), line.step)
        withheld = {name: amount for name, amount in withheld.items() if amount > 0}
        if withheld:
            inside = sum(withheld.get(tax, 0.0) for tax in line.parts[GOODS].included)
            withheld.setdefault(NET, 0.0)
            withheld[PRICE] = round_to(withheld[NET] + inside, line.step)
        return Credit(key, quantity, parts, withheld)

    def _unbacked(self, line):
        """Give the value credited before that no longer fits into what is left.

        Each line first stands for the value credited on it. What exceeds a whole line
        has to fit into the other lines of its document.
        """
        peers = [peer for peer in self.lines.values() if peer.document == line.document]
        result = {}
        for name in {name for peer in peers for name in peer.value} - {PRICE}:
            own = excess = room = 0.0
            for peer in peers:
                value = peer.value.get(name, 0.0)
                whole, left = peer.posted(name), peer.left(name)
                excess += max(value - whole, 0.0)
                room += max(left - value, 0.0)
                if peer is line:
                    own = max(min(value, whole) - left, 0.0)
            result[name] = own + max(excess - room, 0.0)
        return result

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
        return [self.credit_line(key, part) for key, part in parts], unpriced


# ----------------------------------------------------------------------
# Shares
# ----------------------------------------------------------------------
def share(total, part, whole, done, step):
    """Give the share of ``total`` that falls on ``part`` of ``whole``.

    Shares are cumulative: however ``whole`` is cut, its shares add up to ``total``
    exactly, and the last part takes the cent that rounding left over.

    :param float total: amount to spread (currency)
    :param float part: the weight that is settled now
    :param float whole: the sum of all weights
    :param float done: the weight that was settled before
    :param float step: rounding of the currency
    :rtype: float
    """
    if not whole:
        return 0.0
    before = round_to(total * done / whole, step)
    after = round_to(total * (done + part) / whole, step)
    return round_to(after - before, step)


def spread(total, weights, step):
    """Split ``total`` by weights into shares that add up to it exactly.

    :param float total: amount to spread, in whole steps
    :param weights: list of floats, none below zero; when all are zero they count as
        equal
    :param float step: rounding of the currency
    :rtype: list[float]
    """
    if not sum(weights):
        weights = [1.0] * len(weights)
    whole, done, shares = sum(weights), 0.0, []
    for weight in weights:
        shares.append(share(total, weight, whole, done, step))
        done += weight
    return shares
