from engine.settlement import InvoiceLine, Ledger, excess, share
from hypothesis import given, settings
from hypothesis import strategies as st

CENT = 0.01
UNIT = 0.01
CENTS = st.integers(0, 10**6).map(lambda cents: cents / 100)


def ledger(*lines, surplus=None, discounts=None):
    if surplus is None:
        surplus = {}
        for line in lines:
            surplus[line.order_line] = surplus.get(line.order_line, 0) + line.quantity
    return Ledger(lines, surplus, discounts or {}, UNIT)


def invoice_line(key="a", quantity=3.0, gross=300.0, **values):
    return InvoiceLine(
        key,
        values.pop("order_line", "line"),
        values.pop("group", "inv"),
        quantity,
        gross,
        CENT,
        **values,
    )


def net(credit):
    return credit.gross - credit.discount_share - credit.rounding


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
    book = ledger(invoice_line(credited=3, credited_gross=300), surplus={"line": 1})
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
def test_cents_rounded_up_are_withheld_at_the_end():
    book = ledger(invoice_line(gross=20))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(3)]
    assert [round(net(c), 2) for c in credits] == [6.67, 6.67, 6.66]
    assert [c.rounding for c in credits] == [0, 0, 0.01]


def test_cents_rounded_down_are_given_with_the_last():
    book = ledger(invoice_line(gross=10))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(3)]
    assert [round(net(c), 2) for c in credits] == [3.33, 3.33, 3.34]
    assert [c.rounding for c in credits] == [0, 0, 0]


def test_what_was_credited_at_a_lower_price_stays_so():
    book = ledger(invoice_line(credited=2, credited_gross=150))
    (credit,), unpriced = book.credit_goods("line", 1)
    assert (credit.gross, net(credit)) == (100, 100)
    assert unpriced == 0


def test_value_credited_before_is_withheld_once_it_no_longer_fits():
    book = ledger(invoice_line(value=250))
    credits = [book.credit_goods("line", 1)[0][0] for _time in range(3)]
    assert [net(c) for c in credits] == [50, 0, 0]
    assert sum(c.rounding for c in credits) == 250


def test_value_credited_before_respects_the_order_discount():
    book = ledger(invoice_line(quantity=1, gross=100, value=15), discounts={"inv": 10})
    (credit,), _unpriced = book.credit_goods("line", 1)
    assert (credit.discount_share, credit.rounding) == (10, 15)
    assert net(credit) == 75


def test_discounts_stay_within_their_invoice():
    book = ledger(
        invoice_line("x", 2, 200, group="first"),
        invoice_line("y", 2, 200, group="second"),
        discounts={"first": 40},
    )
    credits, _unpriced = book.credit_goods("line", 4)
    assert [c.discount_share for c in credits] == [40, 0]
    assert sum(map(net, credits)) == 360


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(1, 30), CENTS), min_size=1, max_size=4),
    st.integers(0, 100),
    st.data(),
)
def test_however_it_is_cut_the_customer_gets_back_exactly_what_was_paid(
    invoiced, percent, data
):
    lines = [
        invoice_line(key, float(quantity), gross)
        for key, (quantity, gross) in enumerate(invoiced)
    ]
    whole = round(sum(gross for _quantity, gross in invoiced), 2)
    discount = round(whole * percent / 100, 2)
    book = ledger(*lines, discounts={"inv": discount})
    left = sum(quantity for quantity, _gross in invoiced)
    given_back = 0.0
    while left:
        part = data.draw(st.integers(1, left))
        credits, unpriced = book.credit_goods("line", part)
        assert unpriced == 0
        assert round(sum(c.quantity for c in credits), 6) == part
        given_back += sum(map(net, credits))
        assert round(given_back, 2) <= round(whole - discount + 0.01 * len(lines), 2)
        left -= part
    assert round(given_back, 2) == round(whole - discount, 2)


@given(CENTS, CENTS, CENTS)
def test_excess_is_what_does_not_fit_and_at_most_everything(amount, invoiced, credited):
    over = excess(amount, invoiced, credited, CENT)
    assert 0 <= over <= amount
    if credited <= invoiced:
        assert round(credited + amount - over, 2) <= invoiced
        assert over == 0 or round(credited + amount - over, 2) == invoiced


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
