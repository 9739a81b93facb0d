"""Which version of a policy decided is named by one field, not by policy and number."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, sql

#: ``{table: (policy, number of its version, the version)}``
COLUMNS = {
    "reverse_rma": (
        "authorized_by_policy_id",
        "authorized_policy_version",
        "authorized_by_version_id",
    ),
    "reverse_rma_line": ("policy_id", "policy_version", "policy_version_id"),
    "reverse_inspection": ("policy_id", "policy_version", "policy_version_id"),
    "reverse_settlement": ("policy_id", "policy_version", "policy_version_id"),
}


def migrate(cr, version):
    # Odoo drops the columns of before when all addons are upgraded. Some of them came
    # later than the version that is upgraded.
    tables = {
        table: tuple(map(SQL.identifier, columns))
        for table, columns in COLUMNS.items()
        if {*columns} <= sql.table_columns(cr, table).keys()
    }
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()
    _add_unknown(env, tables)
    for table, (policy, number, decided_by) in tables.items():
        cr.execute(
            SQL(
                """
                UPDATE %(table)s document
                   SET %(decided_by)s = version.id
                  FROM reverse_policy_version version
                 WHERE version.policy_id = document.%(policy)s
                   AND version.number = document.%(number)s
                """,
                table=SQL.identifier(table),
                policy=policy,
                number=number,
                decided_by=decided_by,
            )
        )
    env.invalidate_all(flush=False)


def _add_unknown(env, tables):
    """Add the versions that decided and were not kept: those before 19.0.1.2.0.

    Their numbers are shown as before. Their rules are not known: they are archived
    without ever having been activated, and decide nothing.
    """
    versions = env["reverse.policy.version"]
    missing = _find_unknown(env.cr, tables)
    added = versions._guarded_create(
        [
            {
                "policy_id": policy_id,
                "number": number,
                "note": env._(
                    "This version decided before versions were kept. Its rules are "
                    "not known."
                ),
            }
            for policy_id, number in missing
        ]
    )
    for unknown in added:
        text = unknown._make_snapshot()
        unknown._guarded_write(
            {
                "state": "archived",
                "snapshot": text,
                "snapshot_hash": versions._hash_snapshot(text),
            }
        )
    env.flush_all()


def _find_unknown(cr, tables):
    """Give policy and number of what is named and is not there."""
    named = SQL(" UNION ").join(
        SQL(
            "SELECT %s AS policy_id, %s AS number FROM %s",
            policy,
            number,
            SQL.identifier(table),
        )
        for table, (policy, number, _decided_by) in tables.items()
    )
    cr.execute(
        SQL(
            """
            SELECT named.policy_id, named.number
              FROM (%s) named
             WHERE named.policy_id IS NOT NULL
               AND named.number > 0
               AND NOT EXISTS (SELECT
                                 FROM reverse_policy_version version
                                WHERE version.policy_id = named.policy_id
                                  AND version.number = named.number)
          ORDER BY named.policy_id, named.number
            """,
            named,
        )
    )
    return cr.fetchall()
