"""When somebody is reminded of a day, and when somebody else is told."""

from dataclasses import dataclass

#: Stages in their order; what was reached is not told again.
STAGES = (None, "reminded", "escalated")


@dataclass(frozen=True)
class Plan:
    """How many days after the day, or before it where negative."""

    remind: int
    escalate: int


def stage(due, today, plan):
    """Give the stage that is reached today: one of ``STAGES``."""
    late = (today - due).days
    if late >= plan.escalate:
        return "escalated"
    return "reminded" if late >= plan.remind else None


def is_new(reached, told, told_for, due):
    """Tell whether a stage was not told of yet, for this very day."""
    if reached is None:
        return False
    before = told if told_for == due else None
    return STAGES.index(reached) > STAGES.index(before)
