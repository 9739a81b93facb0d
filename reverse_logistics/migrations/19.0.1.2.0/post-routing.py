"""Open returns count against the minutes of their facility, once these are limited."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    lines = env["reverse.rma.line"].search(
        [
            ("state", "in", ("requested", "authorized")),
            ("claim", "=", False),
            ("inspection_minutes", "=", 0),
            ("facility_id", "!=", False),
        ]
    )
    for line in lines:
        facility = line.facility_id
        minutes = line._in_product_uom(line.quantity) * facility.minutes_per_unit
        line._guarded_write(
            {"inspection_minutes": max(minutes, facility.minutes_per_line)}
        )
