import random

from odoo.tests.common import BaseCase

from ..engine.regrading import Goods, Option, find_options
from ..engine.shares import share, split


class TestRegrading(BaseCase):
    def test_the_most_specific_option_comes_first(self):
        goods = Goods(product=1, template=10, categories=(21, 20), condition=3)
        options = [
            Option(1, None, 20, 3, 101, 1),
            Option(2, None, 21, None, 102, 1),
            Option(3, None, 21, 3, 103, 2),
            Option(4, None, 21, 3, 104, 1),
            Option(5, 10, None, None, 105, 9),
            Option(6, 10, None, 3, 106, 9),
        ]
        self.assertEqual(find_options(goods, options), [6, 5, 4, 3, 2, 1])

    def test_what_does_not_fit_is_left_out(self):
        goods = Goods(product=1, template=10, categories=(20,), condition=None)
        options = [
            Option(1, 10, None, 3, 101, 1),  # only for a condition
            Option(2, 11, None, None, 101, 1),  # another product
            Option(3, None, 22, None, 101, 1),  # another category
            Option(4, 10, None, None, 1, 1),  # itself
        ]
        self.assertEqual(find_options(goods, options), [])

    def test_each_target_comes_once(self):
        goods = Goods(product=1, template=10, categories=(20,), condition=3)
        options = [Option(1, None, 20, None, 101, 1), Option(2, 10, None, 3, 101, 1)]
        self.assertEqual(find_options(goods, options), [2])


class TestShares(BaseCase):
    def test_known_shares(self):
        for price, weights, step, expected in (
            (100.0, [1, 1, 1], 0.01, [33.34, 33.33, 33.33]),
            (100.0, [30, 50, 20], 0.01, [30.0, 50.0, 20.0]),
            (10.0, [0, 0], 0.01, [5.0, 5.0]),
            (10.0, [1, 0], 0.01, [10.0, 0.0]),
            (0.02, [1, 1, 1], 0.01, [0.01, 0.01, 0.0]),
            (100.0, [1, 2], 1.0, [33.0, 67.0]),
            (0.0, [1, 2], 0.01, [0.0, 0.0]),
            (5.0, [], 0.01, []),
        ):
            with self.subTest(price=price, weights=weights):
                self.assertEqual(share(price, weights, step), expected)

    def test_shares_sum_up_and_are_never_a_step_away(self):
        """For all prices, weights and currencies."""
        chance = random.Random(19)
        for _time in range(500):
            step = chance.choice((0.01, 0.001, 1.0, 0.05))
            price = chance.randrange(0, 10**7) * step
            weights = [
                chance.choice((0.0, chance.random() * 10 ** chance.randrange(6)))
                for _piece in range(chance.randrange(1, 40))
            ]
            shares = share(price, weights, step)
            self.assertAlmostEqual(sum(shares), price, delta=step / 1000)
            total = sum(weights)
            for part, weight in zip(shares, weights, strict=True):
                exact = price * (weight / total if total else 1 / len(weights))
                self.assertLess(abs(part - exact), step * 1.0001)
                self.assertAlmostEqual(part / step, round(part / step), places=4)

    def test_pieces_of_a_share_cost_it_exactly(self):
        for amount, quantity, step, expected in (
            (10.0, 3.0, 0.01, [(1.0, 3.34), (2.0, 3.33)]),
            (9.0, 3.0, 0.01, [(3.0, 3.0)]),
            (0.01, 2.0, 0.01, [(1.0, 0.01), (1.0, 0.0)]),
            (100.0, 3.0, 1.0, [(1.0, 34.0), (2.0, 33.0)]),
            (10.0, 2.5, 0.01, [(2.5, 4.0)]),
        ):
            with self.subTest(amount=amount, quantity=quantity):
                self.assertEqual(split(amount, quantity, step), expected)

    def test_nonsense_is_refused(self):
        for arguments in ((-1, [1], 0.01), (1, [-1], 0.01), (1, [1], 0)):
            with self.assertRaises(ValueError):
                share(*arguments)
