"""Columns of tax and total, so that nothing is computed for what was released."""

from odoo.tools import sql

COLUMNS = {
    "reverse_settlement": ("amount_tax", "amount_total"),
    "reverse_settlement_line": ("amount_net", "amount_tax", "amount_total"),
}


def migrate(cr, version):
    # Odoo computes a stored field where its column is new: at today's taxes.
    for table, columns in COLUMNS.items():
        known = sql.table_columns(cr, table)
        for column in columns:
            if column not in known:
                sql.create_column(cr, table, column, "numeric")
