"""What an exception is made of: who looks at it, until when, and the ways out."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Resolution:
    """One way to resolve an exception, shown as a button.

    :param str code: kept on the exception and in its event
    :param str label: on the button
    :param str stock: what it does to goods, in a short sentence
    :param str money: what it does to money, in a short sentence
    :param str done: what is shown once it was chosen; the label when empty
    :param str method: public method of the button; ``action_<code>`` when empty
    :param bool dialog: the method opens a dialog, which says the effects itself
    :param bool primary: the way that is usually right
    :param str group: external id of the role it is for, when that is not the owner's
    """

    code: str
    label: str
    stock: str
    money: str
    done: str = ""
    method: str = ""
    dialog: bool = False
    primary: bool = False
    group: str = ""

    @property
    def button(self):
        return self.method or f"action_{self.code}"

    @property
    def outcome(self):
        return self.done or self.label

    @property
    def effect(self):
        return f"{self.stock} {self.money}"


@dataclass(frozen=True)
class ExceptionType:
    """How exceptions of one type are handled.

    :param str owner: external id of the role that resolves it; empty when it is named
        as the exception is raised
    :param int days: working days until somebody has to have looked
    :param str what: what happened, with ``%(product)s`` for the line's product
    :param str todo: what the owner can do
    :param tuple resolutions: the permitted ones, in the order of their buttons
    :param holds: tells of an exception whether its cause is still there; where it has
        gone, the exception closes by itself. Left out, only a resolution closes it
    :param str gone: code of how it ended when the cause has gone
    """

    owner: str
    days: int
    what: str
    todo: str
    resolutions: tuple[Resolution, ...]
    holds: Callable | None = None
    gone: str = "gone"

    def extended(self, *resolutions):
        """Give this type with further resolutions."""
        return replace(self, resolutions=self.resolutions + resolutions)

    def find(self, code):
        """Give the permitted resolution of this code, else None."""
        return next((r for r in self.resolutions if r.code == code), None)
