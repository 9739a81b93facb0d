"""What an exception consists of: who handles it, by when, and how it is resolved."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Resolution:
    """One way to resolve an exception, shown as a button.

    :param str code: kept on the exception and in its event
    :param str label: on the button
    :param str stock: what it does to goods, in a short sentence
    :param str money: what it does to money, in a short sentence
    :param str done: what is shown after it was chosen; the label when empty
    :param str method: public method that the button calls; ``action_<code>`` when empty
    :param bool dialog: the method opens a dialog, which states the effects itself
    :param bool primary: the usual choice, which the form highlights
    :param str group: external id of the role that may choose it, if that is not the
        owner
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
        """The name of the public method that the button calls."""
        return self.method or f"action_{self.code}"

    @property
    def outcome(self):
        """What is shown after this resolution was chosen."""
        return self.done or self.label

    @property
    def effect(self):
        """What it does to goods and money, as the question before it says."""
        return f"{self.stock} {self.money}"


@dataclass(frozen=True)
class ExceptionType:
    """How exceptions of one type are handled.

    :param str owner: external id of the role that resolves it; empty when whoever
        raises the exception names the role
    :param int days: working days within which somebody has to look at it
    :param str what: what happened, with ``%(product)s`` for the line's product
    :param str todo: what the owner can do
    :param tuple resolutions: the permitted :class:`Resolution`, in the order of their
        buttons
    :param holds: function that tells for exceptions whether their cause is still there;
        without cause they close by themselves. None when only a resolution closes them
    :param str gone: code of the ending when the cause has gone
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
        """Give the permitted resolution with a code, None without one.

        :param str code: of the resolution
        :rtype: Resolution | None
        """
        return next((r for r in self.resolutions if r.code == code), None)
