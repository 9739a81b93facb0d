"""What carriers report is no reason that customers choose in the portal."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("reason_refused", "reason_undeliverable"):
        reason = env.ref(f"reverse_logistics.{name}", raise_if_not_found=False)
        if reason:
            reason.is_for_customers = False
