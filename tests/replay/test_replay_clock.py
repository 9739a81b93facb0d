from datetime import datetime

from replay.clock import Clock


def test_the_clock_stands_where_it_was_put():
    clock = Clock()
    clock.move_to(datetime(2010, 1, 4, 8))
    assert clock.now() == clock.now() == datetime(2010, 1, 4, 8)


def test_the_clock_never_goes_back():
    clock = Clock()
    clock.move_to(datetime(2010, 1, 4))
    clock.move_to(datetime(2010, 1, 3))
    assert clock.now() == datetime(2010, 1, 4)


def test_a_clock_that_was_not_put_anywhere_tells_the_time():
    now = Clock().now()
    assert now.tzinfo is None
    assert now.year >= 2026
