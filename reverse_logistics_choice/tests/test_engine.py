import random
from dataclasses import replace

from odoo.tests.common import BaseCase

from ..engine.choice import Option, given_up, rank

CENT = 0.01
COSTS = ("freight", "minutes", "refurbishing", "fee_percent")


def draw(rng, key):
    """Any option; amounts in cents, as users enter them."""
    return Option(
        key=key,
        sequence=rng.randint(1, 3),
        value=rng.randint(0, 20000) / 100,
        percent=rng.randint(0, 150),
        freight=rng.randint(0, 2000) / 100,
        minutes=rng.randint(0, 90),
        hourly=rng.randint(1, 90),
        refurbishing=rng.randint(0, 3000) / 100,
        fee_percent=rng.randint(0, 30),
    )


def order(options, quantity=1):
    return [outcome.option.key for outcome in rank(options, quantity, CENT)]


class TestArithmetic(BaseCase):
    def test_the_arithmetic(self):
        """3 of 50.00: 80 % are 120.00, less 12.00, 4.50, 22.50 and 6.00."""
        option = Option(1, 10, 50.0, 80, 1.5, 15, 30.0, 2.0, 10)
        (outcome,) = rank([option], 3, CENT)
        self.assertEqual(outcome.recovered, 120.0)
        self.assertEqual(
            outcome.costs,
            {"fees": 12.0, "freight": 4.5, "labour": 22.5, "refurbishing": 6.0},
        )
        self.assertEqual(outcome.net, 75.0)

    def test_of_equals_the_first_in_the_list_wins(self):
        options = [
            Option(1, 20, 10.0, 50),
            Option(2, 10, 5.0, 100),
            Option(3, 10, 50.0, 10),
        ]
        self.assertEqual(order(options), [2, 3, 1])

    def test_a_cent_less_is_a_cent_less(self):
        """Neither rounding of one piece nor binary noise decides."""
        options = [Option(1, 10, 0.3, 100), Option(2, 20, 0.1, 100, -0.2)]
        self.assertEqual(order(options), [1, 2])
        options = [Option(1, 10, 1.001, 100), Option(2, 20, 1.004, 100)]
        self.assertEqual(order(options), [2, 1])

    def test_more_cost_never_ranks_higher(self):
        rng = random.Random(1)
        for _trial in range(200):
            options = [draw(rng, key) for key in range(4)]
            name = rng.choice(COSTS)
            dearer = replace(options[0], **{name: getattr(options[0], name) + 5})
            before = order(options).index(0)
            self.assertGreaterEqual(order([dearer, *options[1:]]).index(0), before)

    def test_splitting_changes_no_answer_and_lines_add_up(self):
        rng = random.Random(2)
        for _trial in range(200):
            options = [draw(rng, key) for key in range(4)]
            quantity = rng.randint(1, 50)
            outcomes = rank(options, quantity, CENT)
            self.assertEqual([o.option.key for o in outcomes], order(options))
            for outcome in outcomes:
                self.assertAlmostEqual(
                    outcome.net, outcome.recovered - sum(outcome.costs.values()), 9
                )

    def test_what_is_given_up(self):
        nets = {1: 20.0, 2: 5.5, 3: -4.0}
        self.assertEqual(given_up(nets, 1, 2, CENT), 14.5)
        # of what nothing is expected, nothing comes in
        self.assertEqual(given_up(nets, 1, 9, CENT), 20.0)
        self.assertEqual(given_up(nets, 3, 9, CENT), 0.0)
        # what safety asks for gives nothing up
        self.assertEqual(given_up(nets, 9, 1, CENT), 0.0)
