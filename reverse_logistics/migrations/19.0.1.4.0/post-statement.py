"""Statements keep whether number and address were those of their order."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    statements = env["reverse.withdrawal.statement"].search(
        [("order_id", "!=", False), ("email", "!=", False)]
    )
    matched = statements.filtered(lambda s: s._find_order() == s.order_id)
    matched._guarded_write({"is_matched": True})
