"""Recalls that were started before stop what they stopped then, and no other stock."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    started = env["reverse.recall"].search([("started_at", "!=", False)])
    started._guarded_write({"stops_stock": False})
