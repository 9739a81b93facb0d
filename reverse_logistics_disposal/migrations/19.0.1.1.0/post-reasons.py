"""Damaged goods propose why they are destroyed, also in databases of before."""

from odoo import SUPERUSER_ID, api

from odoo.addons.reverse_logistics_disposal.hooks import propose_usual_reasons


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    propose_usual_reasons(env)
    parts = env["reverse.inspection"]
    drafts = parts.search([("state", "=", "draft"), ("disposition_id", "!=", False)])
    env.add_to_compute(parts._fields["disposal_reason_id"], drafts)
