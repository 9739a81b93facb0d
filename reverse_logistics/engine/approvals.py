"""Who may decide on an approval, and whether it still covers what it was given for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .rounding import compare


@dataclass(frozen=True)
class Subject:
    """What somebody is asked to approve.

    :param float amount: net value, in the company's currency
    :param quantities: ``{product id: quantity}`` in the product's unit
    :param str content: digest of what must not change at all after the approval; empty
        for documents of which only growth matters
    """

    amount: float = 0.0
    quantities: Mapping[int, float] = field(default_factory=dict)
    content: str = ""

    def to_data(self):
        """Give the subject as plain data that can be stored as JSON."""
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
    """Tell whether a document has become more than what was approved.

    Whoever approved an amount has also approved anything below it.

    :param Subject approved: the document when it was approved
    :param Subject now: the document as it is now
    :param float cent: rounding of the currency
    :param float step: rounding of quantities
    :rtype: bool
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
    """In whose name somebody may decide, if they may at all.

    :param on_behalf_of: id of the colleague they stand in for, None for themselves
    :param bool conflict: they, or that colleague, took an earlier step, so they may not
    """

    on_behalf_of: int | None = None
    conflict: bool = False


def choose(user, has_role, delegators, excluded):
    """Find in whose name a user decides: their own if possible, else a colleague's.

    Earlier steps exclude a deputy twice: neither the deputy nor the colleague they
    stand in for may have taken one.

    :param int user: id of the user who wants to decide
    :param bool has_role: the user has the role themselves
    :param delegators: ids of the colleagues with the role whom the user stands in for
    :param excluded: ids of the users who took earlier steps
    :return: an :class:`Acting`, or None when the user neither has the role nor stands
        in for anybody who has it
    """
    names = [None] if has_role else []
    names += sorted(delegators)
    for name in names:
        if user not in excluded and name not in excluded:
            return Acting(name)
    return Acting(names[0], conflict=True) if names else None
