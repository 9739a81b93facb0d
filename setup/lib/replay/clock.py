"""Odoo's idea of the present time, moved along the calendar of the file.

What a return may claim depends on the days since its delivery. The replay therefore
lives through the file: every document is processed at the time it bears there, and
nothing has to be dated back. Only what asks Odoo for the time is affected, neither the
process nor the database server; `install` must run before any addon is loaded, because
models remember the functions as defaults of their fields.
"""

from datetime import datetime, timezone


class Clock:
    """A clock that stands still where it was put, and never goes back."""

    def __init__(self):
        self.moment = None

    def move_to(self, moment):
        """Put the clock to `moment`, unless it is already later."""
        self.moment = max(self.moment or moment, moment)

    def now(self, *_args):
        """The time Odoo sees, in UTC without a zone."""
        return self.moment or datetime.now(timezone.utc).replace(
            tzinfo=None, microsecond=0
        )

    def install(self):
        """Let Odoo's fields and cursors ask this clock; returns itself."""
        from odoo import fields, sql_db

        context_today = fields.Date.context_today

        def todays_date(record, timestamp=None):
            return context_today(record, timestamp or self.now())

        fields.Datetime.now = staticmethod(self.now)
        fields.Datetime.today = staticmethod(lambda *_args: _midnight(self.now()))
        fields.Date.today = staticmethod(lambda *_args: self.now().date())
        fields.Date.context_today = staticmethod(todays_date)
        sql_db.BaseCursor.now = lambda _cursor: self.now()
        return self


def _midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
