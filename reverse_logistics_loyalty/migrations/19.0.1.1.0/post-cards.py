"""What cards paid is no discount any more: of credits that were not released yet."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    share_out_payments(api.Environment(cr, SUPERUSER_ID, {}))


def share_out_payments(env):
    """Count what cards paid of open proposals among what the customer gets."""
    lines = env["reverse.settlement.line"].search(
        [
            ("discount_share", "!=", 0),
            ("settlement_id.state", "in", ("draft", "submitted", "approved")),
        ]
    )
    for line in lines:
        payments = line._find_payments(line.credit_amounts).values()
        paid = sum(amounts["price"] for amounts in payments)
        if paid:
            line._guarded_write({"discount_share": line.discount_share + paid})
