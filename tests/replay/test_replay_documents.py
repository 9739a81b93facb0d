from datetime import datetime
from decimal import Decimal

import pytest
from replay import codes, documents, rows
from replay_builders import built, by_number, lines, parsed


def test_documents_are_in_the_order_of_time():
    numbers = [document.number for document in built()]
    assert numbers[:4] == ["500001", "500002", "500003", "500004"]
    assert numbers[4:] == [f"C50001{i}" for i in range(7)]


def test_an_order_comes_before_a_credit_of_the_same_minute():
    made = built(lines(("C1", 1, 4, -1), ("2", 1, 4, 1)))
    assert [document.number for document in made] == ["2", "C1"]


def test_the_first_time_of_an_invoice_counts():
    text = lines(("1", 1, 5, 1), ("1", 1, 4, 1))
    assert built(text)[0].moment == datetime(2010, 1, 4, 8)


def test_a_number_shared_by_customers_is_told_apart():
    made = built(lines(("1", 7, 4, 1), ("1", 8, 5, 1)))
    assert [document.number for document in made] == ["1", "1-8"]
    made = built(lines(("1-8", 9, 3, 1), ("1", 7, 4, 1), ("1", 8, 5, 1)))
    assert [document.number for document in made] == ["1-8", "1", "1-8-8"]


def test_goods_are_grouped_by_product_and_charges_are_not_among_them():
    found = by_number()
    assert list(found["500001"].goods) == ["22041", "85048A"]
    assert [row.code for row in found["500001"].charges] == ["POST"]
    assert sum(row.quantity for row in found["500003"].goods["22423"]) == 12
    assert found["C500014"].goods == {}


def test_money_is_rounded_line_by_line():
    found = by_number()
    assert found["500004"].money == Decimal("166.50")
    assert found["C500015"].money == Decimal("10.00")
    assert documents.pence("0.125") == Decimal("0.13")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("POST", "postage"),
        ("M", "manual entry"),
        ("BANK CHARGES", "bank charges"),
        ("AMAZONFEE", "marketplace fee"),
        ("ADJUST2", "adjustment"),
        ("GIFT_0001_20", "gift voucher"),
        ("TEST001", "test product"),
        ("22041", None),
        ("85048A", None),
        ("DCGS0058", None),
    ],
)
def test_charges_are_told_from_goods(code, kind):
    assert codes.charge(code) == kind


def test_names_leave_out_remarks():
    named = codes.names(parsed())
    assert named["22041"] == "RECORD FRAME"
    text = lines(("1", 1, 4, 1)).replace("FRAME", "damaged in transit")
    assert codes.names(parsed(text)) == {"22041": "22041"}


def test_without_a_limit_everything_is_replayed():
    assert documents.select(built()) == built()


def test_a_limit_counts_credits_whose_customer_bought_before():
    made = built(
        lines(
            ("C1", 1, 1, -1),  # nothing bought before: does not count
            ("2", 1, 2, 5),
            ("3", 2, 2, 5),
            ("C4", 1, 3, -1),
            ("5", 1, 4, 5),
            ("C6", 1, 5, -1),
            ("C7", 2, 6, -1),
        )
    )
    chosen = [document.number for document in documents.select(made, 1)]
    assert chosen == ["C1", "2", "C4"]
    chosen = [document.number for document in documents.select(made, 2)]
    assert chosen == ["C1", "2", "C4", "5", "C6"]
    assert len(documents.select(made, 100)) == 7


def test_a_limit_on_a_file_without_credits_selects_nothing():
    assert documents.select(built(lines(("1", 1, 1, 1))), 5) == []


def test_goods_that_nobody_gives_back_can_be_left_out():
    made = built()
    kept = documents.only_given_back(made)
    found = {document.number: document for document in kept}
    assert [d.number for d in made if d.is_credit] == [
        d.number for d in kept if d.is_credit
    ]
    assert list(found["500001"].goods) == ["22041", "85048A"]
    text = lines(("1", 1, 1, 5), ("2", 2, 1, 5), ("C3", 1, 2, -1))
    other = text + "\n1,99,BOX,4,2010-01-01 08:00:00,2,1,France"
    made = built(other)
    order, credit = documents.only_given_back(made)
    assert (order.number, order.moment) == ("1", made[0].moment)
    assert (credit.number, list(order.goods)) == ("C3", ["22041"])
    assert list(made[0].goods) == ["22041", "99"]


def test_duplicates_are_counted():
    assert documents.duplicates(parsed()) == 2
    assert documents.duplicates([]) == 0


def test_the_limit_on_the_real_file(real_file):
    chosen = documents.select(documents.build(rows.read(real_file)[0]), 300)
    credits_ = [document for document in chosen if document.is_credit]
    assert 300 <= len(credits_) <= 350
    assert 500 <= len(chosen) - len(credits_) <= 600
