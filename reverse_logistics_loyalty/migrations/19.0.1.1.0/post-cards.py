"""What cards paid is no discount any more: of credits that were not released yet."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    share_out_payments(env)
    keep_payments(env)


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


def keep_payments(env):
    """Keep how cards paid: orders that are cancelled later do not say it any more."""
    lines = env["reverse.settlement.line"].search(
        [("origin_line_id.move_id.line_ids.sale_line_ids.coupon_id", "!=", False)]
    )
    for line in lines.filtered(lambda line: not line.card_payments):
        if payments := line._find_card_payments(line.credit_amounts):
            line._guarded_write({"card_payments": payments})
