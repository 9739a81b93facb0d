import pytest
from engine.transit import Row, find

GERMANY, FRANCE, FAST, SLOW = range(1, 5)
ROWS = (
    Row(7, {"country": None, "carrier": False}),
    Row(3, {"country": GERMANY}),
    Row(1, {"carrier": FAST}),
    Row(2, {"carrier": FAST, "country": FRANCE}),
    Row(5, {"country": GERMANY}),
)


@pytest.mark.parametrize(
    ("keys", "days"),
    [
        ({}, 7),
        ({"country": FRANCE, "carrier": SLOW}, 7),
        ({"country": GERMANY}, 5),
        ({"country": GERMANY, "carrier": SLOW}, 5),
        ({"country": GERMANY, "carrier": FAST}, 1),
        ({"country": FRANCE, "carrier": FAST}, 2),
    ],
)
def test_the_row_that_says_most_counts(keys, days):
    assert find(ROWS, keys) == days


def test_without_rows_a_parcel_is_there_at_once():
    assert find((), {"country": GERMANY}) == 0
