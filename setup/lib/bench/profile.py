"""Where queries come from: grouped by statement and by the code that caused them."""

import contextlib
import re
import sys
from collections import Counter

ADDON = "/reverse_logistics"
FRAMEWORK = (
    "/odoo/orm/",
    "/odoo/sql_db.py",
    "/odoo/tools/",
    "/odoo/api",
    "/contextlib.py",
)


class Profile:
    """Statements of the measured window.

    :ivar statements: ``Counter`` of ``(statement, addon frame, Odoo frame)``
    """

    def __init__(self):
        self.statements = Counter()

    @contextlib.contextmanager
    def watch(self):
        """Note every statement that a cursor executes inside the block."""
        from odoo.sql_db import Cursor

        original = Cursor.execute

        def execute(cursor, query, *args, **kwargs):
            self.statements[(normalise(query), *frames())] += 1
            return original(cursor, query, *args, **kwargs)

        Cursor.execute = execute
        try:
            yield
        finally:
            Cursor.execute = original


def normalise(query):
    """The statement without what differs from one call to the next."""
    text = getattr(query, "code", query)
    text = " ".join(str(text).split())
    text = re.sub(r"(%s)(, ?%s)+", r"%s…", text)
    text = re.sub(r"\(%s…?\)(, ?\(%s…?\))+", "(%s)…", text)
    text = re.sub(r"\b[0-9a-f]{8,}\b|\b\d+\b", "#", text)
    return re.sub(r"SAVEPOINT \"?[\w-]+\"?", "SAVEPOINT", text)


def frames():
    """``(innermost frame in the addons, innermost frame of Odoo's addons)``"""
    ours = theirs = ""
    frame = sys._getframe(2)
    while frame and not ours:
        path = frame.f_code.co_filename
        if "/reverse_logistics" in path:
            ours = _name(frame, "/reverse_logistics")
        elif not theirs and not any(part in path for part in FRAMEWORK):
            theirs = _name(frame, "/odoo/")
        frame = frame.f_back
    return ours, theirs


def _name(frame, root):
    path = frame.f_code.co_filename.rpartition(root)[2].strip("/")
    return f"{path}:{frame.f_lineno} {frame.f_code.co_name}"


def beyond(ours, floor):
    """What is executed more often than on the floor, by statement.

    :return: ``[(surplus, statement, {(addon frame, Odoo frame): count})]``
    """
    base = Counter()
    for (statement, *_frames), count in floor.statements.items():
        base[statement] += count
    found = {}
    for (statement, *where), count in ours.statements.items():
        found.setdefault(statement, Counter())[tuple(where)] += count
    rows = [
        (sum(where.values()) - base[statement], statement, where)
        for statement, where in found.items()
    ]
    return sorted(
        (row for row in rows if row[0] > 0), key=lambda row: row[0], reverse=True
    )


def as_text(ours, floor):
    """What ours executes beyond the floor, and which code does."""
    lines = []
    for surplus, statement, where in beyond(ours, floor):
        lines.append(f"+{surplus}  {statement[:200]}")
        lines += [
            f"{count:>8}  {addon or '-'}  <  {odoo}"
            for (addon, odoo), count in where.most_common(5)
        ]
    return "\n".join(lines)
