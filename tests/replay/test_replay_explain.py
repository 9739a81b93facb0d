from dataclasses import replace
from decimal import Decimal

import pytest
from replay.explain import OTHER_PRICE, ROUNDING, Order, Seen, differences
from replay.ledger import NEVER_BOUGHT, TOO_MUCH, Ledger
from replay_builders import built, by_number, held, lines, part


def explain(number, return_=None, failures=None):
    """The differences of one credit of the sample."""
    seen = Seen(returns={number: return_} if return_ else {})
    document = by_number()[number]
    return differences([document], Ledger(built()), seen, failures or {})


def facts(found):
    return [(one.cause, str(one.money), one.explained) for one in found]


def test_equal_is_no_difference():
    assert explain("C500010", held("22041", part(5, "500002", "2.5"))) == []


def test_another_price_is_explained_by_the_purchase():
    found = explain("C500011", held("85048A", part(2, "500001", "6.95")))
    assert facts(found) == [
        ("value credit without goods: postage", "15.00", True),
        (OTHER_PRICE, "-1.90", True),
    ]


def test_a_price_that_no_purchase_names_is_not():
    found = explain("C500010", held("22041", part(5, "500002", "2.4")))
    assert ("priced 2.4, which 500002 does not name", "0", False) in facts(found)


@pytest.mark.parametrize("number", ["500003", "500001", "400000"])
def test_a_purchase_of_something_or_somebody_else_is_not(number):
    text = lines(("1", 1, 1, 9), ("500003", 2, 1, 9), ("C2", 1, 2, -3))
    documents = built(text)
    seen = Seen(returns={"C2": held("22041", part(3, number, "2"))})
    found = differences(documents[-1:], Ledger(documents), seen, {})
    cause = f"matched to {number}, where the customer did not buy it"
    assert facts(found) == [(cause, "0", False)]


def test_more_credited_than_bought_is_never_explained():
    text = lines(("1", 1, 1, 5), ("2", 1, 2, 5), ("C3", 1, 3, -4), ("C4", 1, 4, -4))
    documents = built(text)
    returns = {n: held("22041", part(4, "2", "2")) for n in ("C3", "C4")}
    found = differences(documents[2:], Ledger(documents), Seen(returns=returns), {})
    assert facts(found) == [("8 credited of 5 bought", "0", False)]


def test_what_was_never_bought_is_explained_by_the_exception():
    loose = part(3, None, 0)
    found = explain("C500012", held("99999", loose, exceptions=["no_source"]))
    assert facts(found) == [(NEVER_BOUGHT, "12.00", True)]


def test_without_an_exception_record_it_is_not():
    found = explain("C500012", held("99999", part(3, None, 0)))
    assert facts(found) == [("not matched, and no exception says so", "12.00", False)]


def test_a_silent_credit_is_never_explained():
    silent = part(3, None, 4, credited=Decimal(3), money=Decimal(12))
    found = explain("C500012", held("99999", silent, exceptions=["no_source"]))
    assert ("credited without a purchase", "0", False) in facts(found)


def test_more_than_bought_is_explained_for_the_rest():
    parts = part(6, "500003", "12.75"), part(6, "500003", "12.75"), part(3, None, 0)
    found = explain("C500013", held("22423", *parts, exceptions=["no_source"]))
    assert facts(found) == [(TOO_MUCH, "38.25", True)]


def test_a_wrong_match_is_not_explained():
    parts = part(15, None, 0)
    found = explain("C500013", held("22423", parts, exceptions=["no_source"]))
    assert ("0 units matched, the file covers 12", "0", False) in facts(found)


def test_a_quantity_that_got_lost_is_not_explained():
    found = explain("C500010", held("22041", part(4, "500002", "2.5")))
    assert ("the return has 4 of 5 units", "0", False) in facts(found)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"restocked": Decimal(4)}, "4 of 5 units back on the shelf"),
        ({"credited": Decimal(4), "money": Decimal(10)}, "4 of 5 units credited"),
        ({"money": Decimal(2)}, "money without a known cause"),
    ],
)
def test_a_step_that_did_not_happen_is_not_explained(change, cause):
    one = replace(part(5, "500002", "2.5"), **change)
    found = explain("C500010", held("22041", one))
    assert [(d.cause, d.explained) for d in found] == [(cause, False)]


def test_the_exception_that_stopped_a_step_is_named():
    one = replace(part(5, "500002", "2.5"), restocked=Decimal())
    found = explain("C500010", held("22041", one, exceptions=["work_failure"]))
    cause = "0 of 5 units back on the shelf, exceptions: work_failure"
    assert facts(found) == [(cause, "0", False)]


def test_money_beside_the_lines_is_not_explained():
    one = held("22041", part(5, "500002", "2.5"), credit_notes=14)
    assert facts(explain("C500010", one)) == [
        ("credited beside the lines", "-1.5", False)
    ]


def test_rounding_is_explained_up_to_what_it_can_amount_to():
    one = part(6, "500004", "1.665", money=Decimal("9.99"))
    found = explain("C500015", held("21731", one))
    assert facts(found) == [(ROUNDING, "0.01", True)]
    one = part(6, "500004", "1.665", money=Decimal("9.90"))
    found = explain("C500015", held("21731", one))
    assert facts(found) == [("money without a known cause", "0.10", False)]


def test_a_split_over_two_prices():
    parts = part(5, "500002", "2.5"), part(45, "500001", "2.1")
    found = explain("C500016", held("22041", *parts))
    assert facts(found) == [(OTHER_PRICE, "-2.00", True)]


def test_a_failure_is_named_and_not_explained():
    found = explain("C500010", failures={"C500010": "broken"})
    assert facts(found) == [("return: broken", "12.50", False)]
    assert facts(explain("C500010")) == [("return: not replayed", "12.50", False)]


def test_a_credit_without_goods_needs_no_return():
    found = explain("C500014")
    assert facts(found) == [("value credit without goods: manual entry", "7.50", True)]


def explain_order(number, invoiced, delivered):
    seen = Seen(orders={number: Order(Decimal(invoiced), Decimal(delivered))})
    return facts(differences([by_number()[number]], Ledger(built()), seen, {}))


def test_orders():
    assert explain_order("500002", 25, 10) == []
    assert explain_order("500004", "167.00", 100) == [(ROUNDING, "-0.50", True)]
    assert explain_order("500002", 20, 10) == [
        ("invoiced another amount than the file", "5.00", False)
    ]
    assert explain_order("500002", 25, 9) == [("1 units not delivered", "0", False)]


def test_an_order_that_is_missing():
    found = differences([by_number()["500002"]], Ledger(built()), Seen(), {})
    assert facts(found) == [("order: not replayed", "25.00", False)]
