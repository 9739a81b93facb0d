from odoo.tools import SQL


def local_day(table, moment):
    """Give the day of a moment where the company is, as a column of SQL.

    The query has joined it as ``company``.
    """
    return SQL(
        "(%s AT TIME ZONE 'UTC'"
        " AT TIME ZONE COALESCE(company.reverse_tz, 'UTC'))::date",
        SQL.identifier(table, moment),
    )
