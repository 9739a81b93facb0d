"""How a supplier calls what we have found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A supplier's code for a reason, a condition, or both together."""

    id: int
    reason: int | None = None
    condition: int | None = None


def find(codes, reasons, condition):
    """Find the most specific code: for both, then for the reason, then the condition.

    Of equally specific ones the first counts.

    :param codes: of :class:`Code`, in their order
    :param tuple reasons: why the goods came back, the nearest first, then what that
        reason is a kind of
    :param condition: in which they were found
    :return: a :class:`Code`, None where none fits
    """
    fitting = [
        code
        for code in codes
        if (code.reason is None or code.reason in reasons)
        and code.condition in (None, condition)
    ]
    return min(fitting, key=lambda code: _rank(code, reasons), default=None)


def _rank(code, reasons):
    distance = len(reasons) if code.reason is None else reasons.index(code.reason)
    return distance, code.condition is None
