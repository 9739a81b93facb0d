"""Reports of corrective action in the eight disciplines (8D): steps, days, repeats."""

from dataclasses import dataclass
from datetime import date, timedelta

from . import reminders

STEPS = ("D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8")

#: action: (states it may start from, state it leads to)
STEP = {
    "answer": (("open", "refused"), "answered"),
    "accept": (("answered",), "accepted"),
    "refuse": (("answered",), "refused"),
}
REPORT = {
    "close": (("open",), "closed"),
    "cancel": (("open",), "cancelled"),
}

#: What the answer of a step has to say, beside its text.
NEEDED = {
    "D3": ("stocks_searched", "verification"),
    "D4": ("escape_cause", "evidence_ids"),
    "D6": ("done_on", "effective_from"),
}

_PHASES = {
    "containment": ("D0", "D1", "D2", "D3"),
    "cause": ("D4", "D5"),
    "closing": ("D6", "D7", "D8"),
}


@dataclass(frozen=True)
class Terms:
    """How much time a supplier has.

    :param int containment: working days until the goods are contained (D0 to D3)
    :param int cause: days until the root cause is known (D4, D5)
    :param int closing: days until everything is done (D6 to D8)
    """

    containment: int = 2
    cause: int = 14
    closing: int = 60


def plan(start, terms, after_working_days):
    """Give the day on which each step is due, none before the one before it.

    :param after_working_days: function that gives the day after so many working days
    :return: ``{step: day}``
    """
    contained = after_working_days(terms.containment)
    known = max(contained, start + timedelta(terms.cause))
    days = {
        "containment": contained,
        "cause": known,
        "closing": max(known, start + timedelta(terms.closing)),
    }
    return {step: days[phase] for phase, steps in _PHASES.items() for step in steps}


#: What a supplier is told of a step, in this order; what it was told is not repeated.
TOLD = (None, "refused", "reminded", "escalated")


def to_tell(state, due, today, plan, told=None, told_on=None):
    """Give what the supplier is to be told of a step now: one of ``TOLD``.

    Whoever was told that an answer was refused has as much time as before it was due.

    :param str state: ``open`` or ``refused``
    :param reminders.Plan plan: when somebody is told
    :param told: what the supplier was told since it had to answer
    :param told_on: the day of that
    """
    if state == "refused" and told is None:
        return "refused"
    again = told == "refused" and told_on >= due
    stage = reminders.stage(told_on if again else due, today, plan)
    if again and stage == "reminded":
        return None
    return stage if TOLD.index(stage) > TOLD.index(told) else None


def current(states):
    """Give the first step that is not accepted, the last one when all are.

    :param dict states: ``{step: state}``
    """
    left = [step for step in STEPS if states.get(step) != "accepted"]
    return left[0] if left else STEPS[-1]


@dataclass(frozen=True)
class Failure:
    """A part that failed in some way; what is not known is None."""

    key: object
    day: date
    supplier: int
    part: int | None = None
    defect: int | None = None


def find_repeated(failure, known, days=365):
    """Give the latest earlier failure of the same part in the same way, within a year.

    :param known: of :class:`Failure`
    :return: None where it is the first, or where part or defect is not known
    """
    if failure.part is None or failure.defect is None:
        return None
    same = [
        each
        for each in known
        if each.key != failure.key
        and (each.supplier, each.part, each.defect)
        == (failure.supplier, failure.part, failure.defect)
        and 0 <= (failure.day - each.day).days <= days
        and (each.day, each.key) < (failure.day, failure.key)
    ]
    return max(same, key=lambda each: (each.day, each.key), default=None)
