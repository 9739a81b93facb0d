"""Prepares the databases and measures, the ways taking turns."""

import contextlib
import math
import statistics
import sys

from . import deciding, masters, pages, rules, ways
from .cases import DECISIONS, LEVELS, WIZARD_ORDERS, Decisions
from .mass import Copies
from .profile import Profile
from .session import Session

# Some of the returns in the database are finished, others on their way.
FINISHED, RECEIVED = 0.6, 0.8
WAYS = ("floor", "wizards", "ours")


class Bench:
    """Measures cases in two databases: Odoo alone, and with the addon.

    :param databases: ``{"floor": name, "ours": name}``
    :param cases: `Case`s
    """

    def __init__(self, databases, cases):
        self.cases = cases
        self.sides = {side: Side(name, cases) for side, name in databases.items()}

    def run(self, levels, rounds=None):
        """Measure all cases with each number of returns in the database.

        :return: ``[(level, {case key: {way: Stats}})]``
        """
        found = []
        for level in levels:
            for side in self.sides.values():
                say(f"{side.name}: {level} returns in the database")
                side.fill(level)
            found.append(
                (level, {case.key: self._measure(case, rounds) for case in self.cases})
            )
        return found

    def decide(self):
        """Measure decisions: in the engine alone, and of many lines.

        :rtype: Decisions
        """
        from odoo.addons.reverse_logistics.engine import eligibility, matching

        say("decisions of the engine")
        per_second = rules.per_second(matching, eligibility)
        cost = self._decide_lines()
        return Decisions(per_second, cost.queries, cost.milliseconds)

    def show(self):
        """Measure the pages of a customer with many returns: as many as there are.

        :return: `Page`s
        """
        side = self.sides["ours"]
        say("pages of a customer")
        with side.session.environment() as env:
            user = pages.prepare(env, side.masters)
        with side.session.environment() as env:
            return pages.measure(env, user)

    def _decide_lines(self, watch=contextlib.nullcontext):
        side = self.sides["ours"]
        say(f"deciding {deciding.LINES} lines")
        side.fill(max(side.level, deciding.LINES))
        with side.session.environment() as env:
            deciding.put_in_force(env, side.masters)
        return side.session.decide(side.masters["user"], watch)

    def profile(self, key):
        """The statements of one round of a case: ``{way: Profile}``."""
        profiles = {"floor": Profile(), "ours": Profile()}
        if key == DECISIONS:
            self.sides["ours"].fill(LEVELS[0])
            self._decide_lines(profiles["ours"].watch)
            return profiles
        for way, profile in profiles.items():
            side = self.sides[way]
            call = getattr(ways, way), side.orders[key], profile.watch
            side.session.round(side.masters["user"], *call)
        return profiles

    def _measure(self, case, rounds):
        costs = {way: [] for way in WAYS}
        rounds = rounds or case.rounds
        for number in range(rounds):
            say(f"{case.title}: round {number + 1} of {rounds}")
            for way in WAYS:
                side = self.sides["ours" if way == "ours" else "floor"]
                orders = side.orders[case.key]
                if way == "wizards":
                    orders = orders[:WIZARD_ORDERS]
                cost = side.session.round(
                    side.masters["user"], getattr(ways, way), orders
                )
                costs[way].append(
                    (cost.queries / len(orders), cost.milliseconds / len(orders))
                )
        return {way: Stats(found) for way, found in costs.items()}


class Side:
    """One of the two databases, with what the cases need."""

    def __init__(self, name, cases):
        self.name = name
        self.session = Session(name)
        with self.session.environment() as env:
            self.masters = masters.prepare(env)
            self.addon = masters.with_addon(env)
        with self.session.environment() as env:
            self.orders = {
                case.key: masters.sell(env, self.masters, case.orders, case.lines)
                for case in cases
            }
        self.copies = None
        self.seeds = self.level = 0

    def fill(self, level):
        """Have this many returns: the first ones made, further ones copied."""
        if not self.seeds:
            self._seed(level)
        elif level > self.level:
            with self.session.environment() as env:
                self.copies.cursor = env.cr
                self.copies.make(level // self.seeds - 1)
        self.level = level

    def _seed(self, number):
        with self.session.environment() as env:
            self.copies = Copies(env.cr)
            orders = masters.sell(env, self.masters, number, 1)
        finished, received = int(number * FINISHED), int(number * RECEIVED)
        with self.session.environment(self.masters["user"]) as env:
            browse = env["sale.order"].browse
            if self.addon:
                ways.ours(browse(orders[:finished]))
                ways.receive(ways.request(browse(orders[finished:received])))
                ways.request(browse(orders[received:]))
            else:
                ways.floor(browse(orders[:received]))
        self.seeds = number


class Stats:
    """Queries and milliseconds per return over the rounds."""

    def __init__(self, costs):
        queries, milliseconds = zip(*costs, strict=True)
        self.queries = summary(queries)
        self.milliseconds = summary(milliseconds)


def summary(values):
    """Minimum, median and 95th percentile (nearest rank)."""
    ordered = sorted(values)
    rank = math.ceil(0.95 * len(ordered)) - 1
    median = statistics.median(ordered)
    return {"min": ordered[0], "median": median, "p95": ordered[rank]}


def say(text):
    """One line of progress, at once."""
    print(f"[bench] {text}", file=sys.stderr, flush=True)
