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
    assert explain(documented, on_hand, changed) == said
