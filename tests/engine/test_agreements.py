from datetime import date, timedelta

import pytest
from engine.agreements import Quota, claimed_value, draw, year_before, year_of
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
AMOUNTS = st.integers(0, 10**9).map(lambda cents: cents / 100)


@pytest.mark.parametrize(
    ("start", "day", "first", "last"),
    [
        ((2030, 4, 1), (2030, 4, 1), (2030, 4, 1), (2031, 3, 31)),
        ((2030, 4, 1), (2032, 3, 31), (2031, 4, 1), (2032, 3, 31)),
        ((2030, 4, 1), (2032, 4, 1), (2032, 4, 1), (2033, 3, 31)),
        ((2030, 1, 1), (2030, 12, 31), (2030, 1, 1), (2030, 12, 31)),
        ((2028, 2, 29), (2029, 2, 27), (2028, 2, 29), (2029, 2, 27)),
        ((2028, 2, 29), (2029, 2, 28), (2029, 2, 28), (2030, 2, 27)),
        ((2028, 2, 29), (2032, 2, 29), (2032, 2, 29), (2033, 2, 27)),
        ((2030, 4, 1), (2030, 3, 31), (2029, 4, 1), (2030, 3, 31)),
    ],
)
def test_years_begin_where_the_agreement_does(start, day, first, last):
    assert year_of(date(*start), date(*day)) == (date(*first), date(*last))


@given(DAYS, DAYS)
def test_a_day_is_in_its_year(start, day):
    first, last = year_of(start, day)
    assert first <= day <= last
    assert 364 <= (last - first).days <= 365


@given(DAYS, DAYS)
def test_years_follow_each_other_without_a_gap(start, day):
    first, last = year_of(start, day)
    assert year_of(start, last + timedelta(days=1))[0] == last + timedelta(days=1)
    assert year_before(start, day)[1] == first - timedelta(days=1)


def test_quota_of_a_year():
    assert Quota(amount=500.0).of_year(9999.0, 0.01) == 500.0
    assert Quota(percent=5.0).of_year(1234.56, 0.01) == 61.73
    assert Quota(percent=5.0).of_year(-10.0, 0.01) == 0.0


@given(AMOUNTS, st.lists(AMOUNTS, max_size=8))
def test_later_values_find_less(left, values):
    keyed = dict(enumerate(values))
    before = draw(left, keyed)
    assert list(before) == list(keyed)
    for key, found in before.items():
        assert found == pytest.approx(left - sum(values[:key]))


def test_what_does_not_come_back_takes_nothing():
    assert claimed_value(120.0, 4, 4) == 120.0
    assert claimed_value(120.0, 4, 1) == 30.0
    assert claimed_value(120.0, 0, 0) == 0.0
