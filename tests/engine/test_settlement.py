import pytest
from engine.settlement import (
    GOODS,
    NET,
    PRICE,
    InvoiceLine,
    Ledger,
    Part,
    Posted,
    break_down,
    part_of,
    share,
    spread,
    total,
)
from hypothesis import given, settings
from hypothesis import strategies as st

CENT = 0.01
UNIT = 0.01
CENTS = st.integers(0, 10**6).map(lambda cents: cents / 100)


def ledger(*lines, surplus=None):
    if surplus is None:
        surplus = {}
        for line in lines:
            surplus[line.order_line] = surplus.get(line.order_line, 0) + line.quantity
    return Ledger(lines, surplus, UNIT)


def invoice_line(key="a", quantity=3.0, gross=300.0, discount=0.0, **values):
    """An untaxed line of an invoice, and its share of an order discount."""
    parts = {GOODS: Part({PRICE: gross, NET: gross})}
    if discount:
        parts["discount"] = Part({PRICE: -discount, NET: -discount})
    line = InvoiceLine(
        key, values.pop("order_line", "line"), "inv", quantity, parts, CENT
    )
    credited, given_back = values.pop("credited", 0), values.pop("given_back", None)
    if given_back is not None:
        line.book_foreign(credited, UNIT, {PRICE: given_back, NET: given_back})
    value = values.pop("value", 0)
    if value:
        line.value = {PRICE: value, NET: value}
    return line


def net(credit):
    return credit.amounts[NET]


def cents(amounts):
    """Compare amounts as they are printed; what is nothing is left out."""
    rounded = {name: round(amount, 2) for name, amount in amounts.items()}
    return {name: amount for name, amount in rounded.items() if amount}


# ----------------------------------------------------------------------
# Quantities
# ----------------------------------------------------------------------
def test_oldest_invoice_first():
    book = ledger(invoice_line("old", 2, 200), invoice_line("new", 3, 270))
    credits, unpriced = book.credit_goods("line", 4)
    assert [(c.key, c.quantity, c.gross) for c in credits] == [
        ("old", 2, 200),
        ("new", 2, 180),
    ]
    assert unpriced == 0


def test_goods_never_invoiced_are_not_credited():
    book = ledger(invoice_line(quantity=2, gross=200), surplus={"line": 1})
    credits, unpriced = book.credit_goods("line", 2)
    assert [c.quantity for c in credits] == [1]
    assert unpriced == 0
    assert book.credit_goods("line", 1) == ([], 0)


def test_kept_goods_do_not_depend_on_what_came_back():
    book = ledger(invoice_line(), surplus={"line": 0})
    assert book.credit_goods("line", 1) == ([], 0)
    credits, unpriced = book.credit_kept("line", 1)
    assert ([c.quantity for c in credits], unpriced) == ([1], 0)


def test_what_no_invoice_has_left_is_unpriced():
    book = ledger(invoice_line(credited=3, given_back=300), surplus={"line": 1})
    assert book.credit_goods("line", 1) == ([], 1)
    assert book.credit_kept("line", 2) == ([], 2)


def test_a_twelfth_of_a_dozen():
    """By order quantity 0.08 came back; the money is a twelfth all the same."""
    book = ledger(invoice_line(quantity=1, gross=120), surplus={"line": 0.08})
    credits, unpriced = book.credit_goods("line", 1 / 12)
    assert [(c.gross, unpriced) for c in credits] == [(10, 0)]
    assert abs(credits[0].quantity - 1 / 12) < 1e-6


def test_nothing_owed_gives_nothing_however_small():
    book = ledger(invoice_line(), surplus={"line": 0})
    assert book.credit_goods("line", 0.004) == ([], 0)
    assert book.credit_goods("other", 1) == ([], 0)


# ----------------------------------------------------------------------
# Amounts
# ----------------------------------------------------------------------
def test_cents_rounded_up_are_missing_at_the_end():
    book = ledger(invoice_line(gross=20))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(3)]
    assert [round(net(c), 2) for c in credits] == [6.67, 6.66, 6.67]


def test_cents_rounded_down_are_given_with_the_last():
    book = ledger(invoice_line(gross=10))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(3)]
    assert [round(net(c), 2) for c in credits] == [3.33, 3.34, 3.33]


def test_what_was_credited_at_a_lower_price_stays_so():
    book = ledger(invoice_line(credited=2, given_back=150))
    (credit,), unpriced = book.credit_goods("line", 1)
    assert (credit.gross, net(credit)) == (100, 100)
    assert unpriced == 0


def test_what_was_credited_at_a_higher_price_is_missing_at_the_end():
    book = ledger(invoice_line(credited=1, given_back=230))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(2)]
    assert [net(c) for c in credits] == [70, 0]


def test_cents_of_others_even_out():
    book = ledger(invoice_line(gross=10, credited=1, given_back=3.34))
    (credit,), _unpriced = book.credit_goods("line", 2)
    assert net(credit) == 6.66


def test_a_credit_that_was_taken_back_leaves_no_trace():
    line = invoice_line(gross=10, credited=1, given_back=9)
    line.book_foreign(-1, UNIT, {PRICE: -9, NET: -9})
    book = ledger(line)
    (credit,), _unpriced = book.credit_goods("line", 3)
    assert (net(credit), credit.withheld) == (10, {})


def test_value_credited_before_is_withheld_once_it_no_longer_fits():
    book = ledger(invoice_line(value=250))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(3)]
    assert [net(c) for c in credits] == [50, 0, 0]
    assert sum(c.withheld[NET] for c in credits) == 250


def test_value_beyond_its_line_is_withheld_from_the_others():
    """Not before the rest of the invoice is needed for it."""
    book = ledger(
        invoice_line("a", 1, 50, order_line="a", value=60),
        invoice_line("b", 2, 200, order_line="b"),
    )
    credits = [book.credit_goods(order_line, 1)[0][0] for order_line in ("a", "b", "b")]
    assert [net(c) for c in credits] == [0, 100, 90]


def test_value_credited_before_respects_the_order_discount():
    book = ledger(invoice_line(quantity=1, gross=100, discount=10, value=15))
    (credit,), _unpriced = book.credit_goods("line", 1)
    assert (credit.parts["discount"][NET], credit.withheld[NET]) == (-10, 15)
    assert net(credit) == 75


def test_discounts_belong_to_their_line():
    book = ledger(invoice_line("x", 2, 200, discount=40), invoice_line("y", 2, 200))
    credits, _unpriced = book.credit_goods("line", 4)
    assert [net(c) for c in credits] == [160, 200]
    assert book.discounted_share(book.lines["x"]) == 0.2


def test_a_proposal_that_fell_away_leaves_no_cents():
    line = invoice_line(gross=10)
    line.book(1, UNIT, {GOODS: {PRICE: 3.34, NET: 3.34}})
    (credit,), _unpriced = ledger(line).credit_goods("line", 2)
    assert net(credit) == 6.66


def test_price_with_tax():
    """29.97 of 39.96: as the customer paid it, whatever rounds inside."""
    part = Part({PRICE: 39.96, NET: 33.3, "tax": 6.66}, frozenset({"tax"}))
    line = InvoiceLine("a", "line", "inv", 4.0, {GOODS: part}, CENT)
    book = ledger(line)
    three, last = (book.credit_line("a", quantity) for quantity in (3, 1))
    assert cents(three.amounts) == {PRICE: 29.97, NET: 24.97, "tax": 5.0}
    assert cents(last.amounts) == {PRICE: 9.99, NET: 8.33, "tax": 1.66}


@pytest.mark.parametrize(("price", "tax"), [(0.0, 0.0), (4.0, 0.8), (9.0, 1.8)])
def test_part_of_a_price(price, tax):
    part = part_of({PRICE: 9.0, NET: 9.0, "tax": 1.8}, price, frozenset(), CENT)
    assert cents(part) == cents({PRICE: price, NET: price, "tax": tax})


# ----------------------------------------------------------------------
# Documents
# ----------------------------------------------------------------------
def test_each_line_has_its_taxes_and_shares():
    lines = [
        Posted("a", 60.0, 60.0, {"tax": 12.0, "eco": 1.0}),
        Posted("b", 40.0, 40.0, {"tax": 8.0}),
        Posted("discount", -10.0, -10.0, {"tax": -2.0}, lowers=("a", "b")),
        Posted("coins", -0.05, lowers=("a", "b")),
    ]
    found = break_down(lines, {"tax": 18.0, "eco": 1.0}, CENT)
    assert {
        key: {part: cents(one.amounts) for part, one in parts.items()}
        for key, parts in found.items()
    } == {
        "a": {
            GOODS: {PRICE: 60, NET: 60, "tax": 12, "eco": 1},
            "discount": {PRICE: -6, NET: -6, "tax": -1.2},
            "coins": {PRICE: -0.03, NET: -0.03},
        },
        "b": {
            GOODS: {PRICE: 40, NET: 40, "tax": 8},
            "discount": {PRICE: -4, NET: -4, "tax": -0.8},
            "coins": {PRICE: -0.02, NET: -0.02},
        },
    }


def test_the_price_is_what_the_customer_knows():
    """Cents within the price go where they make the price come out."""
    included = frozenset({"tax"})
    lines = [
        Posted("a", 17.8, 21.53, {"tax": 21.53 / 1.21 * 0.21}, included),
        Posted("b", 17.79, 21.53, {"tax": 21.53 / 1.21 * 0.21}, included),
    ]
    found = break_down(lines, {"tax": 7.47}, CENT)
    assert [cents(found[key][GOODS].amounts) for key in "ab"] == [
        {PRICE: 21.53, NET: 17.8, "tax": 3.73},
        {PRICE: 21.53, NET: 17.79, "tax": 3.74},
    ]


def test_taxes_entered_by_hand_are_spread():
    lines = [Posted("a", 10.0, 10.0, {"tax": 2.0}), Posted("b", 30.0, 30.0)]
    found = break_down(lines, {"tax": 2.5, "other": 1.0}, CENT)
    assert cents(found["a"][GOODS].amounts)["tax"] == 2.5
    assert [found[key][GOODS].amounts["other"] for key in "ab"] == [0.25, 0.75]


def test_a_discount_of_everything():
    lines = [
        Posted("a", 10.0, 10.0, {"tax": 2.0}),
        Posted("all", -10.0, -10.0, {"tax": -2.0}, lowers=("a",)),
    ]
    found = break_down(lines, {}, CENT)
    (credit,), _rest = ledger(
        InvoiceLine("a", "line", "inv", 1.0, found["a"], CENT)
    ).credit_goods("line", 1)
    assert cents(credit.amounts) == {}


@st.composite
def documents(draw):
    """Lines as Odoo posts them, with taxes, discounts and cash rounding."""
    rates = {"high": 0.2, "low": 0.077, "inside": 0.19}
    lines, quantities = [], {}
    for key in range(draw(st.integers(1, 4))):
        quantities[key] = draw(st.integers(1, 30))
        price = draw(st.integers(1, 10**5)) / 100
        taxes = draw(st.sets(st.sampled_from(["high", "low", "eco"])))
        inside = draw(st.booleans())
        base = price / 1.19 if inside else price
        exact = {tax: base * rates.get(tax, 0.0) for tax in taxes}
        if inside:
            exact["inside"] = price - base
        if "eco" in taxes:
            exact["eco"] = 0.35 * quantities[key]
        included = frozenset({"inside"} if inside else ())
        lines.append(Posted(key, round(base, 2), price, exact, included))
    for number in range(draw(st.integers(0, 2))):
        goods = draw(st.sets(st.sampled_from(sorted(quantities)), min_size=1))
        most = sum(line.net for line in lines if line.key in goods)
        amount = -round(most * draw(st.integers(1, 45)) / 100, 2)
        lines.append(
            Posted(
                f"discount {number}",
                amount,
                amount,
                {"high": amount * 0.2} if draw(st.booleans()) else {},
                lowers=tuple(goods),
            )
        )
    coins = draw(st.integers(-5, 5)) / 100
    lines.append(Posted("coins", coins, lowers=tuple(quantities)))
    names = {tax for line in lines for tax in line.taxes}
    # rounded per line, on the total, or by hand
    taxes = {
        tax: round(
            sum(line.taxes.get(tax, 0.0) for line in lines)
            + draw(st.integers(-3, 3)) / 100,
            2,
        )
        for tax in sorted(names)
    }
    return lines, taxes, quantities


@settings(max_examples=300)
@given(documents(), st.data())
def test_however_it_is_cut_everything_adds_up(document, data):
    lines, taxes, quantities = document
    found = break_down(lines, taxes, CENT)
    book = ledger(
        *(
            InvoiceLine(key, key, "inv", float(quantities[key]), parts, CENT)
            for key, parts in found.items()
        )
    )
    left, credits = dict(quantities), []
    while left:
        key = data.draw(st.sampled_from(sorted(left)))
        quantity = data.draw(st.integers(1, left[key]))
        (credit,), unpriced = book.credit_goods(key, quantity)
        assert (unpriced, credit.withheld) == (0, {})
        credits.append(credit)
        left[key] -= quantity
        if not left[key]:
            del left[key]
    sums = {}
    for credit in credits:
        for name, amount in credit.amounts.items():
            sums[name] = sums.get(name, 0.0) + amount
    paid = sum(line.net for line in lines)
    assert round(sums.pop(NET), 2) == round(paid, 2)
    del sums[PRICE]
    assert cents(sums) == cents(taxes)
    whole = sum(total(credit.amounts) for credit in credits)
    assert round(whole, 2) == round(paid + sum(taxes.values()), 2)


@given(CENTS, st.lists(st.integers(0, 10**5), min_size=1, max_size=10))
def test_what_is_spread_adds_up(amount, weights):
    assert round(sum(spread(amount, weights, CENT)), 2) == amount


@given(CENTS, st.lists(st.integers(1, 10**5), min_size=1, max_size=10))
def test_shares_add_up_to_the_total(total, weights):
    whole = sum(weights)
    done, shares = 0, []
    for weight in weights:
        shares.append(share(total, weight, whole, done, CENT))
        done += weight
    assert round(sum(shares), 2) == total
    assert all(part >= 0 for part in shares)


@given(
    st.integers(-(10**6), 10**6),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=10).filter(any),
    st.sampled_from([0.001, 0.01, 0.05, 1.0, 5.0]),
    st.sampled_from([1, 3, 7, 100]),
)
def test_shares_are_fair_in_every_currency(steps, weights, step, parts_of_one):
    """Each is whole steps, at most one from its exact part; none is lost."""
    total = steps * step
    weights = [weight / parts_of_one for weight in weights]
    whole = sum(weights)
    done, given = 0.0, 0
    for weight in weights:
        part = share(total, weight, whole, done, step)
        assert abs(part / step - round(part / step)) < 1e-6
        assert abs(part - total * weight / whole) <= step * (1 + 1e-6)
        given += round(part / step)
        done += weight
    assert given == steps


def test_shares_of_nothing():
    assert share(10, 1, 0, 0, CENT) == 0
    assert share(0, 1, 2, 0, CENT) == 0
