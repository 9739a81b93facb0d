"""Many returns in the database, by copying those that are there.

Copies are complete and consistent: orders, deliveries, invoices, returns with their
receipts, inspections, settlements, credit notes, events and messages, all linked to
each other as the originals are. Only stock levels stay as they were.
"""

from psycopg2 import sql

TABLES = (
    "sale_order",
    "sale_order_line",
    "stock_reference",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "account_move",
    "account_move_line",
    "account_full_reconcile",
    "account_partial_reconcile",
    "reverse_rma",
    "reverse_rma_line",
    "reverse_inspection",
    "reverse_settlement",
    "reverse_settlement_line",
    "reverse_event",
    "mail_message",
    "mail_tracking_value",
    "mail_followers",
)
MODELS = {table.replace("_", "."): table for table in TABLES}
# What has to differ between copies, as SQL with {shift} and {copy}.
DIFFERENT = {
    ("stock_picking", "name"): "name || '-' || {copy}",
    ("reverse_rma", "name"): "name || '-' || {copy}",
    ("reverse_rma", "correlation_id"): "correlation_id || '-' || {copy}",
    ("account_move", "sequence_number"): "sequence_number + {shift}",
    # lpad would cut what is longer.
    ("account_move", "name"): "sequence_prefix || lpad("
    "(sequence_number + {shift})::text,"
    " greatest(5, length((sequence_number + {shift})::text)), '0')",
    ("account_move_line", "matching_number"): "substring(matching_number, '^P?') || "
    "(substring(matching_number, '[0-9]+')::int + {shift})",
}


class Copies:
    """Copies what is written to the database from now on.

    :param cursor: Odoo's cursor
    """

    def __init__(self, cursor):
        self.cursor = cursor
        self.tables = [table for table in TABLES if self._has(table)]
        self.before = {table: self._last_id(table) for table in self.tables}
        self.stride = 0

    def make(self, number):
        """Copy everything new ``number`` times."""
        self.stride = 1 + max(map(self._last_id, self.tables))
        links = self._links()
        self._set_deferrable(links, "DEFERRABLE INITIALLY DEFERRED")
        for table in self.tables:
            condition = f"source.id > {self.before[table]}"
            self._copy(table, links.get(table, {}), condition, number)
        for table, columns in links.items():
            if table not in self.tables:
                self._copy(table, columns, self._is_new(columns), number)
        self.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self._set_deferrable(links, "NOT DEFERRABLE")
        self._advance()
        self.cursor.execute("ANALYZE")

    def _has(self, table):
        self.cursor.execute("SELECT to_regclass(%s)", [table])
        return self.cursor.fetchone()[0] is not None

    def _last_id(self, table):
        query = sql.SQL("SELECT COALESCE(MAX(id), 0) FROM {}")
        self.cursor.execute(query.format(sql.Identifier(table)))
        return self.cursor.fetchone()[0]

    def _links(self):
        """``{table: {column: (copied table, constraint)}}``, with relation tables.

        A relation table has no id; its rows are copied with what they relate.
        """
        self.cursor.execute(
            """
            SELECT source.relname, attribute.attname, target.relname, link.conname
              FROM pg_constraint link
              JOIN pg_class source ON source.oid = link.conrelid
              JOIN pg_class target ON target.oid = link.confrelid
              JOIN pg_attribute attribute ON attribute.attrelid = link.conrelid
               AND attribute.attnum = link.conkey[1]
             WHERE link.contype = 'f' AND target.relname = ANY(%(tables)s)
               AND (source.relname = ANY(%(tables)s) OR NOT EXISTS (
                    SELECT FROM pg_attribute id
                     WHERE id.attrelid = source.oid AND id.attname = 'id'))
            """,
            {"tables": self.tables},
        )
        links = {}
        for table, column, target, constraint in self.cursor.fetchall():
            links.setdefault(table, {})[column] = (target, constraint)
        return links

    def _set_deferrable(self, links, how):
        """Documents point at each other in circles: check that when all are there."""
        for table, columns in links.items():
            for _target, constraint in columns.values():
                query = f"ALTER TABLE {{}} ALTER CONSTRAINT {{}} {how}"
                names = sql.Identifier(table), sql.Identifier(constraint)
                self.cursor.execute(sql.SQL(query).format(*names))

    def _is_new(self, columns):
        return " OR ".join(
            f'source."{column}" > {self.before[target]}'
            for column, (target, _constraint) in columns.items()
        )

    def _copy(self, table, links, condition, number):
        columns = self._columns(table)
        values = [self._value(table, column, links) for column in columns]
        names = ", ".join(f'"{column}"' for column in columns)
        self.cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)}'
            f' FROM "{table}" source CROSS JOIN generate_series(1, {number}) copy'
            f" WHERE {condition}"
        )

    def _columns(self, table):
        self.cursor.execute(
            """
            SELECT attname FROM pg_attribute
             WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
               AND attgenerated = ''
            """,
            [f'"{table}"'],
        )
        return [name for (name,) in self.cursor.fetchall()]

    def _value(self, table, column, links):
        """The column's value on a copy, as SQL."""
        shift = f"copy * {self.stride}"
        if (table, column) in DIFFERENT:
            return DIFFERENT[table, column].format(shift=shift, copy="copy")
        name = f'source."{column}"'
        if column == "id":
            return f"{name} + {shift}"
        if column in links:
            return self._shifted(name, links[column][0], shift)
        model = {"mail_message": "model", "mail_followers": "res_model"}.get(table)
        if model and column == "res_id":
            cases = "".join(
                f" WHEN '{each}' THEN {self._shifted(name, MODELS[each], shift)}"
                for each in MODELS
                if MODELS[each] in self.tables
            )
            return f'CASE source."{model}"{cases} ELSE {name} END'
        return name

    def _shifted(self, name, target, shift):
        new = f"{name} > {self.before[target]}"
        return f"CASE WHEN {new} THEN {name} + {shift} ELSE {name} END"

    def _advance(self):
        for table in self.tables:
            self.cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [table, self._last_id(table) + 1],
            )
