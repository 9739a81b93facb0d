"""What limits let through, and what waits for its turn."""

from collections import Counter

from engine.limits import pick


def test_what_waits_holds_nobody_back():
    waiting = [
        (1, {"email": "ada", "visitor": "x"}),
        (2, {"email": "ada", "visitor": "y"}),
        (3, {"email": "eve", "visitor": "y"}),
        (4, {"email": "bob", "visitor": "y"}),
    ]
    used = Counter({("visitor", "x"): 1})
    assert pick(waiting, used, {"email": 1, "visitor": 2}) == [1, 3, 4]
    assert used == {("visitor", "x"): 1}
