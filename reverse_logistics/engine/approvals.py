"""Who may decide an approval, and how long it holds for what was approved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .rounding import compare


@dataclass(frozen=True)
class Subject:
    """What somebody is asked to approve.

    :param float amount: net value, in the company's currency
    :param quantities: ``{product id: quantity}`` in the product's unit
    :param str content: a digest of what has to stay exactly as it is; empty for
        documents of which only more than was approved matters
    """

    amount: float = 0.0
    quantities: Mapping[int, float] = field(default_factory=dict)
    content: str = ""

    def to_data(self):
        """Give what can be stored as JSON."""
        return {
            "amount": self.amount,
            "quantities": {str(key): part for key, part in self.quantities.items()},
            "content": self.content,
        }

    @classmethod
    def from_data(cls, data):
        """Give the subject that ``to_data`` stored.

        :param data: dict, or None for nothing
        """
        data = data or {}
        quantities = data.get("quantities", {}).items()
        return cls(
            amount=data.get("amount", 0.0),
            quantities={int(key): part for key, part in quantities},
            content=data.get("content", ""),
        )


def outgrown(approved, now, cent, step):
    """Tell whether an approval no longer covers what it was given for.

    Less than was approved stays approved.

    :param Subject approved: what was looked at
    :param Subject now: what it is now
    :param float cent: rounding of the currency
    :param float step: rounding of quantities
    """
    return (
        approved.content != now.content
        or compare(now.amount, approved.amount, cent) > 0
        or any(
            compare(quantity, approved.quantities.get(product, 0.0), step) > 0
            for product, quantity in now.quantities.items()
        )
    )


@dataclass(frozen=True)
class Acting:
    """Whether and for whom somebody may decide.

    :param on_behalf_of: id of the colleague they stand in for, None for themselves
    :param bool conflict: they, or that colleague, took an earlier step
    """

    on_behalf_of: int | None = None
    conflict: bool = False


def choose(user, has_role, delegators, excluded):
    """Find in whose name somebody decides: their own, if they can.

    A deputy inherits both exclusions: neither they nor the colleague they stand in for
    may have taken an earlier step.

    :param int user: id of who decides
    :param bool has_role: they have the role themselves
    :param delegators: ids of colleagues with the role that they stand in for
    :param excluded: ids of the users who took earlier steps
    :return: an :class:`Acting`, or None for somebody without the role
    """
    names = [None] if has_role else []
    names += sorted(delegators)
    for name in names:
        if user not in excluded and name not in excluded:
            return Acting(name)
    return Acting(names[0], conflict=True) if names else None
