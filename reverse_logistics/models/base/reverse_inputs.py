"""Checks of what callers of public methods send, with a sentence for a wrong type.

The web client sends what its forms ask for; other programs can send anything.
"""

import functools
import inspect
from datetime import date

from odoo import Command, fields
from odoo.exceptions import UserError

from ...engine import limits


def checked(**kinds):
    """Decorate a public method to check and convert its arguments.

    Arguments that are left out, or False as clients send for nothing, stay as they are.

    :param kinds: ``{name of an argument: one of the functions below}``
    """

    def decorate(method):
        signature = inspect.signature(method)

        @functools.wraps(method)
        def call(self, *args, **kwargs):
            bound = signature.bind(self, *args, **kwargs)
            for name, convert in kinds.items():
                value = bound.arguments.get(name)
                if value is not None and value is not False:
                    bound.arguments[name] = convert(self.env, value)
            return method(*bound.args, **bound.kwargs)

        return call

    return decorate


def text(env, value):
    """Check a text: a sentence, or the code of something."""
    if not isinstance(value, str):
        raise UserError(env._("A text is expected here."))
    if len(value) > limits.TEXT:
        raise UserError(
            env._("Enter a text of at most %(most)s characters.", most=limits.TEXT)
        )
    return value


def number(env, value):
    """Check a quantity or an amount."""
    if not limits.is_number(value):
        raise UserError(env._("A number is expected here."))
    return float(value)


def day(env, value):
    """Convert a date, also as clients write it."""
    try:
        return fields.Date.to_date(_as_written(value))
    except ValueError as error:
        raise UserError(env._("A day is expected here, as in 2026-12-31.")) from error


def moment(env, value):
    """Convert a date with time, also as clients write it."""
    try:
        return fields.Datetime.to_datetime(_as_written(value))
    except ValueError as error:
        raise UserError(
            env._("A day and time are expected here, as in 2026-12-31 18:00:00.")
        ) from error


def _as_written(value):
    if not isinstance(value, (str, date)):
        raise ValueError(f"no day: {type(value)}")
    return value


def quantities(env, value):
    """Convert quantities by id, because keys of JSON objects are strings."""
    try:
        return {int(key): number(env, quantity) for key, quantity in value.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(env._("Quantities by line are expected here.")) from error


def is_link(value):
    """Tell whether an entry for a field of several records names existing ones only."""
    if isinstance(value, (list, tuple)):
        return bool(value) and value[0] in (Command.LINK, Command.SET)
    return isinstance(value, int)
