"""What demo data lets happen some weeks ago is dated some weeks ago."""

from contextlib import ExitStack, contextmanager
from threading import get_ident
from unittest.mock import patch

from odoo import fields


@contextmanager
def happening_at(cr, moment):
    """Let what this thread does be done at a moment of the past.

    Stages, deadlines, events and documents then agree with each other, as if somebody
    had worked with them all the time. Other threads keep the true time.

    :param datetime moment: naive, UTC
    """
    thread = get_ident()

    def told(original, value):
        return lambda *args: value if get_ident() == thread else original(*args)

    def context_today(original):
        def today(record, timestamp=None):
            if get_ident() == thread:
                timestamp = timestamp or moment
            return original(record, timestamp)

        return today

    now, day = fields.Datetime.now, fields.Date.today
    with ExitStack() as stack:
        for owner, name, function in (
            (fields.Datetime, "now", told(now, moment)),
            (fields.Date, "today", told(day, moment.date())),
            (fields.Date, "context_today", context_today(fields.Date.context_today)),
        ):
            stack.enter_context(patch.object(owner, name, staticmethod(function)))
        stack.enter_context(patch.object(cr, "now", lambda: moment))
        yield
