"""What it costs a day to let goods or a question wait, as a sum that can be read."""

from dataclasses import dataclass

DAYS_A_YEAR = 365.0
DAYS_A_MONTH = DAYS_A_YEAR / 12


@dataclass(frozen=True)
class Rates:
    """What a company says waiting costs, in percent.

    :ivar float capital: of the value, a year
    :ivar float decay: of the value, a month, where the category says nothing
    :ivar float late: of the value, once, when a deadline is missed
    :ivar float customer: of the customer's sales, a month, while they wait
    """

    capital: float = 8.0
    decay: float = 3.0
    late: float = 10.0
    customer: float = 0.5


@dataclass(frozen=True)
class Waiting:
    """Goods or a question that waits.

    :ivar float value: at stake
    :ivar decay: percent of the value a month, or None for what the company says
    :ivar days_left: until a deadline, negative when it has passed; None without one
    :ivar float sales: to this customer in a year
    """

    value: float = 0.0
    decay: float | None = None
    days_left: int | None = None
    sales: float = 0.0


def get_parts(waiting, rates):
    """Give ``{part: what another day costs}``, leaving out what costs nothing.

    A deadline that was missed, or is missed tomorrow, costs its whole share; one that
    is further away costs as much less as it leaves more days to choose from.
    """
    value = max(waiting.value, 0.0)
    decay = rates.decay if waiting.decay is None else waiting.decay
    parts = {
        "capital": value * rates.capital / 100 / DAYS_A_YEAR,
        "decay": value * decay / 100 / DAYS_A_MONTH,
        "deadline": 0.0,
        "customer": max(waiting.sales, 0.0) * rates.customer / 100 / DAYS_A_MONTH,
    }
    if waiting.days_left is not None:
        parts["deadline"] = value * rates.late / 100 / max(waiting.days_left, 1)
    return {part: cost for part, cost in parts.items() if cost > 0}
