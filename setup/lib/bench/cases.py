"""What is measured, and how much it may cost."""

from dataclasses import dataclass

WIZARD_ORDERS = 10


@dataclass(frozen=True)
class Case:
    """Orders of which everything comes back in one go.

    :ivar int rounds: how often each way is measured
    :ivar share: what ours may cost as a multiple of the floor, or None
    :ivar extra: what ours may cost beyond the floor, in queries
    """

    key: str
    title: str
    orders: int
    lines: int
    rounds: int
    share: float = 1.0
    extra: int = 0

    def limit(self, floor):
        """Queries per return that are allowed."""
        return floor * self.share + self.extra

    def explain(self):
        """The limit in words."""
        return f"floor + {self.extra}" if self.extra else f"{self.share:g} × floor"


CASES = (
    Case("line", "1 return, 1 line", 1, 1, rounds=9, extra=110),
    Case("lines", "1 return, 20 lines of one order", 1, 20, rounds=7, share=1.2),
    Case("returns", "100 returns together, each", 100, 1, rounds=3, share=1.25),
)
#: Returns that are in the database already.
LEVELS = (100, 20000)
#: In quick mode, where it only matters that there are some.
QUICK_LEVELS = (20,)
#: The case that has no floor: Odoo decides nothing.
DECISIONS = "decisions"
#: What deciding 10,000 lines may ask of the database: the order's day, possession,
#: times in transit and holidays are read once for all of them, too.
MOST_QUERIES = 54
#: Decisions a second that the engine has to take, with 200 rules, on one core.
LEAST_PER_SECOND = 20_000


@dataclass(frozen=True)
class Decisions:
    """What decisions took.

    :ivar float per_second: decisions of the engine
    :ivar int queries: for deciding many lines
    :ivar float milliseconds: the same
    """

    per_second: float
    queries: int
    milliseconds: float
