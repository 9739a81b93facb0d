"""What approved changes explain of the difference between documents and goods."""

import pytest
from engine.counts import explain


@pytest.mark.parametrize(
    ("documented", "on_hand", "changed", "said"),
    [
        (5, 5, 0, 5),
        (5, 4, 0, 5),  # nobody knows why one is missing
        (5, 4, -1, 4),  # it was counted off
        (5, 2, -1, 4),  # two more are missing
        (4, 4, -1, 4),  # the receipt was corrected since
        (4, 5, -1, 4),  # a loss does not explain that there is more
        (0, 3, 3, 3),  # goods of ours were put there
        (0, 1, 3, 1),  # two of them left again
        (0, 5, 3, 3),
        (5, 3, 2, 5),
    ],
)
def test_explains_no_more_than_there_is(documented, on_hand, changed, said):
    found = explain(documented, on_hand, [(1, changed)], [(1, documented)])
    assert found == said


@pytest.mark.parametrize(
    ("on_hand", "changes", "arrivals", "said"),
    [
        (3, [(1, -2)], [(2, 5)], 5),  # it was counted before these came
        (3, [(1, -2)], [(1, 1), (2, 4)], 4),  # one of them was there then
        (3, [(1, -1), (3, -1)], [(2, 5)], 4),  # the second loss was of these
        (3, [(1, -2), (1, -1), (4, 1)], [(0, 5)], 3),  # one was found again
        (0, [(3, -9)], [(1, 2), (2, 3)], 0),
    ],
)
def test_what_came_later_was_not_taken(on_hand, changes, arrivals, said):
    assert explain(5, on_hand, changes, arrivals) == said
