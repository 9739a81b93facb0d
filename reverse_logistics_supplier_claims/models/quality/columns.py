from odoo.tools import SQL


def local_day(table, moment):
    """Give the day of a moment where the company is, as a column of SQL.

    The query has joined the company's contact as ``home``.
    """
    return SQL(
        "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(home.tz, 'UTC'))::date",
        SQL.identifier(table, moment),
    )
